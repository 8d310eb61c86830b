"""What makes a posture: video, motion capture, sensors, keypoints."""

#: The pose engine that videos are read with unless another is named.
DEFAULT_ENGINE = "blazepose"
