"""The data objects of a measured lift: trial, posture, measurement."""
