"""Builds a run from a request: resolves task, mode, personas, servers and models."""
