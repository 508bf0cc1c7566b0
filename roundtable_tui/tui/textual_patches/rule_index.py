"""Speeds up the styling of widgets by Textual 8.2, which looks at every rule of the app for each node.

Each part of a widget (an input has seven, such as its cursor) is a node too, and a screen has a hundred
widgets: a third of the time until a screen was seen went into looking at rules for other widgets. The rules
that may apply to a node depend only on its names: types, classes and id. Many nodes have the same.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_original_apply = Stylesheet.apply


def install_rule_index() -> None:
    """Make all style sheets look only at rules for the names of a node. The resulting styles are the same."""
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]  # By identity as before, but in C.
    if Stylesheet.apply is _original_apply:  # Else it is replaced already.
        Stylesheet.apply = _apply  # type: ignore[method-assign]


class RuleIndex:
    """The rules of a style sheet by the names of a node that they may apply to.

    Args:
        by_name: The rules by the name that their last selector has, as Textual keeps them.
        rules: All rules in their order.
    """

    def __init__(self, by_name: dict[str, list[RuleSet]], rules: list[RuleSet]) -> None:
        self.by_name = by_name
        self._rules = rules
        self._found: dict[frozenset[str], list[RuleSet]] = {}

    def find(self, names: Set[str]) -> list[RuleSet]:
        """Return the rules for any of these names, in the order of the style sheet."""
        known = frozenset(self.by_name.keys() & names)
        if (found := self._found.get(known)) is None:
            these = {rule for name in known for rule in self.by_name[name]}
            found = self._found[known] = [rule for rule in self._rules if rule in these]
        return found


def get_rule_index(stylesheet: Stylesheet) -> RuleIndex:
    """Return the index of a style sheet; a new one if its rules have changed."""
    by_name = stylesheet.rules_map
    index: RuleIndex | None = getattr(stylesheet, "_rule_index", None)
    if index is None or index.by_name is not by_name:
        index = RuleIndex(by_name, stylesheet.rules)
        stylesheet._rule_index = index  # type: ignore[attr-defined]
    return index


def apply_rules(stylesheet: Stylesheet, rules: list[RuleSet], node: DOMNode, **options: Any) -> None:
    """Apply only these rules to a node, and those for its parts to them."""
    before, stylesheet._rules = stylesheet._rules, rules
    try:
        _original_apply(stylesheet, node, **options)
    finally:
        if stylesheet._rules is rules:  # Else it was parsed again meanwhile.
            stylesheet._rules = before


def _apply(self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: Any = None) -> None:
    apply_rules(self, get_rule_index(self).find(node._selector_names), node, animate=animate, cache=cache)
