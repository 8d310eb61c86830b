"""Validation: analyses of rendered lifts, scored against their true angles."""
