"""The row of stages of a pipeline, with the state of each."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events as ui
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.tui.widgets.run.pane_groups import GROUP_PENDING, GROUP_RUNNING, PaneGroup
from roundtable_tui.utils.text import single_line

STAGE_SIGNS = {GROUP_PENDING: "○", GROUP_RUNNING: "●", "complete": "✓", "skipped": "–", "failed": "✗"}


class StageTabs(Static):
    """One row with a tab for each stage, for pipelines only; a click shows a stage."""

    DEFAULT_CSS = """
    StageTabs { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Picked(Message):
        """A stage was clicked."""

        group: PaneGroup

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.display = False
        self._spans: list[tuple[int, int, PaneGroup]] = []

    def show(self, groups: list[PaneGroup], shown: PaneGroup) -> None:
        """Write a tab for each stage; the shown one is highlighted."""
        parts: list[tuple[str, str]] = []
        self._spans, at = [], 0
        for group in groups:
            text = f" {group.stage} {single_line(group.name, 20)} {STAGE_SIGNS.get(group.state, '')} "
            self._spans.append((at, at + len(text), group))
            style = "bold $text on $primary-muted" if group is shown else ""
            parts += [
                (text, style or ("dim" if group.state in (GROUP_PENDING, "skipped") else "")),
                (" ", ""),
            ]
            at += len(text) + 1
        hint = "[ ] switch stage"
        if (rest := self.size.width - 2 - at) > len(hint):
            parts.append((f"{hint:>{rest}}", "dim"))
        self.update(Content.assemble(*parts), layout=False)

    def locate_tab(self, group: PaneGroup) -> tuple[int, int] | None:
        """Return (column, row) of a stage's tab on the screen; None if it is not shown."""
        start = next((start for start, _, one in self._spans if one is group), None)
        if start is None or not self.display:
            return None
        return self.content_region.x + start, self.region.y

    def on_click(self, event: ui.Click) -> None:
        """Choose the stage under the pointer."""
        for start, end, group in self._spans:
            if start <= event.x - 1 < end:
                self.post_message(self.Picked(group))
