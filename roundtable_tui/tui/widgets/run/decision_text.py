"""A captain's decision, which arrives as JSON, formatted for the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def format_decision(label: str, decision: Mapping[str, Any], method: str = "", *, choice: str = "") -> str:
    """Format a decision as Markdown.

    Args:
        label: The kind of decision, such as `verdict`, `disputed` or `choice`.
        decision: Its fields, as the model returned them.
        method: How it was obtained; with `clusters` no model decided, the answers were compared.
        choice: What was picked, such as `Benjamin's answer`; "" if only its number is known.
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
        what = choice or f"answer {decision['choice']}"
        return f"**Picked:** {what}. {reason}".strip()
    return "; ".join(
        f"{key.replace('_', ' ')}: {_format_value(value)}" for key, value in decision.items() if value != ""
    )


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
