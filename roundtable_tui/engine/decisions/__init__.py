"""Structured decisions: prompts, parsing, fallbacks."""
