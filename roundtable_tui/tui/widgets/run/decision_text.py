"""A captain's decision, which arrives as JSON, formatted for the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHOD_NOTES = {
    "tool": "decided by a tool call",
    "prose": "decided in prose",
    "word": "decided by a single word",
    "clusters": "no clear verdict",
}
"""How the decision was obtained, by method. A decision in the requested JSON has no note."""


def format_decision(label: str, decision: Mapping[str, Any], method: str = "") -> str:
    """Format a decision as Markdown.

    Args:
        label: The kind of decision, such as `verdict`, `disputed` or `choice`.
        decision: Its fields, as the model returned them.
        method: How it was obtained; with `clusters` no model decided, the answers were compared.
    """
    if method == "clusters" and label == "verdict":
        agree = "they all agree" if decision.get("consensus") else "they do not all agree"
        return f"**No clear verdict.** By comparing the answers: {agree}."
    if label == "verdict":
        if decision.get("consensus"):
            return "**Consensus.** The answers agree in substance."
        direction = str(decision.get("direction") or "").strip()
        return f"**No consensus yet.** {direction}".strip()
    if label == "disputed":
        points = str(decision.get("points") or "").strip()
        return (
            f"**Open disagreements.** {points}".strip()
            if decision.get("disputed")
            else "**No open disagreements.**"
        )
    if "choice" in decision:
        reason = str(decision.get("reason") or "").strip()
        return f"**Picked:** answer {decision['choice']} of those above. {reason}".strip()
    return "; ".join(
        f"{key.replace('_', ' ')}: {_format_value(value)}" for key, value in decision.items() if value != ""
    )


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
