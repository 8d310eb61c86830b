"""How a record of an older schema becomes one of today's."""
