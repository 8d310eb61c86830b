"""Pose engines: body points and person mask of each frame, and angles of the legs."""
