"""A captain's decision, which comes as JSON, as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHOD_NOTES = {
    "tool": "decided by a tool call",
    "prose": "decided in prose",
    "word": "decided by one plain word",
    "clusters": "no usable decision came",
}
"""What is said of the rung of the ladder; nothing of the first, which is as it should be."""


def format_decision(label: str, decision: Mapping[str, Any], method: str = "") -> str:
    """Return the decision in words; one that nobody made is not told as somebody's."""
    if method == "clusters" and label == "verdict":
        agree = "they all say the same" if decision.get("consensus") else "they do not all say the same"
        return f"**No verdict came.** Going by the answers alone: {agree}."
    if label == "verdict":
        if decision.get("consensus"):
            return "**Consensus.** The answers agree in substance."
        direction = str(decision.get("direction") or "").strip()
        return f"**No consensus yet.** {direction}".strip()
    if label == "disputed":
        points = str(decision.get("points") or "").strip()
        return (
            f"**In dispute.** {points}".strip() if decision.get("disputed") else "**Nothing is in dispute.**"
        )
    if "choice" in decision:
        return f"**Chosen:** number {decision['choice']} of those above."
    return "; ".join(f"{key.replace('_', ' ')}: {_format_value(value)}" for key, value in decision.items())


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
