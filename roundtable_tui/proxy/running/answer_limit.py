"""The field `max_tokens` in a panel: it bounds the answer, not the turns that led to it."""

from __future__ import annotations

from roundtable_tui.llm.request.build import estimate_tokens

MAX_NOTED_TOKENS = 2_000
"""Limits up to this are named to the seats, so that the answer fits."""
_WORDS_PER_TOKEN = 0.7
_NOTE = "The answer should have at most {words:,} words: a longer one is cut off."


def describe_limit(max_tokens: int | None) -> str:
    """Return the note for the seats; "" if the limit is far above what answers have."""
    if max_tokens is None or max_tokens > MAX_NOTED_TOKENS:
        return ""
    return _NOTE.format(words=max(1, int(max_tokens * _WORDS_PER_TOKEN)))


def limit_answer(text: str, max_tokens: int | None, tokens: int | None = None) -> str:
    """Return the answer up to the limit, cut between words.

    Args:
        text: the answer.
        max_tokens: the limit; None for none.
        tokens: the tokens of the text, as its server counted them; by default estimated.
    """
    tokens = tokens or estimate_tokens(text)
    if max_tokens is None or tokens <= max_tokens:
        return text
    end = max(1, len(text) * max_tokens // tokens)
    kept = text[:end]
    if not text[end : end + 1].isspace() and len(words := kept.rsplit(maxsplit=1)) == 2:
        kept = words[0]
    return kept.rstrip()
