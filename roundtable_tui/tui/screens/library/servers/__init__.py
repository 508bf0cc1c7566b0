"""Servers: a list of them, and a form for one."""
