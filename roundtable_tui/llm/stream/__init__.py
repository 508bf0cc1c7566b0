"""Reads streamed responses."""
