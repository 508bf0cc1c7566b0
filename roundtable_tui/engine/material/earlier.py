"""The questions asked before in a conversation, with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.llm.request.build import estimate_tokens

INTRODUCTION = "Asked before in this conversation, the oldest first, with the answers:"
_NO_ANSWER = "(There was no answer.)"
MAX_EARLIER_TOKENS = 2000
"""Tokens of all earlier questions and answers together."""
_MAX_CONTEXT_SHARE = 0.25
"""Share of the smallest known context of a model that they may fill."""
_MAX_QUESTION_SHARE = 0.25
"""Share of these that a question may take where its answer is too long as well."""
_CUT_MARK = "\n[...]\n"
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class EarlierQuestion:
    """A question of an earlier run, and its answer as the next question quotes it."""

    run: str
    """The id of the run."""
    question: str
    answer: str = ""
    how: str = ""
    """How the answer was reached, in one line."""


def quote_earlier(earlier: Sequence[EarlierQuestion], quoter: Quoter) -> str:
    """Return the earlier questions and answers as they stand before the question; "" for none."""
    if not earlier:
        return ""
    parts = [INTRODUCTION]
    for number, one in enumerate(earlier, 1):
        answer = "\n\n".join(filter(None, (one.answer, f"How it came about: {one.how}" if one.how else "")))
        parts.append(quoter.quote(f"question {number}", one.question))
        parts.append(quoter.quote(f"answer {number}", answer or _NO_ANSWER))
    return "\n\n".join([*parts, quoter.quoting_rule()])


def earlier_to_rows(earlier: Iterable[EarlierQuestion]) -> tuple[Mapping[str, Any], ...]:
    """Return earlier questions as JSON objects for the header of a record, without empty fields."""
    return tuple({name: value for name, value in asdict(one).items() if value} for one in earlier)


def earlier_from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[EarlierQuestion, ...]:
    """Return the earlier questions of a header; rows that are not valid are skipped."""
    found = []
    for row in rows:
        texts = [row.get(name, "") for name in ("run", "question", "answer", "how")]
        if all(isinstance(text, str) for text in texts) and texts[1]:
            found.append(EarlierQuestion(*texts))
    return tuple(found)


def limit_earlier(
    earlier: Sequence[EarlierQuestion], windows: Iterable[int | None] = ()
) -> tuple[list[EarlierQuestion], int]:
    """Return the newest of the earlier questions, oldest first, and how many are left out.

    Together they have at most `MAX_EARLIER_TOKENS`, and a share of the smallest known context; if the newest
    alone is longer, its middle is cut.

    Args:
        earlier: the questions, oldest first.
        windows: the contexts of the models of the run in tokens, as far as they are known.
    """
    kept: list[EarlierQuestion] = []
    known = [int(window * _MAX_CONTEXT_SHARE) for window in windows if window]
    room = min([MAX_EARLIER_TOKENS, *known])
    for one in reversed(earlier):
        size = estimate_tokens(one.question, one.answer, one.how)
        if size > room and kept:
            break
        one = one if size <= room else _shorten(one, room)
        room -= min(size, room)
        kept.insert(0, one)
    return kept, len(earlier) - len(kept)


def describe_left_out(count: int, kept: int) -> list[str]:
    """Return the notice about earlier questions that are left out, if there are any."""
    if not count:
        return []
    which = "the oldest is" if count == 1 else f"the {count:,} oldest are"
    limit = f"following up takes at most {MAX_EARLIER_TOKENS:,} tokens"
    return [f"of {count + kept:,} earlier questions, {which} left out: {limit}"]


def _shorten(one: EarlierQuestion, max_tokens: int) -> EarlierQuestion:
    room = max_tokens - estimate_tokens(one.how)
    question = _cut(one.question, max(int(room * _MAX_QUESTION_SHARE), room - estimate_tokens(one.answer)))
    return replace(one, question=question, answer=_cut(one.answer, room - estimate_tokens(question) - 1))


def _cut(text: str, max_tokens: int) -> str:
    """Return the beginning and the end of a text: the end often states the answer."""
    data, size = text.encode("utf-8", "replace"), max_tokens * _BYTES_PER_TOKEN - len(_CUT_MARK)
    if len(data) <= max_tokens * _BYTES_PER_TOKEN:
        return text
    tail = size // 3
    head, end = data[: size - tail].decode(errors="ignore"), data[len(data) - tail :].decode(errors="ignore")
    return f"{head.rstrip()}{_CUT_MARK}{end.lstrip()}"
