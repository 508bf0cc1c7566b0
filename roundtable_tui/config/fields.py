"""The settings as fields of a form: parse what was typed, format a value, describe all of them."""

from __future__ import annotations

import json
from dataclasses import MISSING
from typing import Any

from roundtable_tui.config import api_keys
from roundtable_tui.config.model import (
    Kind,
    LimitSettings,
    ServerSettings,
    Setting,
    Settings,
    declared_settings,
)
from roundtable_tui.config.suggestions import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

GENERAL_SETTINGS = declared_settings(Settings)
LIMIT_SETTINGS = declared_settings(LimitSettings)
SERVER_SETTINGS = declared_settings(ServerSettings)

KEY_HINT = "put it into an environment variable and name that here"


def parse_input(setting: Setting, text: str, known: tuple[str, ...] = ()) -> Any:
    """Parse the text of a form field.

    Args:
        setting: What the field is for.
        text: What was typed.
        known: The names to choose from, if the setting is one of several names.

    Returns:
        A str, int or float; None for an empty field of an optional setting.

    Raises:
        UsageError: The value is not allowed. The message is one line without a subject ("should be ...").
    """
    text = text.strip()
    if api_keys.looks_like_key(text):
        raise UsageError(f"this looks like a key. Keys are not stored in files: {KEY_HINT}")
    if setting.kind == "text":
        if text and known and text not in known:
            hint = did_you_mean(text, known, "Available")
            raise UsageError(f"{single_line(text, 40)} is not one of the {setting.choices}", hint=hint)
        return text
    if not text and setting.optional:
        return None
    try:
        value = _parse_number(text, setting.kind == "count")
    except (ValueError, OverflowError):
        value = setting.min_value - 1
    if not setting.min_value <= value <= setting.max_value:
        raise UsageError(f"should be {describe_value(setting)}, not {single_line(text, 40) or 'nothing'}")
    return value


def format_input(value: Any) -> str:
    """Return a value as the text of a field; "" for None."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "on" if value else "off"
    return f"{value:.15g}" if isinstance(value, int | float) else single_line(str(value), 2000)


def _parse_number(text: str, whole: bool) -> float:
    """Return the number in `text`: 20000, 20_000, 20k, 1.5m, 0.5. Raises ValueError."""
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


def render_settings_table() -> str:
    """Return all settings as a Markdown table, for the documentation."""
    rows = ["| setting | default | value | |", "| --- | --- | --- | --- |"]
    groups = (("", GENERAL_SETTINGS), ("limits.", LIMIT_SETTINGS), ("servers.NAME.", SERVER_SETTINGS[1:]))
    for prefix, settings in groups:
        for one in settings:
            default = "" if one.default in (None, "", MISSING) else f"`{json.dumps(one.default)}`"
            rows.append(f"| `{prefix}{one.name}` | {default} | {describe_value(one)} | {one.help} |")
    return "\n".join(rows)


def describe_value(setting: Setting) -> str:
    """Return the allowed values of a setting: "a number from 1 to 64", "true or false"."""
    what = _DESCRIPTIONS[setting.kind]
    if setting.bounds is None:
        return what
    return f"{what} from {setting.min_value:,.15g} to {setting.max_value:,.15g}"


_DESCRIPTIONS: dict[Kind, str] = {
    "text": "text in quotes",
    "flag": "true or false",
    "count": "a whole number",
    "number": "a number",
}
