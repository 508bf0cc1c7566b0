"""The built-in model before it is started: whether it can run on this machine, and its download."""

from __future__ import annotations

from collections.abc import Callable


def why_unavailable() -> str:
    """Return in one line why the built-in model cannot run on this machine; "" if it can."""
    from roundtable_tui.llm.local import requirements

    return requirements.missing_requirement() or ""


def is_downloaded() -> bool:
    """Return True if the file of the built-in model is there."""
    from roundtable_tui.llm.local import model

    return model.find_model() is not None


async def download(on_progress: Callable[[float], None]) -> None:
    """Download the built-in model; `on_progress` gets the fraction, 0 to 1. Raises RoundtableError."""
    from roundtable_tui.llm.local.fetch import fetch_model

    await fetch_model(on_progress)
