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
    ("F6", "picks a ready-made task: maths, a decision, a talk, a text to judge"),
    ("F2 F3 F4", "choose how they work, who they are, and which model speaks for them"),
    ("F1", "shows every key"),
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
    """What an empty table shows."""

    DEFAULT_CSS = """
    Welcome { align: center middle; padding: 1 2; }
    Welcome > Static { width: auto; max-width: 84; height: auto; }
    Welcome > #welcome-title { text-align: center; margin-bottom: 1; }
    Welcome > #welcome-found { margin-top: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, can_focus=False)

    def compose(self) -> ComposeResult:
        """Title, keys, what was found."""
        yield Static(
            Content.assemble(
                ("◆ Roundtable\n", "bold $primary"), ("several models, one question, live", "$text-muted")
            ),
            id="welcome-title",
        )
        rows = [part for key, text in HOW for part in ((f"{key:>9}  ", "bold $accent"), (f"{text}\n", ""))]
        yield Static(Content.assemble(*rows[:-1], (HOW[-1][1], "")), id="welcome-keys")
        yield Static("", id="welcome-found", markup=False)

    def looking(self) -> None:
        """Say that servers are being looked for."""
        self._found(Content.styled("Looking for model servers on this machine ...", "$text-muted"))

    def found(self, sources: Sequence[Source], chosen: str) -> None:
        """Say what was found, and what is used."""
        if not sources:
            self._found(Content(NOTHING))
            return
        lines: list[tuple[str, str]] = []
        for source in sources:
            mark = "●" if source.label == chosen else "○"
            lines.append((f"{mark} {one_line(source.label, 30)}", "bold"))
            lines.append((f"  {one_line(source.detail, 60)}\n", "$text-muted"))
        self._found(Content.assemble(*lines, ("F4 chooses among them", "$text-muted")))

    def say(self, line: str) -> None:
        """Say a line: why the demo is open, what went wrong."""
        self._found(Content.styled(one_line(line, 600), "$text-warning"))

    def _found(self, content: Content) -> None:
        self.query_one("#welcome-found", Static).update(content)
