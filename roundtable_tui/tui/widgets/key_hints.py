"""The row of key hints at the bottom: the actions available at the focus, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from roundtable_tui.tui.commands import format_short_key, get_rank
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.utils.text import single_line

_GAP_CELLS = 2


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key with its label."""

    key: str
    label: str
    action: str
    rank: int = 1
    is_enabled: bool = True

    @property
    def width(self) -> int:
        """Cells it takes on the screen."""
        return measure_cells(self.key) + 1 + measure_cells(self.label)


class KeyHints(Static):
    """A footer of one widget, where Textual's has three for each key; a click runs the action."""

    DEFAULT_CSS = """
    KeyHints {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._spans: list[tuple[int, int, KeyHint]] = []
        self._last_drawn: tuple[object, ...] = ()
        self._action_nodes: dict[str, DOMNode] = {}

    def on_mount(self) -> None:
        """Follow the focus and the available actions."""
        self.screen.bindings_updated_signal.subscribe(self, self._schedule_write)
        self.watch(self.screen, "stack_updates", lambda: self._schedule_write(self.screen), init=False)
        self.call_after_refresh(self.write)

    def on_resize(self) -> None:
        """Fit the hints to the new width."""
        self.write()

    def _schedule_write(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.call_after_refresh(self.write)

    def write(self) -> None:
        """Write the hints of the actions available now."""
        if not self.is_attached or not self.size.width or self.app.screen is not self.screen:
            return  # Behind another screen the active bindings are those of that screen.
        hints = fit_hints(self._collect_hints(), self.size.width)
        if self._last_drawn == (drawn := (self.size.width, *hints)):
            return
        self._last_drawn = drawn
        parts: list[tuple[str, str]] = []
        self._spans, at = [], 0
        for number, hint in enumerate(hints):
            last = number == len(hints) - 1 and hint.action.endswith("help")
            gap = self.size.width - at - hint.width if last else _GAP_CELLS * (number > 0)
            parts += [(" " * gap, ""), (hint.key, "bold $text-accent" if hint.is_enabled else "dim")]
            parts.append((f" {hint.label}", "" if hint.is_enabled else "dim"))
            at += gap
            self._spans.append((at, at + hint.width, hint))
            at += hint.width
        self.update(Content.assemble(*parts), layout=False)

    def _collect_hints(self) -> list[KeyHint]:
        """Return the hints of all shown actions, nearest to the focus first, the ways out last."""
        found: dict[str, KeyHint] = {}
        for node, binding, on, _ in self.screen.active_bindings.values():
            is_shown = binding.show and binding.description and not self._is_hidden(binding)
            if is_shown and binding.action not in found:
                found[binding.action] = self._relabel(make_hint(binding, is_enabled=on), binding)
                self._action_nodes[binding.action] = node
        if self.screen.is_modal:
            # The app's priority bindings work on modal screens too, but Textual does not list them as active.
            for binding in (one for one in self.app._bindings.shown_keys if one.id == "help"):
                found.setdefault(binding.action, make_hint(binding))
                self._action_nodes.setdefault(binding.action, self.app)
        return sorted(found.values(), key=get_sort_key)

    def _is_hidden(self, binding: Binding) -> bool:
        """Whether the screen leaves the hint out now: `is_hint_hidden`."""
        is_hidden = getattr(self.screen, "is_hint_hidden", None)
        return is_hidden is not None and bool(is_hidden(binding.id or ""))

    def _relabel(self, hint: KeyHint, binding: Binding) -> KeyHint:
        """Return a hint with the label that the screen gives it now: `get_hint_label`."""
        get_label = getattr(self.screen, "get_hint_label", None)
        label = get_label(binding.id or "") if get_label is not None else ""
        return replace(hint, label=label) if label else hint

    async def on_click(self, event: events.Click) -> None:
        """Run the action under the pointer."""
        x = event.x - self.gutter.left
        for start, end, hint in self._spans:
            if start <= x < end and hint.is_enabled:
                await self.app.run_action(hint.action, self._action_nodes[hint.action])


def get_sort_key(hint: KeyHint) -> int:
    """Return the sort key of a hint: ways out at the end, help last."""
    name = hint.action.rpartition(".")[2]
    return 3 if name == "help" else 2 if name == "quit" else name.startswith("leave")


def make_hint(binding: Binding, *, is_enabled: bool = True) -> KeyHint:
    """Convert a binding to a hint."""
    key = binding.key_display or format_short_key(binding.key)
    return KeyHint(
        key, single_line(binding.description, 30), binding.action, get_rank(binding.id), is_enabled
    )


def fit_hints(hints: Sequence[KeyHint], width: int) -> list[KeyHint]:
    """Return the hints that fit in `width` cells; the last of the highest rank is left out first."""
    left = list(hints)
    while len(left) > 1 and sum(one.width for one in left) + _GAP_CELLS * (len(left) - 1) > width:
        least = max(one.rank for one in left)
        left.remove(next(one for one in reversed(left) if one.rank == least))
    return left
