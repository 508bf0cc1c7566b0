"""Trying a persona with one question."""
