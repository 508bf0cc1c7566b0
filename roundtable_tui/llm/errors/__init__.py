"""Errors of servers and networks, classified and described."""
