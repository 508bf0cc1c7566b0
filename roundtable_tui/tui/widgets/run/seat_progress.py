"""The state of a seat during a run, and the figures of its turn: seconds, tokens, tokens per second."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.engine import events
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line, truncate

STATE_SIGNS = {
    "idle": "○", "queued": "◌", "waiting": "◌", "reading": "◔", "thinking": "◐", "writing": "●",
    "done": "✓", "failed": "✗", "stopped": "■",
}  # fmt: skip
BUSY_STATES = frozenset({"queued", "waiting", "reading", "thinking", "writing"})
SPEAKING_STATES = frozenset({"thinking", "writing"})
_BYTES_PER_TOKEN = 4
_MIN_RATE_S = 0.2
"""Seconds that a rate is measured over at least: the first pieces often arrive together."""
_MIN_FINISHED_RATE_S = 0.5
"""Seconds of writing that a finished turn has a rate over: a text that came at once has none."""
_MAX_WAIT_REASON_CELLS = 30
Clock = Callable[[], float]


class SeatProgress:
    """State and figures of one seat. Times are seconds on the run's clock, which a replay sets."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Return to the state before the run."""
        self.state = "idle"
        self.note = ""
        self._state_since = self.clock()
        self._first_token_at: float | None = None
        self._streamed_bytes = 0
        self._finished_tokens = 0
        self._tokens_per_s = 0.0

    @property
    def finished_tokens(self) -> int:
        """Tokens of the finished turns."""
        return self._finished_tokens

    @property
    def is_busy(self) -> bool:
        """Whether a turn is queued or running."""
        return self.state in BUSY_STATES

    def enter(self, state: str, t: float, note: str = "") -> None:
        """Change the state at time `t`; `note` is the reason for a wait or a failure."""
        if state != self.state:
            self._state_since = t
        self.state, self.note = state, note

    def start_attempt(self) -> None:
        """Forget the figures of the attempt before: a request is sent."""
        self._first_token_at, self._streamed_bytes = None, 0

    def count_delta(self, event: events.AnswerDelta | events.ReasoningDelta) -> None:
        """Count a piece of streamed text."""
        if self._first_token_at is None:
            self._first_token_at = event.t
        self._streamed_bytes += len(event.text.encode("utf-8", "replace"))

    def count_finished(self, event: events.TurnFinished) -> None:
        """Take the exact figures of a finished turn in place of the estimates."""
        tokens = int(event.usage.get("completion_tokens", 0))
        self._finished_tokens += tokens
        writing_s = event.elapsed_s - (event.ttft_s or 0)
        self._tokens_per_s = tokens / writing_s if writing_s >= _MIN_FINISHED_RATE_S else 0.0

    def count_failed(self, event: events.TurnFailed) -> None:
        """Count what a failed turn used."""
        self._finished_tokens += int(event.usage.get("completion_tokens", 0))

    def update_rate(self) -> None:
        """Estimate the tokens per second of the running turn from its bytes."""
        if self._first_token_at is not None:
            seconds = max(_MIN_RATE_S, self.clock() - self._first_token_at)
            self._tokens_per_s = self._streamed_bytes / _BYTES_PER_TOKEN / seconds

    def format_figures(self) -> str:
        """Format the state with its figure: seconds of waiting, tokens per second, or tokens at the end."""
        seconds = max(0.0, self.clock() - self._state_since)
        match self.state:
            case "queued":
                return f"waiting {seconds:.0f} s"
            case "waiting":
                return f"{truncate(single_line(self.note), _MAX_WAIT_REASON_CELLS)} {seconds:.0f} s"
            case "reading":
                return f"waiting for first token {seconds:.0f} s"
            case "thinking":
                return f"thinking {seconds:.0f} s"
            case "writing":
                return f"{self._tokens_per_s:.0f} tok/s"
            case "failed" | "stopped":
                return self.state
            case "done":
                rate = f" · {self._tokens_per_s:.0f} tok/s" if self._tokens_per_s else ""
                return f"{self._finished_tokens:,} tokens{rate}"
        return ""


def format_new_rows(rows: int) -> str:
    """Return the line of a pane that was scrolled up while text came below; "" for no new rows."""
    return f"↓ {count_of(rows, 'new line')} · end" if rows else ""
