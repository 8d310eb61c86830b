"""Benchmarks: figures that the project promised itself, each made by one command."""
