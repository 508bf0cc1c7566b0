"""A run once more on the stage, from its record alone."""
