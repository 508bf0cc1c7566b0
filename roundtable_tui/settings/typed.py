"""What a person types into a form of settings: read as the value it means, or told what it should be."""

from __future__ import annotations

from typing import Any

from roundtable_tui.errors import UsageError
from roundtable_tui.settings import secret
from roundtable_tui.settings.fault import nearest
from roundtable_tui.settings.fields import Setting
from roundtable_tui.text import one_line

INSTEAD = "put it into a variable, and name that here"


def read(setting: Setting, text: str, known: tuple[str, ...] = ()) -> Any:
    """Return the value that `text` means; None for nothing, where nothing is a value.

    `known` are the names there are, where the setting is one of them. Raises UsageError with one line.
    """
    text = text.strip()
    if secret.is_key(text):
        raise UsageError(f"this looks like a key, and keys are kept in no file: {INSTEAD}")
    if setting.kind == "text":
        if text and known and text not in known:
            hint = nearest(text, known, "There are")
            raise UsageError(f"there is no {one_line(text, 40)} among the {setting.known}", hint=hint)
        return text
    if not text and setting.optional:
        return None
    whole = setting.kind == "count"
    low, high = setting.low, setting.high
    bounds = f"{low:,.15g} to {high:,.15g}"
    try:
        value = _number(text, whole)
    except (ValueError, OverflowError):
        value = low - 1
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise UsageError(f"should be {kind} from {bounds}, not {one_line(text, 40) or 'nothing'}")
    return value


def shown(value: Any) -> str:
    """Return a value as a field shows it; "" for None."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "on" if value else "off"
    return f"{value:.15g}" if isinstance(value, int | float) else one_line(str(value), 2000)


def _number(text: str, whole: bool) -> float:
    """Return a number as people write them: 20000, 20_000, 20k, 0.5. Raises ValueError."""
    times = 1
    for ending, factor in (("k", 1000), ("m", 1_000_000)):
        if whole and text.casefold().endswith(ending):
            text, times = text[:-1], factor
    if not whole:
        return float(text)
    value = float(text.replace(",", "")) * times
    if value != int(value):
        raise ValueError(text)
    return int(value)
