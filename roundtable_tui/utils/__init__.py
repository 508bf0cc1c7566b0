"""Helpers without a domain: text, files, paths, redaction, processes."""
