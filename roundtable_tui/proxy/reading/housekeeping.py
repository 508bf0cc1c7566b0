"""Requests of a client for itself (titles, tags, follow-up questions, commit messages): one call is enough.

They are recognised by the openings of the prompts that clients ship. The patterns stand at the beginning of a
message, so that a question that quotes one is still a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.reading.conversation import read_text

MAX_SHORT_TOKENS = 64
"""A reply that may not be longer is a label, not an answer."""
_SCANNED_CHARS = 400

PATTERNS = {
    # Its prompt for answers with documents begins with "### Task:" too, followed by "Respond to".
    "Open WebUI": r"### Task:\s{0,4}(Generate|Suggest|Analyze the chat history|You are an autocompletion)",
    "opencode": r"You are a title generator\b",
    "crush": r"You will generate a short title\b",
    "LibreChat": r"(Please generate|Provide) a concise,? (5-word-or-less )?title\b",
    "LibreChat (language)": r"Analyze this conversation and provide:\s{0,4}1\. The detected language\b",
    "Continue": r"Given the following.{0,40}please reply with a title for the chat\b",
    "aider (commits)": r"You are an expert software engineer that generates concise, one-line Git commit",
    "aider (summaries)": r"\*Briefly\* summarize this partial conversation\b",
    "others": r"(Generate|Write|Create) a (very )?(short|concise|brief)[^.\n]{0,60} title\b",
}
"""Client -> how its prompt begins."""
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS.values()), re.IGNORECASE | re.DOTALL)


def is_housekeeping(body: Mapping[str, Any]) -> bool:
    """Return whether a body asks for something that the client needs for itself."""
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    if type(limit) is int and 0 < limit <= MAX_SHORT_TOKENS:
        return True
    messages = body["messages"]
    asked = [one for one in messages if one["role"] in ("system", "developer")][:1] + messages[-1:]
    return any(_begins_like_one(one) for one in asked)


def _begins_like_one(message: Mapping[str, Any]) -> bool:
    try:
        text = read_text(message)
    except ProxyError:
        return False
    return _ANY.match(text[:_SCANNED_CHARS].lstrip()) is not None
