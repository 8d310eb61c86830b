"""Findings: where in the lift the low back rounded, how much, why, and what to say."""
