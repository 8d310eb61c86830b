"""The lumbar network: its input, its estimate, and inference over a clip."""
