"""Phantom: rendered lifters whose truth is known at every frame (extra ``phantom``)."""
