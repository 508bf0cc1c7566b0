"""Widgets of lists."""
