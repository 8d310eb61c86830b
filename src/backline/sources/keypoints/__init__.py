"""Keypoints that another pose engine found, in its own files."""
