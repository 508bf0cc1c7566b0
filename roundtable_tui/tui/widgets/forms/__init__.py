"""Widgets of forms."""
