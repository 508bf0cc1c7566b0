"""The start screen: the first keys, and the servers and models that were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

KEY_HINTS = (("F6", "task"), ("F2", "mode"), ("F3", "team"), ("F5", "personas"), ("F1", "all keys"))
_MAX_SOURCES = 4
_MAX_NAMES_CHARS = 44


class AnswerSource(NamedTuple):
    """A server or built-in model, as it is listed here. Its texts are untrusted and sanitized on display."""

    label: str
    detail: str
    models: tuple[str, ...] = ()


class EmptyState(VerticalScroll):
    """What the main screen shows before the first question. One text: each widget delays the first frame."""

    DEFAULT_CSS = """
    EmptyState { align: center middle; padding: 0 2; }
    EmptyState > Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, can_focus=False)

    def compose(self) -> ComposeResult:
        """Show the text."""
        yield Static(render_empty_state(), id="welcome-text")

    def show_searching(self) -> None:
        """Show that servers are being searched."""
        self._update_text(Content.styled("Looking for model servers on this machine...", "dim"))

    def show_sources(self, sources: Sequence[AnswerSource], chosen: str, *, taken: bool) -> None:
        """List the servers found.

        Args:
            sources: What was found, in order.
            chosen: The `detail` of the source that questions go to.
            taken: Whether the user has chosen it; otherwise enter does.
        """
        lines: list[Content | tuple[str, str]] = []
        for source in sources[:_MAX_SOURCES]:
            used = source.detail == chosen
            lines += [
                ("● " if used else "○ ", "bold $text-success" if used else "dim"),
                (single_line(source.label, 30), "bold"),
                (f"  {single_line(source.detail, 60)}\n", "dim"),
            ]
            if source.models:
                lines.append((f"  {summarize_models(source.models)}\n", ""))
        if len(sources) > _MAX_SOURCES:
            lines.append((f"  and {len(sources) - _MAX_SOURCES} more\n", "dim"))
        if not taken:
            lines += [("enter ", "bold $accent"), ("use it", ""), ("  ·  ", "dim")]
        lines += [("F4 ", "bold $accent"), ("all servers and models", "")]
        self._update_text(Content.assemble(*lines))

    def show_no_server(self, why: str, local_error: str, *, is_downloaded: bool, keys: Sequence[str]) -> None:
        """Show that there is no server, and the alternatives.

        Args:
            why: What is wrong, one line.
            local_error: Why the built-in model cannot run; "" if it can.
            is_downloaded: Whether the file of the built-in model is on this machine.
            keys: The keys for the demo, for the built-in model, and for adding a server.
        """
        tiny = single_line(local_error, 90) or "tiny test model, often wrong" + (
            "" if is_downloaded else "; 98 MB download"
        )
        lines: list[tuple[str, str]] = [
            (f"{single_line(why, 120)}\n", "$text-warning"),
            (f"{keys[0]:>8}  ", "bold $accent"),
            ("demo: ", ""),
            ("three written examples, generated text for other questions\n", "dim"),
            (f"{keys[1]:>8}  ", "dim" if local_error else "bold $accent"),
            ("built-in model: ", "dim" if local_error else ""),
            (f"{tiny}\n", "dim"),
            (f"{keys[2]:>8}  ", "bold $accent"),
            ("add a server: ", ""),
            ("URL and key; or start one here (ollama serve), then F4", "dim"),
        ]
        self._update_text(Content.assemble(*lines))

    def show_download(self, share: float) -> None:
        """Show the progress of the download of the built-in model; `share` is from 0 to 1."""
        parts = (
            f"Downloading the built-in model: {share:.0%} of 98 MB\n",
            "F4 chooses another model",
        )
        self._update_text(Content.assemble((parts[0], ""), (parts[1], "dim")))

    def show_message(self, line: str) -> None:
        """Show a line, such as an error."""
        self._update_text(Content.styled(single_line(line, 600), "$text-warning"))

    def _update_text(self, content: Content) -> None:
        self.query_one("#welcome-text", Static).update(render_empty_state(content))


def summarize_models(models: Sequence[str]) -> str:
    """Format the number of models and the names of the first ones."""
    names: list[str] = []
    for model in models:
        if names and len(", ".join([*names, model])) > _MAX_NAMES_CHARS:
            break
        names.append(single_line(model, _MAX_NAMES_CHARS))
    more = ", ..." if len(names) < len(models) else ""
    return f"{count_of(len(models), 'model')}: {', '.join(names)}{more}"


def render_empty_state(below: Content | None = None) -> Content:
    """Return the title, the first keys, and `below` them what was found."""
    parts: list[Content | tuple[str, str]] = [
        ("◆ Roundtable", "bold $primary"),
        ("   several models, one question, live\n\n", "dim"),
        ("Type a question and press ", ""),
        ("enter", "bold $accent"),
        (".\n", ""),
    ]
    for key, text in KEY_HINTS:
        parts += [(f"{key} ", "bold $accent"), (f"{text}   ", "dim")]
    return Content.assemble(*parts, "\n\n", below or Content(" "))
