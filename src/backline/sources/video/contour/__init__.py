"""The outline of the back: edge, visibility, shape, and what occludes it."""
