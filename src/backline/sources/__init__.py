"""Sources of postures: video, motion capture, inertial sensors, keypoints."""

#: The pose engine that videos are read with unless another is named.
DEFAULT_ENGINE = "blazepose"
