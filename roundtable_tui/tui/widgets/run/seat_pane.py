"""A pane: one seat, live. Its frame tells who speaks, for whom, and how it goes; inside is the stream."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from roundtable_tui.engine import events
from roundtable_tui.tui.commands import SCOPE_TITLES, make_binding_by_id, make_bindings
from roundtable_tui.tui.widgets.run.answer_heading import AnswerMarkerFilter, replace_markers
from roundtable_tui.tui.widgets.run.decision_text import METHOD_NOTES, format_decision
from roundtable_tui.tui.widgets.transcript import StreamDocument, StreamView
from roundtable_tui.utils.text import single_line, truncate

STATE_SIGNS = {
    "idle": "○", "queued": "◌", "waiting": "◌", "reading": "◔", "thinking": "◐", "writing": "●",
    "done": "✓", "failed": "✗", "stopped": "■",
}  # fmt: skip
MUTED_SIGN = "⊘"
BUSY_STATES = frozenset({"queued", "waiting", "reading", "thinking", "writing"})
CONNECTION_FAILURES = frozenset({"unreachable", "cut", "timeout"})
"""Failures after which the server may well be gone."""
RETRY_HINT = " (r asks again, v takes another model or server)"
_BYTES_PER_TOKEN = 4
_SEPARATOR = " · "
_CORNER_CELLS = 4
"""Cells of a frame's edge that no text can stand on."""
_MAX_MODEL_CELLS, _MIN_MODEL_CELLS = 28, 4
"""Cells of a model's name."""
Clock = Callable[[], float]


class SeatPane(Vertical):
    """One seat's pane. `tick` brings its figures up to date, a few times a second at most."""

    HELP_TITLE = SCOPE_TITLES["pane"]
    HELP_KEYS = (
        ("1 ... 9, 0", "To that pane", "0 is the captain's."),
        ("↑ ↓ pgup pgdn", "Scroll", "end goes to the end and stays with what comes."),
        ("tab", "To the next pane", "shift+tab goes back; esc, to the input."),
    )
    BINDINGS = [
        *make_bindings("pane", "screen."),
        make_binding_by_id("copy_transcript", "screen."),
        *(Binding(str(n), f"screen.go_to({n})", show=False, id=f"pane_{n}") for n in range(10)),
    ]

    @dataclass
    class Chosen(Message):
        """The pane has the focus now."""

        pane: SeatPane

    def __init__(
        self,
        seat: str,
        name: str,
        role: str = "",
        model: str = "",
        *,
        captain: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(id=f"pane-{seat}", classes="-captain" if captain else "")
        self.seat = seat
        self.seat_name = name
        self.role = role
        self.model = model
        self.captain = captain
        self.is_seatless = False
        """True for the head of a talk without a captain: no seat's pane."""
        self.is_live = True
        """Whether something can still be done about what goes wrong: not in a replay."""
        self.failure_kind = ""
        """The kind of the last failure."""
        self.state = "idle"
        self.note = ""
        self.clock = clock
        """Seconds on the run's own clock, which a replay sets as it likes."""
        self.view = StreamView(StreamDocument(lambda: self.clock()))
        self.muted = False
        self._initial_identity = (name, role, model)
        self._restyle_pending = False
        self._reset_state()

    def _reset_state(self) -> None:
        self._since = self.clock()
        self._first_token: float | None = None
        self._bytes = 0
        self._tokens = 0
        self._rate = 0.0
        self._labels: dict[str, str] = {}
        self._marker_filters: dict[str, AnswerMarkerFilter] = {}
        self._deciding: set[str] = set()
        self._deciding_turn = ""
        """The last turn that was to decide, until the decision is told."""
        self._decisions = 0
        self._raw = ""
        self._speeches = 0
        self.outcome = ""
        """How the run ended, in the frame of the pane that leads, in place of its figures."""

    def reset_run(self) -> None:
        """Be as when the run began: a replay goes back."""
        self.seat_name, self.role, self.model = self._initial_identity
        self.muted = False
        self.view.clear()
        self._reset_state()
        self._enter_state("idle", self._since)

    def compose(self) -> ComposeResult:
        """Show the stream."""
        yield self.view

    def on_mount(self) -> None:
        """Write the frame."""
        self.write_frame()

    def on_resize(self) -> None:
        """Write the frame anew: it has more room, or less."""
        self.write_frame()

    def on_descendant_focus(self, event: ui.DescendantFocus) -> None:
        """Tell the table which pane is chosen."""
        self.post_message(self.Chosen(self))

    # --- what happens to the seat --------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        """Take in an event of this seat."""
        match event:
            case events.TurnQueued():
                self._labels[event.turn] = event.label
                if event.decides:
                    self._deciding.add(event.turn)
                    self._deciding_turn = event.turn
                self.view.begin(event.turn, self._make_title(event))
                self._enter_state("queued", event.t)
            case events.TurnStarted():
                self.view.reset(event.turn)
                self._marker_filters[event.turn] = AnswerMarkerFilter()
                self._first_token, self._bytes = None, 0
                self._enter_state("reading", event.t)
            case events.TurnWaiting():
                seconds = "" if event.until is None else f", {max(0, event.until - event.t):.0f} s"
                self.view.show_wait(event.turn, f"{event.why}{seconds}")
                self._enter_state("waiting", event.t, event.why)
            case events.ReasoningDelta():
                self._count_delta(event, "thinking")
                self.view.feed(event.turn, event.text, reasoning=True)
            case events.AnswerDelta():
                deciding = event.turn in self._deciding
                self._count_delta(event, "writing")
                text = event.text if deciding else self._get_marker_filter(event.turn).feed(event.text)
                self.view.feed(event.turn, text, reasoning=deciding)
            case events.TurnResplit():
                self._marker_filters.pop(event.turn, None)
                self.view.resplit(
                    event.turn, event.reasoning, self._get_marker_filter(event.turn).feed(event.text)
                )
            case events.TurnFinished():
                self._show_finish(event)
            case events.TurnFailed(kind="muted"):
                self.view.end(event.turn, "muted: not asked", "stopped")
                self._enter_state("idle", event.t)
            case events.TurnFailed():
                self._show_failure(event)
            case events.Verdict():
                self._show_decision(event)

    def _show_failure(self, event: events.TurnFailed) -> None:
        """Say why; what had arrived stays on the screen."""
        self._tokens += int(event.usage.get("completion_tokens", 0))
        self._marker_filters.pop(event.turn, None)
        deciding = event.turn in self._deciding
        self.view.resplit(event.turn, event.reasoning, "" if deciding else replace_markers(event.text))
        kind = "stopped" if event.kind in ("stopped", "unneeded") else "failed"
        self.failure_kind = event.kind
        way_out = RETRY_HINT if self.is_live and event.kind in CONNECTION_FAILURES else ""
        self.view.end(event.turn, f"{event.error}{way_out}", kind)
        self._enter_state(kind, event.t, event.error)

    def finish_run(self, note: str, t: float) -> None:
        """The run has ended: whoever was still at it is not any more."""
        if self.state in BUSY_STATES:
            if turn := next(reversed(self._labels), ""):
                self._flush_marker_filter(turn)
                self.view.end(turn, note, "stopped")
            self._enter_state("stopped", t, note)

    def _show_decision(self, event: events.Verdict) -> None:
        """Tell a decision in words: at the turn that made it, else by itself."""
        told, note = (
            format_decision(event.label, event.decision, event.rung),
            METHOD_NOTES.get(event.rung, ""),
        )
        if self._deciding_turn:
            self.view.resplit(self._deciding_turn, self._raw, told)
            self.view.end(self._deciding_turn, note)
            self._deciding_turn = ""
        else:
            self._decisions += 1
            self.add_section(f"decision-{self._decisions}", event.label, told, note)

    def _get_marker_filter(self, turn: str) -> AnswerMarkerFilter:
        return self._marker_filters.setdefault(turn, AnswerMarkerFilter())

    def _show_finish(self, event: events.TurnFinished) -> None:
        tokens = int(event.usage.get("completion_tokens", 0))
        self._tokens += tokens
        if event.elapsed_s > (event.ttft_s or 0):
            self._rate = tokens / (event.elapsed_s - (event.ttft_s or 0))
        self._raw = "\n\n".join(
            part for part in (event.reasoning, event.text or event.tool_arguments) if part
        )
        cut = event.finish_reason == "length"
        thought = event.usage.get("reasoning_tokens") or None
        if event.turn in self._deciding:
            self.view.resplit(event.turn, self._raw, "")
        elif event.turn in self._marker_filters:
            self._flush_marker_filter(event.turn)
        else:  # Recalled from the record: there was no stream.
            self.view.resplit(event.turn, event.reasoning, replace_markers(event.text))
        note = " · ".join(single_line(w) for w in event.warnings)
        self.view.end(event.turn, note, "cut" if cut else "done", reasoning_tokens=thought)
        self._enter_state("done", event.t)

    def _flush_marker_filter(self, turn: str) -> None:
        if mark := self._marker_filters.pop(turn, None):
            self.view.feed(turn, mark.flush())

    def add_section(
        self, key: str, title: str, text: str, note: str = "", kind: str = "done", *, reasoning: str = ""
    ) -> None:
        """Put a section of its own into the pane, or say it anew: a moderator's word, the run's answer.

        `reasoning` is folded away until a person opens it.
        """
        self.view.begin(key, title)
        self.view.resplit(key, reasoning, text)
        self.view.end(key, note, kind)

    # --- the frame -----------------------------------------------------------------------------

    def tick(self) -> None:
        """Bring seconds and rates up to date while something goes on."""
        if self.state in BUSY_STATES:
            if self._first_token is not None:
                seconds = max(0.2, self.clock() - self._first_token)
                self._rate = self._bytes / _BYTES_PER_TOKEN / seconds
            self.write_frame()

    def write_frame(self) -> None:
        """Write name, role and state into the frame."""
        says_more = self.role and self.role.lower() != self.seat_name.lower()
        role = f" · {single_line(self.role, 40)}" if says_more else ""
        self.border_title = Content.assemble(
            (f"{self.state_sign} {single_line(self.seat_name, 40)}", "bold"),
            (" · muted" if self.muted else "", "$text-warning"),
            role,
        )
        self.set_class(self.muted, "-muted")
        self.border_subtitle = Content(self.outcome or self.frame_figures)

    @property
    def state_sign(self) -> str:
        """How it goes, in one sign."""
        resting = self.state not in BUSY_STATES
        return MUTED_SIGN if self.muted and resting else STATE_SIGNS[self.state]

    @property
    def frame_figures(self) -> str:
        """Model and figures, as the frame has them; where it is narrow the model's name gives way."""
        how = self._format_figures()
        room = (
            self.size.width - _CORNER_CELLS - cell_len(how) - len(_SEPARATOR)
            if self.size.width
            else _MAX_MODEL_CELLS
        )
        model = (
            truncate(single_line(self.model), min(_MAX_MODEL_CELLS, room)) if room >= _MIN_MODEL_CELLS else ""
        )
        return _SEPARATOR.join(part for part in (model, how) if part)

    def _format_figures(self) -> str:
        seconds = max(0.0, self.clock() - self._since)
        match self.state:
            case "queued":
                return f"queued {seconds:.0f} s"
            case "waiting":
                return f"{truncate(single_line(self.note), 30)} {seconds:.0f} s"
            case "reading":
                return f"reading {seconds:.0f} s"
            case "thinking":
                return f"thinking {seconds:.0f} s"
            case "writing":
                return f"{self._rate:.0f} tok/s"
            case "failed" | "stopped":
                return self.state
            case "done":
                rate = f" · {self._rate:.0f} tok/s" if self._rate else ""
                return f"{self._tokens:,} tokens{rate}"
        return ""

    def _enter_state(self, state: str, t: float, note: str = "") -> None:
        if state != self.state:
            self._since = t
            self.remove_class(f"-{self.state}", update=False)
            self.add_class(f"-{state}", update=False)
            if (
                not self._restyle_pending
            ):  # Once for all that happens at one time: a replay goes far at a stroke.
                self._restyle_pending = True
                self.call_next(self._restyle)
        self.state, self.note = state, note
        if state in BUSY_STATES:
            self.outcome = ""
        self.write_frame()

    def _restyle(self) -> None:
        self._restyle_pending = False
        self.update_node_styles()

    def _count_delta(self, event: events.AnswerDelta | events.ReasoningDelta, state: str) -> None:
        if self._first_token is None:
            self._first_token = event.t
        self._bytes += len(event.text.encode("utf-8", "replace"))
        if self.state != state:
            self._enter_state(state, event.t)

    def _make_title(self, event: events.TurnQueued) -> str:
        if event.label == "speech":
            self._speeches += 1
            return f"speech {self._speeches}"
        place = f"{event.phase} {event.round}" if event.phase == "round" else event.phase
        return f"{place} · {event.label}" if place and place != event.label else event.label
