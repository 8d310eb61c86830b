"""The lifter among the people in a clip: detection, selection, tracking."""
