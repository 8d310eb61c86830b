"""Quality: which frames of a clip can be measured, and why others cannot."""
