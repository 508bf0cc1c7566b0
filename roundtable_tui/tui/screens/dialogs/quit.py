"""Asks before the app is left while a run is active."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.tui.screens.base import BaseDialog


class QuitDialog(BaseDialog[bool]):
    """Returns True if the app is to be left."""

    DEFAULT_CSS = """
    QuitDialog { align: center middle; }
    QuitDialog > #box {
        width: 62;
        max-width: 100%;
        height: auto;
        padding: 0 1;
        border: round $warning;
        background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "Leave", show=False),
        Binding("escape", "answer(False)", "Stay", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()
        """Set when it has been answered."""

    def on_unmount(self) -> None:
        """Let screens open that came while the question was asked."""
        self.closed.set()

    def compose(self) -> ComposeResult:
        """Show the question and its keys."""
        with Vertical(id="box") as box:
            box.border_title = Content("A run is active")
            box.border_subtitle = Content("enter leave   esc stay")
            yield Static(
                "Leaving stops it. Finished turns are kept, and it can be resumed.\n"
                "confirm_quit = false in the settings turns this question off.",
                markup=False,
            )

    def action_answer(self, leave: bool) -> None:
        """Close with the answer."""
        self.dismiss(leave)
