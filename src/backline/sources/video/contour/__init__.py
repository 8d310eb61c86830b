"""The back's outline: found in the picture, and its shape."""
