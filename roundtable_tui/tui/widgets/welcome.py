"""The empty table: what this is, what was found on this machine, and what to press first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.text import one_line

HOW = (
    ("enter", "asks what you have typed below"),
    ("F6", "a ready-made task to begin with"),
    ("F2 F3 F4", "how they work, who they are, which model"),
    ("F5", "the personas: read, change, make your own"),
    ("F1", "every key"),
)
NOTHING = """No server runs on this machine, as far as can be seen. To have one, do one of these:
  ollama serve                                  then press F4
  export OPENAI_BASE_URL=... OPENAI_API_KEY=... then start roundtable again
  roundtable --local                            the small model that comes along"""


@dataclass(frozen=True, slots=True)
class Source:
    """Somewhere answers can come from, as the welcome names it."""

    label: str
    detail: str


class Welcome(VerticalScroll):
    """What an empty table shows: one text, since each widget costs before the first frame."""

    DEFAULT_CSS = """
    Welcome { align: center middle; padding: 0 2; }
    Welcome > Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, can_focus=False)

    def compose(self) -> ComposeResult:
        """Show the text."""
        yield Static(welcome_text(), id="welcome-text")

    def looking(self) -> None:
        """Say that servers are being looked for."""
        self._below(Content.styled("Looking for model servers on this machine ...", "dim"))

    def found(self, sources: Sequence[Source], chosen: str) -> None:
        """Say what was found, and what is used."""
        if not sources:
            self._below(Content(NOTHING))
            return
        lines: list[tuple[str, str]] = []
        for source in sources:
            mark = "●" if source.label == chosen else "○"
            lines.append((f"{mark} {one_line(source.label, 30)}", "bold"))
            lines.append((f"  {one_line(source.detail, 60)}\n", "dim"))
        self._below(Content.assemble(*lines, ("F4 chooses among them", "dim")))

    def say(self, line: str) -> None:
        """Say a line: why the demo is open, what went wrong."""
        self._below(Content.styled(one_line(line, 600), "$text-warning"))

    def _below(self, content: Content) -> None:
        self.query_one("#welcome-text", Static).update(welcome_text(content))


def welcome_text(below: Content | None = None) -> Content:
    """Return the title, the first keys, and what is known by now."""
    parts: list[Content | tuple[str, str]] = [
        ("◆ Roundtable", "bold $primary"),
        ("   several models, one question, live\n\n", "dim"),
    ]
    for key, text in HOW:
        parts += [(f"{key:>8}  ", "bold $accent"), (f"{text}\n", "")]
    return Content.assemble(*parts, "\n", below or Content(" "))
