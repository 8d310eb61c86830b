"""BlazePose's two models run directly: person detection, then landmarks and mask."""
