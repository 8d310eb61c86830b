"""Validation: rendered lifts whose truth is known, analysed, and scored against that truth."""
