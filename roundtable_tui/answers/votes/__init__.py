"""Votes: which replies count, and when there are enough of them."""
