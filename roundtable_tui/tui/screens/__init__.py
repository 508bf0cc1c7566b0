"""Screens, one per module or folder."""
