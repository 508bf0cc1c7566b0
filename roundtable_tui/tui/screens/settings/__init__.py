"""The settings: a form of all that can be set, and the keys."""
