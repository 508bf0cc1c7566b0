"""Widgets of forms: rows, sliders, notes and key tables."""
