"""Reads the sizes in a refusal of a prompt that is too long."""

from __future__ import annotations

import re
from typing import NamedTuple

from roundtable_tui.llm.errors.extract import ErrorDetails
from roundtable_tui.llm.errors.token_limit import stated_prompt_tokens

_MIN_TOKENS = 100
_CONTEXT_LIMIT = re.compile(
    r"(?:context (?:length|window|size)(?: is| of| of only)*|maximum[^.]{0,60}?|limit|<=|size \()"
    r"[^\d]{0,12}(\d[\d,]{2,14})(?![\d,])",
    re.IGNORECASE | re.DOTALL,
)
_SUM = re.compile(r"(?<!\d)(\d{1,12}) \+ (\d{1,12}) > (\d{1,12})(?!\d)")
"""Prompt, answer and context in the refusals of Anthropic."""
_KEPT = re.compile(r"n_keep\D{1,5}(\d{1,12})\D{1,8}n_ctx\D{1,5}(\d{1,12})")
"""LM Studio."""
_PER_MINUTE = re.compile(
    r"request too large.{0,200}\((?:TPM|tokens per min\w*)\): Limit:? (\d{1,12}), Requested:? (\d{1,12})",
    re.IGNORECASE | re.DOTALL,
)
"""One request with more tokens than OpenAI or Groq accept in a minute, with those of the answer."""
_LARGE_NUMBER = re.compile(r"(?<![\d,])\d[\d,]{2,14}(?![\d,])")


class ContextRefusal(NamedTuple):
    """Tokens that were asked for, often with the token limit, and those that the model holds."""

    asked: int
    limit: int


def read_minute_refusal(message: str) -> ContextRefusal | None:
    """Return the sizes of one request that is larger than a limit of tokens per minute; None for others."""
    found = _PER_MINUTE.search(message[:4000])
    if found is None or int(found[2]) <= int(found[1]):
        return None
    return ContextRefusal(int(found[2]), int(found[1]))


def read_context_refusal(details: ErrorDetails) -> ContextRefusal | None:
    """Return the sizes that the error names; None if it does not name both."""
    limit, asked = details.token_counts.get("n_ctx"), details.token_counts.get("n_prompt_tokens")
    if limit is not None and asked is not None:
        return ContextRefusal(asked, limit)
    if (total := _SUM.search(details.text)) is not None:
        read, answer, window = map(int, total.groups())
        return ContextRefusal(read if read > window else read + answer, window)
    if (kept := _KEPT.search(details.text)) is not None:
        return ContextRefusal(int(kept[1]), int(kept[2]))
    numbers = {int(digits.replace(",", "")) for digits in _LARGE_NUMBER.findall(details.text)}
    numbers = {number for number in numbers if number >= _MIN_TOKENS}
    if len(numbers) < 2:
        return None
    named = _CONTEXT_LIMIT.search(details.text)
    limit = int(named[1].replace(",", "")) if named else min(numbers)
    if (prompt := stated_prompt_tokens(details.text)) is not None and prompt > limit:
        # The other numbers have the tokens of the answer in them.
        return ContextRefusal(prompt, limit)
    larger = [number for number in numbers if number > limit]
    return ContextRefusal(max(larger), limit) if larger else None
