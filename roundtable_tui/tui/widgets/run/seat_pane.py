"""The pane of one seat: its transcript, inside a frame that shows its name, role, model and state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from roundtable_tui.engine import events
from roundtable_tui.reports.identity import identify_seat
from roundtable_tui.reports.sources import format_sources
from roundtable_tui.reports.tool_calls import describe_call, describe_result
from roundtable_tui.tui.commands import SCOPE_TITLES, make_binding_by_id, make_bindings
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.run.answer_heading import AnswerMarkerFilter, replace_markers
from roundtable_tui.tui.widgets.run.decision_text import format_decision
from roundtable_tui.tui.widgets.run.rows.seat_style import get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.seat_progress import (
    BUSY_STATES,
    STATE_SIGNS,
    Clock,
    SeatProgress,
    format_new_rows,
)
from roundtable_tui.tui.widgets.transcript import StreamDocument, StreamView
from roundtable_tui.utils.text import sanitize, single_line, truncate

MUTED_SIGN = "⊘"
CONNECTION_FAILURES = frozenset({"unreachable", "cut", "timeout"})
"""Kinds of failure after which the server may be unavailable."""
RETRY_HINT = " (r: retry, v: choose another model or server)"
_SEPARATOR = " · "
_CORNER_CELLS = 4
"""Cells of a frame's edge that cannot hold text."""
_MAX_MODEL_CELLS, _MIN_MODEL_CELLS = 28, 4
"""Cells of a model's name; below the minimum it is left out."""


class SeatPane(Vertical):
    """The pane of one seat. `handle` takes its events; `tick` updates the figures in the frame."""

    HELP_TITLE = SCOPE_TITLES["pane"]
    HELP_KEYS = (
        ("1 ... 9, 0", "Go to that pane", "0 is the captain."),
        ("↑ ↓ pgup pgdn", "Scroll", "end goes to the end and follows new text."),
        ("tab", "Next pane", "shift+tab: previous pane; esc: input."),
    )
    BINDINGS = [
        *make_bindings("pane", "screen."),
        make_binding_by_id("copy_transcript", "screen."),
        *(Binding(str(n), f"screen.go_to({n})", show=False, id=f"pane_{n}") for n in range(10)),
    ]

    _title = ("", "", "")
    _subtitle = ""

    @dataclass
    class Chosen(Message):
        """The pane has received the focus."""

        pane: SeatPane

    def __init__(
        self,
        seat: str,
        name: str,
        role: str = "",
        model: str = "",
        *,
        captain: bool = False,
        number: int = 0,
        clock: Clock = time.monotonic,
    ) -> None:
        self.identity = identify_seat(number)
        color = f"-seat-{self.identity.color}" if number else "-captain"
        super().__init__(id=f"pane-{seat}", classes=color)
        self.seat = seat
        self.seat_name = name
        self.role = role
        self.model = model
        self.captain = captain
        self.is_seatless = False
        """True for the pane at the head of a discussion without a captain: it belongs to no seat."""
        self.is_live = True
        """False in a replay, where a failed turn cannot be retried."""
        self.failure_kind = ""
        """Kind of the last failure; "" if there was none."""
        self.clock = clock
        """Seconds on the run's clock, which a replay sets."""
        self.name_seat: Callable[[str], str] = lambda seat: seat
        """Returns the name of a seat, raw."""
        self.describe_citations: Callable[[str], list[str]] = lambda turn: []
        """Returns lines on the citations of files in a turn that has ended."""
        self.progress = SeatProgress(lambda: self.clock())
        self.view = StreamView(StreamDocument(lambda: self.clock()))
        self.muted = False
        self.is_dense = False
        """Whether the pane has a line above instead of a frame; the line has the figures."""
        self._initial_identity = (name, role, model)
        self._restyle_pending = False
        self._reset_run_state()

    def _reset_run_state(self) -> None:
        self._labels: dict[str, str] = {}
        self._marker_filters: dict[str, AnswerMarkerFilter] = {}
        self._deciding: set[str] = set()
        self._deciding_turn = ""
        """The last turn that is to decide, until its decision is shown."""
        self._decisions = 0
        self._raw = ""
        self._speeches = 0
        self._named_turns: set[str] = set()
        """Turns whose heading names who spoke, since the seat has changed its name."""
        self.outcome = ""
        """How the run ended: shown in the frame of the head pane instead of figures."""
        self.end_state = ""
        """The state in which the run ended, in the head pane; shown for a seat that was never asked."""

    def reset_run(self) -> None:
        """Return to the state at the start of the run, for a replay that jumps back."""
        self.seat_name, self.role, self.model = self._initial_identity
        self.muted = False
        self.view.clear()
        self._reset_run_state()
        self._set_state_class("idle")
        self.progress.reset()
        self.write_frame()

    @property
    def state(self) -> str:
        """The seat's state, a key of `STATE_SIGNS`."""
        return self.progress.state

    def compose(self) -> ComposeResult:
        """Show the transcript."""
        yield self.view

    def on_mount(self) -> None:
        """Write the frame."""
        self.write_frame()

    def on_resize(self) -> None:
        """Fit the frame's text to the new width."""
        self.write_frame()

    def on_descendant_focus(self, event: ui.DescendantFocus) -> None:
        """Report that this pane was chosen."""
        self.post_message(self.Chosen(self))

    # --- events --------------------------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        """Show an event of this seat."""
        match event:
            # The pieces of streamed text come first: there are thousands of them a second.
            case events.ReasoningDelta():
                self._count_delta(event, "thinking")
                self.view.feed(event.turn, event.text, reasoning=True)
            case events.AnswerDelta():
                deciding = event.turn in self._deciding
                self._count_delta(event, "writing")
                text = event.text if deciding else self._get_marker_filter(event.turn).feed(event.text)
                self.view.feed(event.turn, text, reasoning=deciding)
            case events.TurnQueued():
                self._labels[event.turn] = event.label
                if event.decides:
                    self._deciding.add(event.turn)
                    self._deciding_turn = event.turn
                self._begin_turn(event)
                self._enter_state("queued", event.t)
            case events.TurnStarted():
                self.view.reset(event.turn)
                self._marker_filters[event.turn] = AnswerMarkerFilter()
                self.progress.start_attempt()
                self._enter_state("reading", event.t)
            case events.TurnWaiting():
                seconds = "" if event.until is None else f", {max(0, event.until - event.t):.0f} s"
                self.view.show_wait(event.turn, f"{event.why}{seconds}")
                self._enter_state("waiting", event.t, event.why)
            case events.TurnResplit():
                self._marker_filters.pop(event.turn, None)
                self.view.resplit(
                    event.turn, event.reasoning, self._get_marker_filter(event.turn).feed(event.text)
                )
            case events.TurnFinished():
                self._show_finish(event)
            case events.TurnFailed(kind="muted"):
                self.view.end(event.turn, "skipped: muted", "stopped")
                self._enter_state("idle", event.t)
            case events.TurnFailed():
                self._show_failure(event)
            case events.Verdict():
                self._show_decision(event)
            case events.ToolCalled():
                self.view.show_call(event.turn, event.call, describe_call(event))
                self._enter_state("waiting", event.t, event.tool)
            case events.ToolReturned():
                self.view.show_call(event.turn, event.call, describe_result(event), sanitize(event.text))

    def _show_failure(self, event: events.TurnFailed) -> None:
        """Show why a turn failed; the text that had arrived stays on the screen."""
        self.progress.count_failed(event)
        self._marker_filters.pop(event.turn, None)
        deciding = event.turn in self._deciding
        self.view.resplit(event.turn, event.reasoning, "" if deciding else replace_markers(event.text))
        kind = "stopped" if event.kind in ("stopped", "unneeded", "interrupted", "budget") else "failed"
        self.failure_kind = event.kind
        way_out = RETRY_HINT if self.is_live and event.kind in CONNECTION_FAILURES else ""
        shown = "cut" if event.cut_by and not deciding else kind
        self.view.end(event.turn, f"{event.error}{way_out}", shown)
        self._enter_state(kind, event.t, event.error)

    def finish_run(self, note: str, t: float) -> None:
        """End a turn that is still running when the run ends."""
        if self.progress.is_busy:
            if turn := next(reversed(self._labels), ""):
                self._flush_marker_filter(turn)
                self.view.end(turn, note, "stopped")
            self._enter_state("stopped", t, note)

    def _show_decision(self, event: events.Verdict) -> None:
        """Show a decision in the turn that made it, or in a section of its own."""
        choice = f"{single_line(self.name_seat(event.picked), 40)}'s answer" if event.picked else ""
        text = format_decision(event.label, event.decision, event.rung, choice=choice)
        if self._deciding_turn:
            self.view.resplit(self._deciding_turn, self._raw, text)
            self.view.end(self._deciding_turn)
            self._deciding_turn = ""
        else:
            self._decisions += 1
            self.add_section(f"decision-{self._decisions}", event.label, text)

    def _get_marker_filter(self, turn: str) -> AnswerMarkerFilter:
        return self._marker_filters.setdefault(turn, AnswerMarkerFilter())

    def _show_finish(self, event: events.TurnFinished) -> None:
        self.progress.count_finished(event)
        self._raw = "\n\n".join(
            part for part in (event.reasoning, event.text or event.tool_arguments) if part
        )
        cut = event.is_truncated
        thought = event.usage.get("reasoning_tokens") or None
        if event.turn in self._deciding:
            self.view.resplit(event.turn, self._raw, "")
        elif event.turn in self._marker_filters:
            self._flush_marker_filter(event.turn)
            self.view.document.share_text(event.turn, event.reasoning, event.text)
        else:  # Replayed from a record that holds the finished turn only.
            self.view.resplit(event.turn, event.reasoning, replace_markers(event.text))
        cited = self.describe_citations(event.turn)
        note = " · ".join(single_line(w) for w in (*event.warnings, *_source_notes(event), *cited))
        self.view.end(event.turn, note, "cut" if cut else "done", reasoning_tokens=thought)
        self._enter_state("done", event.t)

    def _flush_marker_filter(self, turn: str) -> None:
        if mark := self._marker_filters.pop(turn, None):
            self.view.feed(turn, mark.flush())

    def add_section(
        self, key: str, title: str, text: str, note: str = "", kind: str = "done", *, reasoning: str = ""
    ) -> None:
        """Add a section that is not a turn, such as the run's answer, or replace it.

        Args:
            key: Identifies the section in this pane.
            title: The heading; "" for none.
            text: Markdown.
            note: A line below the text.
            kind: How the note is marked, a key of the transcript's `NOTES`.
            reasoning: Text that is folded until the user opens it.
        """
        self.view.begin(key, title)
        self.view.resplit(key, reasoning, text)
        self.view.end(key, note, kind)

    # --- the frame -----------------------------------------------------------------------------

    def tick(self) -> None:
        """Update seconds and rates in the frame while a turn is queued or running."""
        if self.progress.is_busy:
            self.progress.update_rate()
            self.write_frame()

    def write_frame(self) -> None:
        """Write name, role, state, model and figures into the frame."""
        has_role = self.role and self.role.lower() != self.seat_name.lower()
        role = f" · {single_line(self.role, 40)}" if has_role else ""
        figures = format_new_rows(self.view.new_rows) or self.outcome or self.frame_figures
        if self.is_dense:  # Such a pane has no lower edge.
            role = f" · {figures}" if figures else role
        title = f"{self.state_sign} {single_line(self.seat_name, 40)}", " · muted" if self.muted else "", role
        if title != self._title:
            self._title = title
            name, mute, role = title
            chip = [] if self.is_seatless else [make_chip(self.identity), (" ", "")]
            self._border_title = Content.assemble(
                *chip,
                (name, f"bold {get_seat_style(self.identity.number)}"),
                (mute, "$text-warning"),
                (role, "$text-muted"),
            )
            self._refresh_edge(0)
        self.set_class(self.muted, "-muted")
        if not self.is_dense:
            self._write_subtitle(figures)

    def on_stream_view_follow_changed(self) -> None:
        """Show or remove how much text came below."""
        self.write_frame()

    def _write_subtitle(self, subtitle: str) -> None:
        """Write the lower edge of the frame."""
        if subtitle == self._subtitle:
            return
        self._subtitle = subtitle
        self._border_subtitle = Content(subtitle)
        self._refresh_edge(self.outer_size.height - 1)

    def _refresh_edge(self, row: int) -> None:
        """Draw one row of the frame again; setting a title would draw the whole pane."""
        width, height = self.outer_size
        edge = Region(0, row, width, 1).translate(-self.content_offset)
        self.refresh(*([edge] if height else []))

    @property
    def state_sign(self) -> str:
        """The state as one character."""
        if self.muted and not self.progress.is_busy:
            return MUTED_SIGN
        is_over = self.outcome and self.end_state and self.state == "idle"
        return STATE_SIGNS[self.end_state if is_over else self.state]

    @property
    def frame_figures(self) -> str:
        """Model and figures; in a narrow frame the model's name is cut or left out."""
        figures = self.progress.format_figures()
        room = _MAX_MODEL_CELLS
        if self.size.width:
            room = self.size.width - _CORNER_CELLS - measure_cells(figures) - len(_SEPARATOR)
        model = ""
        if room >= _MIN_MODEL_CELLS:
            model = truncate(single_line(self.model), min(_MAX_MODEL_CELLS, room))
        return _SEPARATOR.join(part for part in (model, figures) if part)

    def _enter_state(self, state: str, t: float, note: str = "") -> None:
        self._set_state_class(state)
        self.progress.enter(state, t, note)
        if state in BUSY_STATES:
            self.outcome = ""
        self.write_frame()

    def _set_state_class(self, state: str) -> None:
        if state == self.state:
            return
        self.remove_class(f"-{self.state}", update=False)
        self.add_class(f"-{state}", update=False)
        # A replay may pass many states at once: restyle once for all of them.
        if not self._restyle_pending:
            self._restyle_pending = True
            self.call_next(self._restyle)

    def _restyle(self) -> None:
        """Apply the styles of the state to the frame; no style of the transcript depends on it.

        `update_node_styles` would also style the transcript again, with each of its component classes.
        """
        self._restyle_pending = False
        self.app.stylesheet.update_nodes([self])

    def _count_delta(self, event: events.AnswerDelta | events.ReasoningDelta, state: str) -> None:
        self.progress.count_delta(event)
        if self.state != state:
            self._enter_state(state, event.t)

    def rename(self, name: str) -> None:
        """Take another name; the turns so far keep the name of who spoke, in their headings."""
        if name == self.seat_name:
            return
        document = self.view.document
        for turn in self._labels.keys() - self._named_turns:
            document.retitle(turn, f"{self.seat_name} · {document.get_title(turn)}")
        self._named_turns |= self._labels.keys()
        self.seat_name = name
        self.view.request_draw()

    def _begin_turn(self, event: events.TurnQueued) -> None:
        self.view.begin(event.turn, self._make_title(event), quiet=event.decides)

    def _make_title(self, event: events.TurnQueued) -> str:
        if event.label == "speech":
            self._speeches += 1
            return f"speech {self._speeches}"
        place = f"{event.phase} {event.round}" if event.phase == "round" else event.phase
        return f"{place} · {event.label}" if place and place != event.label else event.label


def _source_notes(event: events.TurnFinished) -> list[str]:
    lines = format_sources(event.sources)
    return [f"sources: {lines[0]}", *lines[1:]] if lines else []
