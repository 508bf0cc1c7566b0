"""Renders Markdown as styled lines."""
