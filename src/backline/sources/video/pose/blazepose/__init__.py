"""BlazePose's two models run directly: where a person is, then their points and mask."""
