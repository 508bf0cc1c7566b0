"""The story of a run on stderr."""

from __future__ import annotations

import io
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.progress import ProgressPrinter

SEATS = tuple({"seat": name.lower(), "name": name, "model": "m"} for name in ("Ada", "Bo"))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A stream whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def told(*happened: events.Event, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    narrator = ProgressPrinter(stream)
    narrator(events.RunStarted(run_id="x", started_at="", mode="debate", question="Which?", seats=SEATS))
    for event in happened:
        narrator(event)
    narrator.close()
    return stream.getvalue()


def turn(**fields: Any) -> Any:
    return {"turn": "ada.1", "seat": "ada", **fields}


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (events.PhaseStarted(name="round", number=2, of=3), "— round 2 of 3"),
        (events.PhaseStarted(name="selection"), "— selection"),
        (
            events.TurnWaiting(**turn(why="too many requests", until=7.2), t=2),
            "  Ada waits 5 s: too many requests",
        ),
        (events.TurnWaiting(**turn(why="paused")), "  Ada waits: paused"),
        (
            events.TurnFinished(
                **turn(text="x", usage={"completion_tokens": 1200, "estimated": True}, elapsed_s=2)
            ),
            "  Ada is done: ~1,200 tokens in 2.0 s",
        ),
        (events.TurnFinished(**turn(text="x", warnings=("cut short",))), "  Ada: cut short"),
        (events.TurnFailed(**turn(kind="server", error="Ada: m at h: broke")), "  Ada: m at h: broke"),
        (events.TurnFailed(**turn(kind="shape", error="no")), "  no (trying another method)"),
        (events.EntryPosted(round=1, author="moderator", kind="topic", content="Go"), "  Moderator: Go"),
        (
            events.Verdict(
                seat="bo", label="v", decision={"consensus": False, "direction": "x"}, rung="tool"
            ),
            "  Bo decides: not agreed yet: x",
        ),
        (events.AnswersGrouped(groups=({}, {}), agreement=0.5, basis="exact"), "  agreement 50%, 2 answers"),
        (
            events.AnswersGrouped(groups=({}, {}), basis="open"),
            "  2 texts, not compared",
        ),
        (events.PersonSpoke(text="and\nnow"), "  You: and now"),
        (events.Notice(text="careful"), "  careful"),
        (events.RunFinished(status="complete", how="so", elapsed_s=1.25), "done in 1.2 s: so"),
        (events.RunFinished(status="failed", error="why", elapsed_s=1), "failed in 1.0 s: why"),
    ],
)
def test_progress_printer_event_prints_its_line(event: events.Event, line: str) -> None:
    lines = told(event).splitlines()
    assert lines[0] == "debate: Ada (m), Bo (m)" and line in lines[1:]


@pytest.mark.parametrize(
    "event",
    [events.UsageUpdated(calls=1, prompt_tokens=1, completion_tokens=1), events.RunPaused(paused=True)],
)
def test_progress_printer_internal_events_print_nothing(event: events.Event) -> None:
    assert told(event).count("\n") == 1


def test_progress_printer_hostile_text_is_sanitized() -> None:
    evil = "\x1b]52;c;x\x07\x9b2J"
    said = told(
        events.PhaseStarted(name=evil),
        events.TurnFailed(**turn(kind="server", error=evil)),
        events.Notice(text=evil),
        events.Verdict(seat="zoe" + evil, label="v", decision={"direction": evil}, rung="tool"),
        events.RunFinished(status="failed", error=evil),
    )
    assert not any(char in said for char in "\x1b\x07\x9b")


def test_progress_printer_show_answers_prints_text() -> None:
    out = io.StringIO()
    ProgressPrinter(out, show_answers=True)(events.TurnFinished(**turn(text="One.\n\x1b[2JTwo.\n")))
    assert out.getvalue() == "ada: One.\n␛[2JTwo.\n\n  ada is done: 0 tokens in 0 s\n"


def test_progress_printer_file_gets_no_status_line() -> None:
    assert told(events.TurnStarted(**turn()), events.AnswerDelta(**turn(text="abc"))).count("\n") == 1


def test_status_line_shows_streams_and_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.reports.progress._MIN_REDRAW_INTERVAL_S", 0)
    said = told(
        events.TurnStarted(**turn()),
        events.ReasoningDelta(**turn(text="hm")),
        events.AnswerDelta(**turn(text="abc")),
        events.TurnFinished(**turn(text="abc")),
        stream=Terminal(),
    )
    drawn = [part for part in said.split("\r\x1b[K") if part]
    assert drawn[1].endswith("Ada thinking 2") and drawn[2].endswith("Ada 5")
    assert drawn[3] == "  Ada is done: 0 tokens in 0 s\n", "the line is taken away before the next is told"


def test_status_line_long_text_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.reports.progress._MIN_REDRAW_INTERVAL_S", 0)
    monkeypatch.setenv("COLUMNS", "20")
    said = told(
        events.TurnStarted(**turn()), events.AnswerDelta(**turn(text="a" * 99_999)), stream=Terminal()
    )
    assert all(len(part) < 20 for part in said.split("\r\x1b[K")[1:])


def test_progress_printer_closed_stream_is_ignored() -> None:
    narrator = ProgressPrinter(Gone())
    narrator(events.Notice(text="x"))
    narrator(events.Notice(text="y"))
    assert not narrator.is_live
