"""From a body's parts in space to angles: what motion capture, sensors and keypoints share."""
