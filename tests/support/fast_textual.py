"""Share and skip work of Textual that every app of a test run repeats.

An app parses the styles of its widgets when it starts and again whenever a kind of widget is new to it. Each
change of a class on a screen applies the styles to all widgets below it, and again for each part of a widget
(the cursor of an input). Each message searches the classes of its receiver for handlers. Every frame is
assembled for a terminal that a test does not have. The styles of screens that it does not open are read.
Together that was most of what a short test with an app costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import active_app, visible_screen_stack
from textual.app import App
from textual.css.model import RuleSet, Selector, SelectorType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from roundtable_tui.tui import preload
from roundtable_tui.tui.textual_patches.rule_index import apply_rules, get_rule_index
from roundtable_tui.tui.widgets.transcript.document_view import DocumentView

render_for_terminal, render_strips = Compositor.render_update, Compositor.render_strips
parse_rules = Stylesheet._parse_rules
preload_screens = preload.preload_screens
_apply_to_components = Stylesheet._process_component_classes
_find_handlers = MessagePump._get_dispatch_methods
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
    key = (css, read_from, is_default_rules, tie_breaker, scope, _number_variables(self))
    if key not in _parsed:
        _parsed[key] = parse_rules(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


_numbers: dict[tuple[tuple[str, str], ...], int] = {}


def _number_variables(stylesheet: Stylesheet) -> int:
    """Return a number for the variables of a stylesheet, which are replaced as a whole."""
    variables = stylesheet._variables
    known: tuple[dict[str, str], int] | None = getattr(stylesheet, "_test_variables", None)
    if known is None or known[0] is not variables:
        known = variables, _numbers.setdefault(tuple(variables.items()), len(_numbers))
        stylesheet._test_variables = known  # type: ignore[attr-defined]
    return known[1]


class _Rules:
    """The rules that may apply to a kind of node, and the classes and pseudo classes that they ask for."""

    def __init__(self, rules: list[RuleSet]) -> None:
        self.rules = rules
        asked = [one for rule in rules for some in rule.selector_set for one in some.selectors]
        classes = {one.name for one in asked if one.type is SelectorType.CLASS}
        self._classes = frozenset(classes | {"-textual-system"})
        self._pseudo = [one for one in asked if one.pseudo_classes]
        self._pseudo_of: dict[type[DOMNode], list[Selector]] = {}

    def read_state(self, node: DOMNode) -> tuple[object, ...]:
        """Return all that decides which of the rules apply to a node and below it."""
        return tuple(
            (id(one), one.id, self._classes & one._classes, *(s.check(one) for s in self._find_pseudo(one)))
            for one in node.css_path_nodes
        )

    def _find_pseudo(self, node: DOMNode) -> list[Selector]:
        """Return the selectors with pseudo classes that are not for nodes of other types."""
        if type(node) not in self._pseudo_of:
            self._pseudo_of[type(node)] = [
                one
                for one in self._pseudo
                if one.type is not SelectorType.TYPE or one.name in node._css_type_names
            ]
        return self._pseudo_of[type(node)]


_shared: dict[tuple[int, ...], _Rules] = {}
"""By the identities of the rules, which are never released: a stylesheet parsed again has the same ones."""


def _find(stylesheet: Stylesheet, names: Set[str]) -> _Rules:
    """Return the rules for any of these names."""
    rules = get_rule_index(stylesheet).find(names)
    key = tuple(map(id, rules))
    if key not in _shared:
        _shared[key] = _Rules(rules)
    return _shared[key]


def _apply_few(self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: Any = None) -> None:
    """Apply the styles if what they depend on has changed."""
    names, styles = node._selector_names, node.styles.base._rules
    found = _find(self, names)
    state = (found, found.read_state(node), styles)
    if getattr(node, "_test_state", None) == state:
        node.notify_style_update()
        self._process_component_classes(node)
        return
    apply_rules(self, found.rules, node, animate=animate, cache=cache)
    node._test_state = (*state[:-1], dict(styles))  # type: ignore[attr-defined]


def _apply_to_changed_components(self: Stylesheet, node: DOMNode) -> None:
    """Apply the styles to the parts of a widget, if what they depend on has changed."""
    components = node._get_component_classes()
    if not components:
        return
    found = _find(self, {"*", "DOMNode", *(f".{name}" for name in components)})
    state = (found, found.read_state(node))
    if getattr(node, "_test_components", None) == state and node._component_styles.keys() == components:
        return
    _apply_to_components(self, node)
    node._test_components = state  # type: ignore[attr-defined]


_undrawn: WeakKeyDictionary[Compositor, set[Region]] = WeakKeyDictionary()
"""The regions that have changed since they were drawn."""


def _note_changes(
    self: Compositor,
    full: bool = False,
    screen_stack: list[Screen[Any]] | None = None,
    simplify: bool = False,
) -> RenderableType | None:
    """Note what is to be drawn: a test draws what it waits for, not what was replaced meanwhile.

    Views of streams are drawn at once: only then do they take their new size, and their position in the text.
    """
    if full:
        return render_for_terminal(self, full, screen_stack or _find_background(self), simplify)
    visible_screen_stack.set(screen_stack or [])
    changes = self._dirty_regions.copy()
    self._dirty_regions.clear()
    _undrawn.setdefault(self, set()).update(changes)
    _draw(self, changes, DocumentView)
    return None


def _render_strips_with_background(self: Compositor, size: Size | None = None) -> list[Strip]:
    """Render a screen; what is behind a dialog too, which Textual does only while it draws a frame."""
    if background := _find_background(self):
        visible_screen_stack.set(background)
    return render_strips(self, size)


def _find_background(compositor: Compositor) -> list[Screen[Any]]:
    """Return the screens behind the top screen, if this is its compositor."""
    app = active_app.get()
    return app._background_screens if compositor is app.screen._compositor else []


def draw_changes(app: App[Any]) -> None:
    """Draw the widgets that have changed; their lines are put together when a test reads the screen."""
    compositor = app.screen._compositor
    if changes := _undrawn.pop(compositor, None):
        visible_screen_stack.set(app._background_screens)
        _draw(compositor, changes, Widget)


def _draw(compositor: Compositor, changes: Set[Region], kind: type[Widget]) -> None:
    for widget, (region, clip) in list(compositor.visible_widgets.items()):
        if not isinstance(widget, kind):
            continue
        shown = region.intersection(clip)
        if shown and any(shown.overlaps(changed) for changed in changes):
            widget.render_lines(Region(shown.x - region.x, shown.y - region.y, shown.width, shown.height))


_without_handlers: set[tuple[type, str, type]] = set()


def _find_known_handlers(
    self: MessagePump, method_name: str, message: Message
) -> Iterator[tuple[type, Callable[[Message], Any]]]:
    """Yield the handlers of a message; classes without any are not searched again."""
    key = (type(self), method_name, type(message))
    if key in _without_handlers:
        return
    if not _may_handle(*key):
        _without_handlers.add(key)
        return
    yield from _find_handlers(self, method_name, message)


def _may_handle(kind: type, method_name: str, message: type) -> bool:
    for cls in kind.__mro__:
        decorated = cls.__dict__.get("_decorated_handlers") or {}
        if f"_{method_name}" in cls.__dict__ or method_name in cls.__dict__:
            return True
        if any(issubclass(message, handled) for handled in decorated):
            return True
    return False


async def _import_screens(app: object) -> None:
    """Import the screens as the app does, without reading the styles of all of them for each app."""
    for name in preload.SCREEN_MODULES:
        import_module(name)


def install() -> None:
    """Do so for all apps of this process."""
    changes: dict[str, Callable[..., Any]] = {
        "_parse_rules": _parse_once,
        "apply": _apply_few,
        "_process_component_classes": _apply_to_changed_components,
    }
    for name, changed in changes.items():
        setattr(Stylesheet, name, changed)
    MessagePump._get_dispatch_methods = _find_known_handlers  # type: ignore[method-assign]
    preload.preload_screens = _import_screens
    Compositor.render_update = _note_changes  # type: ignore[method-assign]
    Compositor.render_strips = _render_strips_with_background  # type: ignore[method-assign]
