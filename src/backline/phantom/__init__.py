"""Phantom: rendered lifters whose angles are known at every frame (extra ``phantom``)."""
