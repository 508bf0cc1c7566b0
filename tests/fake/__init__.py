"""Servers that are not there: see `fake.server`."""
