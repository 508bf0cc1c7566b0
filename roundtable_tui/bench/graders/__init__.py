"""Graders: whether a final answer is right. Pure functions, but for judges and code."""
