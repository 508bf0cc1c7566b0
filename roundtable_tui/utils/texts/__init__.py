"""Texts from outside: their encoding, and where they are kept."""
