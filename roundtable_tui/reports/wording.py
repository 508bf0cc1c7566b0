"""Texts for outcomes and decisions: a captain's JSON as a sentence, a status as a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

STATUS_LABELS = {"complete": "done", "partial": "incomplete", "cancelled": "stopped"}
"""Status as in records and JSON -> its label, where the two differ."""
_MAX_VALUE_CHARS = 600
_METHOD_TEXTS = {
    "only": "only complete answer",
    "unanimous": "all agreed",
    "clusters": "picked by majority",
}


def status_label(status: str) -> str:
    """Return the label of a run's status, for people: `done`, `incomplete`, `stopped`, `failed`, ..."""
    return STATUS_LABELS.get(status, status)


def status_of_label(label: str) -> str:
    """Return the status that a label or a status stands for."""
    return next((status for status, own in STATUS_LABELS.items() if own == label), label)


def describe_method(method: str) -> str:
    """Return how an answer was picked.

    Args:
        method: The method of structured output that gave the captain's choice (`json_schema`, `tool`,
            `prose`, `word`), or the reason why no choice was needed (`only`, `unanimous`, `clusters`).
    """
    return _METHOD_TEXTS.get(method, "picked by the captain")


def describe_decision(decision: Mapping[str, Any], *, picked: str = "") -> str:
    """Return a decision as one line, such as `not agreed yet: they differ on cost`.

    `picked` is the name of the seat whose text was picked, if it is known.
    """
    rest = dict(decision)
    parts: list[str] = []
    if isinstance(agreed := rest.get("consensus"), bool):
        parts.append(_describe_flag("agreed" if agreed else "not agreed yet", rest, "consensus", "direction"))
    elif isinstance(disputed := rest.get("disputed"), bool):
        text = "open disagreements" if disputed else "no open disagreements"
        parts.append(_describe_flag(text, rest, "disputed", "points"))
    elif type(rest.get("choice")) is int:
        number = rest["choice"]
        what = f"picked: {picked}'s answer" if picked else f"picked answer {number}"
        parts.append(_describe_flag(what, rest, "choice", "reason"))
    parts += [
        f"{_format_value(key).replace('_', ' ')}: {_format_value(value)}"
        for key, value in rest.items()
        if _format_value(value)
    ]
    return "; ".join(parts)


def describe_raw_decision(text: str) -> str:
    """Return a raw reply that holds a decision as a sentence; unchanged if it is not a JSON object."""
    try:
        value = load_json(text)
    except (ValueError, RecursionError):
        return text
    sentence = describe_decision(value) if isinstance(value, dict) else ""
    return sentence[:1].upper() + sentence[1:] if sentence else text


def _describe_flag(text: str, decision: dict[str, Any], flag: str, details: str) -> str:
    """Return `text` with the details of a flag; both keys are removed from the decision."""
    del decision[flag]
    more = _format_value(decision.pop(details, ""))
    return f"{text}: {more}" if more else text


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_format_value, value))
    if isinstance(value, dict):
        return describe_decision(value)
    return "" if value is None else single_line(str(value), _MAX_VALUE_CHARS)
