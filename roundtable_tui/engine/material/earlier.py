"""The questions asked before in a conversation, with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from roundtable_tui.engine.quoting import Quoter

INTRODUCTION = "Asked before in this conversation, the oldest first, with the answers:"
_NO_ANSWER = "(There was no answer.)"


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
