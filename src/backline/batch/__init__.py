"""Cohorts: many clips into one dataset, on one machine or many, and what they show together."""
