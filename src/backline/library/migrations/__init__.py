"""Migrations of the record's schema."""
