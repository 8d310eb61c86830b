"""The migrations, one module per schema version, ordered by name."""
