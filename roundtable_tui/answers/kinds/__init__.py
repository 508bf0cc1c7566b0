"""Kinds of answers that are read by a form of their own: options, people, reactions."""
