"""The story for ears, lines that several seats share, and what is said of words that nobody heard."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.progress import ProgressPrinter
from roundtable_tui.reports.screen_reader import ScreenReaderPrinter
from roundtable_tui.tui.widgets.run.answer_heading import replace_markers

SEATS = tuple({"seat": name.lower(), "name": name, "model": "m"} for name in ("Ada", "Bo", "Cy"))
DEAD = "m at h: nothing listens there"


def told(
    *happened: events.Event,
    by: Callable[[Any], ProgressPrinter] = ScreenReaderPrinter,
    unheard: tuple[str, ...] = (),
) -> str:
    stream = io.StringIO()
    narrator = by(stream)
    narrator(events.RunStarted(run_id="x", started_at="", mode="debate", question="Which?", seats=SEATS))
    for event in happened:
        narrator(event)
    narrator.close(undelivered=unheard)
    return stream.getvalue()


def turn(seat: str, **fields: Any) -> Any:
    return {"turn": f"{seat}.1", "seat": seat, **fields}


def started(*seats: str) -> list[events.Event]:
    return [events.TurnStarted(**turn(seat)) for seat in seats]


def test_screen_reader_parallel_turns_print_one_after_another_with_names() -> None:
    story = told(
        events.PhaseStarted(name="round", number=1, of=2),
        *started("ada", "bo"),
        events.ReasoningDelta(**turn("bo", text="hm")),
        events.AnswerDelta(**turn("ada", text="One is blue. Two is r")),
        events.AnswerDelta(**turn("bo", text="No.\n\n[[ANSW")),
        events.AnswerDelta(**turn("bo", text="ER-abc]]\nBlue \x1b[2J")),
        events.TurnFinished(**turn("bo", text="No.\n\n[[ANSWER-abc]]\nBlue", usage={"completion_tokens": 3})),
        events.AnswerDelta(**turn("ada", text="ed.\nThree")),
        events.TurnFinished(**turn("ada", text="One is blue. Two is red.\nThree")),
        events.RunFinished(status="complete", how="so", answer="Blue", elapsed_s=1),
    )
    assert story.splitlines() == [
        "Debate: Ada (m), Bo (m), Cy (m)",
        "Round 1 of 2 begins.",
        "Ada is asked.",
        "Bo is asked.",
        "Bo is thinking.",
        "Ada: One is blue.",
        "Ada: Two is red.",
        "Ada: Three",
        "Ada is done: 0 tokens in 0 s",
        "Bo: No.",
        "Bo: Answer: Blue ␛[2J",
        "Bo is done: 3 tokens in 0 s",
        "Done in 1.0 s: so",
        "The answer follows.",
    ]


def test_screen_reader_markup_is_stripped() -> None:
    said = "### In **short**\n1. Oak, 2**3\n```py\n# one **a**\n```\n> ## so"
    pieces = [events.AnswerDelta(**turn("ada", text=letter)) for letter in said]
    story = told(*started("ada"), *pieces, events.TurnFinished(**turn("ada", text=said)))
    assert [line.removeprefix("Ada: ") for line in story.splitlines() if line.startswith("Ada: ")] == [
        "In short",
        "1. Oak, 2**3",
        "Code:",
        "# one **a**",
        "End of code.",
        "> ## so",
    ]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_screen_reader_terminal_redraws_nothing() -> None:
    stream = Terminal()
    narrator = ScreenReaderPrinter(stream)
    for event in [*started("ada"), events.AnswerDelta(**turn("ada", text="One. Two"))]:
        narrator(event)
        narrator.tick()
    narrator.close()
    story = stream.getvalue()
    assert "\r" not in story and "\x1b" not in story
    assert story.splitlines()[-3:] == ["Ada: One.", "Ada: Two", "The answer follows."]


def test_screen_reader_decisions_and_ends_are_sentences() -> None:
    verdict = {"consensus": False, "direction": "look at cost"}
    story = told(
        events.TurnQueued(**turn("cy", label="verdict", decides=True)),
        *started("cy"),
        events.AnswerDelta(**turn("cy", text='{"consensus": false}')),
        events.TurnFinished(**turn("cy", text='{"consensus": false}')),
        events.Verdict(seat="cy", label="verdict", decision=verdict, rung="json_schema"),
        events.RunFinished(status="failed", error="nobody answered", elapsed_s=2),
    )
    assert story.splitlines()[1:] == [
        "Cy is asked.",
        "Cy is done: 0 tokens in 0 s",
        "Cy decides: not agreed yet: look at cost",
        "Failed in 2.0 s: nobody answered",
        "There is no answer.",
    ]


def failed(seat: str, name: str, why: str = DEAD) -> events.Event:
    return events.TurnFailed(**turn(seat, kind="connect", error=f"{name}: {why}"))


def test_progress_printer_same_message_of_seats_is_one_line() -> None:
    waits = [events.TurnWaiting(**turn(seat, why="busy {0}")) for seat in ("ada", "bo")]
    story = told(
        *started("ada", "bo", "cy"), *waits,
        failed("ada", "Ada"), failed("bo", "Bo"), failed("cy", "Cy", "another thing"),
        by=ProgressPrinter,
    )  # fmt: skip
    assert story.splitlines()[1:] == [
        "  2 seats (Ada, Bo) wait: busy {0}",
        f"  2 seats (Ada, Bo): {DEAD}",
        "  Cy: another thing",
    ]


def test_progress_printer_held_failure_is_printed_after_window(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    narrator = ProgressPrinter(stream)
    for event in [*started("ada", "bo"), failed("ada", "Ada")]:
        narrator(event)
    narrator.tick()
    assert stream.getvalue() == "", "the other may come to the same"
    monkeypatch.setattr("roundtable_tui.reports.progress._GROUP_WINDOW_S", 0)
    narrator.tick()
    assert stream.getvalue() == f"  Ada: {DEAD}\n"


def test_progress_printer_undelivered_message_is_printed_at_end() -> None:
    story = told(events.PersonSpoke(text="and in winter?"), by=ProgressPrinter, unheard=("and in winter?",))
    assert story.splitlines()[-1] == (
        "  Your message was not delivered: no turn followed it. Message: and in winter?"
    )


def test_ask_linear_keeps_answer_on_stdout(cli_run: Callable[..., Any]) -> None:
    said = cli_run("ask", "--linear", "--mode", "pro", "--agents", "2", "--demo", "Which?")
    lines = said.err.splitlines()
    assert said.code == 0 and said.out.strip() and lines[-1] == "The answer follows."
    assert all(line[:1].isalnum() for line in lines)
    both = cli_run("ask", "--linear", "--quiet", "--demo", "Which?")
    assert both.code == 2 and "--quiet and --linear cannot be combined" in both.err


def test_ask_invalid_persona_names_its_file(cli_run: Callable[..., Any], here: Any) -> None:
    (here / "personas" / "teams").mkdir(parents=True)
    (here / "personas" / "zed.json").write_text('{"name": "Zed", "promt": "x"}')
    (here / "personas" / "harper.json").write_text('{"name": "Harper"')
    (here / "personas" / "teams" / "mine.json").write_text('{"name": "mine", "members": ["Zed", "Iris"]}')
    for words in (["--persona", "Zed"], ["--team", "mine"]):
        said = cli_run("ask", "--demo", *words, "Which?")
        assert said.code == 2 and said.err.startswith("roundtable: personas/zed.json, line 1: "), words
    said = cli_run("ask", "--demo", "--max-rounds", "1", "Which?")
    first = said.err.splitlines()[0]
    assert said.code == 0 and first.startswith("! personas/harper.json, line 1: is not JSON")
    assert first.endswith("A bundled persona of that name is used.")


@pytest.mark.parametrize("cut", ["[[", "[[ANS", "**[[ANSWER-pupu", "[[ANSWER-pupunip]"])
def test_screen_reader_truncated_marker_is_not_printed(cut: str) -> None:
    story = told(
        *started("ada"),
        events.AnswerDelta(**turn("ada", text=f"I see [[no]] way.\n{cut}")),
        events.TurnFailed(**turn("ada", text="", kind="unneeded", error="Ada: not needed any more")),
    )
    assert "Ada: I see [[no]] way.\n" in story and "ANS" not in story and "Ada: [[" not in story
    assert replace_marks(f"Yes.\n{cut}") == replace_markers(f"Yes.\n{cut}") == "Yes.\n"
