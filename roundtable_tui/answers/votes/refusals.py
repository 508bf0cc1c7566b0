"""Recognizes replies that refuse to answer, so that they never count as a vote for an answer."""

from __future__ import annotations

import re

_MAX_REFUSAL_CHARS = 600
"""A longer text answers something, whatever it begins with."""
_REFUSAL = re.compile(
    r"\W*(?:(?:i['’]?m|i\s+am)\s+(?:very\s+|really\s+|so\s+)?sorry\W+(?:but\s+)?|sorry\W+(?:but\s+)?|"
    r"(?:unfortunately|i\s+apologi[sz]e|as\s+an?\s+(?:ai|language\s+model)[^,.]{0,40})\W+(?:but\s+)?)*"
    r"i\s*(?:['’]m|\s+am|\s+must|\s+have\s+to|\s+will|\s+would|['’]ll|['’]d)?\s*"
    r"(?:can\s?not|can['’]?t|won['’]?t|will\s+not|not\s+able\s+to|unable\s+to|not\s+comfortable|decline\s+to|"
    r"refuse\s+to|have\s+to\s+decline)\s+"
    r"(?:to\s+)?(?:help|assist|answer|comply|provide|discuss|engage|respond|fulfil|fulfill|do\s+that|support|"
    r"continue|with)\b",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Return True if a reply begins with a refusal and is short; English wordings only."""
    stripped = text.strip()
    return len(stripped) <= _MAX_REFUSAL_CHARS and _REFUSAL.match(stripped) is not None
