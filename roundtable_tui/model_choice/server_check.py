"""The check of a server, for the server form of the app, which does not import the client."""

from __future__ import annotations

from roundtable_tui.llm.servers.check import CheckResult, check_server

__all__ = ["CheckResult", "check_server"]
