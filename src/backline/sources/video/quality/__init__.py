"""Whether a frame and a clip can be measured, and why not."""
