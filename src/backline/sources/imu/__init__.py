"""Inertial sensors on the sacrum and T12 as a source of postures."""
