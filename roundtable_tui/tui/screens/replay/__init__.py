"""Replay of a saved run, from its record alone."""
