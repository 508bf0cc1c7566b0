"""Finds text behind disguises: look-alike letters, invisible characters, encodings."""
