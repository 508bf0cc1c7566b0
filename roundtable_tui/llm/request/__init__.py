"""Builds requests and adapts them to servers."""
