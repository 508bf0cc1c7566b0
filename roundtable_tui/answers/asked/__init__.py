"""Reads what a question says of its answers, and sentences that repeat it."""
