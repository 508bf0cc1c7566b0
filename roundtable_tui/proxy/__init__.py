"""An OpenAI-compatible server whose models are modes, teams and tasks; every request is an ordinary run."""

from __future__ import annotations

EXTRA = "aiohttp"
"""A module that the extra `proxy` installs."""
OWNER = "roundtable"
"""The prefix of the names of models, and who owns them."""
DEPTH_HEADER = "x-roundtable-depth"
"""Sent with every call of a run; a request that carries it comes from another run."""
