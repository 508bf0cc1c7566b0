"""Recorded runs: index, search, replay, export, titles and trash. Independent of any screen."""
