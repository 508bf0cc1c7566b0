"""Parse each stylesheet of Textual once for all apps of a test run.

An app parses the styles of its widgets when it starts and again whenever a kind of widget is new to it,
which is a third of what a short test with an app costs. The rules are not changed after they are parsed, so
apps with the same theme can share them.
"""

from __future__ import annotations

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


def _parse_once(
    self: Stylesheet,
    css: str,
    read_from: tuple[str, str],
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """Return the rules of a text of CSS: those of an earlier app with the same variables, if any."""
    key = (css, read_from, is_default_rules, tie_breaker, scope, tuple(self._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


def install() -> None:
    """Share the parsed rules among all apps of this process."""
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]  # It is by identity as before, but in C.
