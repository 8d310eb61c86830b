"""The lumbar network: its input, its answer, and what is made of it over a clip."""
