"""Video: from a clip to a posture, by pose engine, outline of the back and lumbar network."""
