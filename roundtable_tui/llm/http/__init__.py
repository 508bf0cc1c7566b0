"""Connections, retries and limits of concurrent calls."""
