"""From body segments in space to angles: shared by motion capture, sensors and keypoints."""
