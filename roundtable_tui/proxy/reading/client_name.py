"""The name of the program that asks, for the list of runs."""

from __future__ import annotations

from roundtable_tui.utils.redact import redact
from roundtable_tui.utils.text import single_line

MAX_NAME_CHARS = 40
_UNKNOWN = "a program"
_KNOWN = {
    "openai/python": "openai (Python)",
    "asyncopenai/python": "openai (Python)",
    "openai/js": "openai (JavaScript)",
    "ai-sdk": "AI SDK",
    "claude-cli": "Claude Code",
    "codex": "Codex",
}
"""Beginning of a User-Agent in lower case -> name."""


def read_client_name(user_agent: str, title: str) -> str:
    """Return a short name; `title` is the header X-Title, which some clients send."""
    if title.strip():
        return redact(single_line(title, MAX_NAME_CHARS))
    agent = single_line(user_agent, 200).strip()
    lowered = agent.lower()
    for beginning, name in _KNOWN.items():
        if lowered.startswith(beginning):
            return name
    return redact(agent.partition("/")[0].partition(" ")[0][:MAX_NAME_CHARS]) or _UNKNOWN
