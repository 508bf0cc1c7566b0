"""Parses Markdown line by line into styled text."""
