"""What can be set, declared once: the check of the file and the forms on the screen are made from this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from roundtable_tui.config import api_keys
from roundtable_tui.config.suggestions import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line

Kind = Literal["text", "flag", "count", "number"]
Effect = Literal["now", "next question", "next start"]
Choices = Literal["", "servers", "modes", "teams", "themes"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: its name in the file, what it may be, and a line on what it is for."""

    name: str
    kind: Kind
    help: str
    section: str = ""
    """The heading of a form it stands under."""
    min_value: float = 0.0
    max_value: float = 0.0
    optional: bool = False
    """Nothing at all is a value too."""
    choices: Choices = ""
    """What may be chosen from, where that can be listed."""
    effect: Effect = "next question"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the most, for numbers."""
        return (self.min_value, self.max_value) if self.kind in ("count", "number") else None


ASK, USE, SCREEN, CALLS = "What a question goes to", "What a run may use", "The screen", "Clocks of a call"

GENERAL_SETTINGS: tuple[Setting, ...] = (
    Setting("server", "text", "the server to use when none is named", ASK, choices="servers"),
    Setting("model", "text", "the model, where a server has none of its own", ASK),
    Setting("mode", "text", "how questions are worked on", ASK, choices="modes"),
    Setting("team", "text", "who sits at the table in that mode", ASK, choices="teams"),
    Setting("agents", "count", "how many seats, in modes that let one choose", ASK, 1, 64, optional=True),
    Setting("discovery", "flag", "look for servers on this machine", ASK, effect="now"),
    Setting("demo", "flag", "ask the demo when nothing else is named: made-up text", ASK),
    Setting("budget", "count", "tokens, prompts and answers; empty: no limit", USE, 0, 1e12, optional=True),
    Setting("max_cost", "number", "US dollars, where prices are known; empty: no limit", USE, 0, 1e6, True),
    Setting("theme", "text", "the colours", SCREEN, choices="themes", effect="now"),
    Setting("mouse", "flag", "off: the terminal selects text with it", SCREEN, effect="next start"),
    Setting("animations", "flag", "let things move", SCREEN, effect="now"),
)  # fmt: skip
LIMIT_SETTINGS: tuple[Setting, ...] = (
    Setting("connect", "number", "seconds to reach the server", CALLS, 0.1, 600),
    Setting("first_token", "number", "seconds to the first token; a model may load first", CALLS, 1, 86_400),
    Setting("idle", "number", "seconds of silence in the middle of an answer", CALLS, 1, 86_400),
    Setting("turn", "number", "seconds for the whole turn", CALLS, 1, 604_800),
)  # fmt: skip
SERVER_SETTINGS: tuple[Setting, ...] = (
    Setting("name", "text", "what you call it"),
    Setting("base_url", "text", "its address; most end in /v1"),
    Setting("api_key_env", "text", "the variable that holds the key"),
    Setting("api_key_cmd", "text", "or the command that prints the key"),
    Setting("model", "text", "the model to use there when nobody names one"),
    Setting("concurrency", "count", "calls at once; 0 leaves it to Roundtable", min_value=0, max_value=1024),
)


def iter_bounds() -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield name and bounds of every number."""
    for setting in (*GENERAL_SETTINGS, *LIMIT_SETTINGS, *SERVER_SETTINGS):
        if (bounds := setting.bounds) is not None:
            yield setting.name, bounds


KEY_HINT = "put it into a variable, and name that here"


def parse_input(setting: Setting, text: str, known: tuple[str, ...] = ()) -> Any:
    """Return the value that `text` means; None for nothing, where nothing is a value.

    `known` are the names there are, where the setting is one of them. Raises UsageError with one line.
    """
    text = text.strip()
    if api_keys.looks_like_key(text):
        raise UsageError(f"this looks like a key, and keys are kept in no file: {KEY_HINT}")
    if setting.kind == "text":
        if text and known and text not in known:
            hint = did_you_mean(text, known, "There are")
            raise UsageError(f"there is no {single_line(text, 40)} among the {setting.choices}", hint=hint)
        return text
    if not text and setting.optional:
        return None
    whole = setting.kind == "count"
    low, high = setting.min_value, setting.max_value
    bounds = f"{low:,.15g} to {high:,.15g}"
    try:
        value = _parse_number(text, whole)
    except (ValueError, OverflowError):
        value = low - 1
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise UsageError(f"should be {kind} from {bounds}, not {single_line(text, 40) or 'nothing'}")
    return value


def format_input(value: Any) -> str:
    """Return a value as a field shows it; "" for None."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "on" if value else "off"
    return f"{value:.15g}" if isinstance(value, int | float) else single_line(str(value), 2000)


def _parse_number(text: str, whole: bool) -> float:
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
