"""Workarounds for Textual 8.2."""
