"""Records for pictures, written event by event: seats at work, a debate that ends, a talk, a loop and more.

Times and order are fixed, so a picture of a state depends on nothing but the code that draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord

QUESTION = "Should a small team write its own deployment tool?"
SEATS = (
    ("Ada", "evidence"),
    ("Bea", "logic"),
    ("Cem", "other angles"),
    ("Dov", "costs"),
    ("Eva", "people"),
    ("Fay", "security"),
    ("Gus", "history"),
    ("Hal", "operations"),
    ("Ida", "law"),
    ("Jan", "statistics"),
    ("Kim", "design"),
    ("Leo", "the reader"),
)
THOUGHTS = (
    "What would have to be true for a tool of their own to pay off? They need a need that no tool meets.\n"
    "Five people, four hours a week: that is a tenth of the team. Is the pain larger than that?"
)
SPOKEN = (
    "**Not yet.** A script of forty lines that everybody can read does what they need today.\n\n"
    "- Two servers, one release a week\n"
    "- Nobody to look after a tool in a year\n\n"
    "Write down what hurts for a month, and decide with the list at hand."
)
STEP_S = 0.5
NOT_YET, WITH_TRIAL = "Not yet: start with a script.", "Yes, after a trial of a month."


class EventList:
    """Events of one run; each comes half a second after the one before it.

    Args:
        mode: The mode of the run, which decides how it is shown.
        seats: Name and role of each seat, the captain last.
        captain: Name of the captain; "" for none.
        question: The question.
        options: Options of the mode.
    """

    def __init__(
        self,
        mode: str,
        seats: tuple[tuple[str, str], ...],
        captain: str = "",
        question: str = QUESTION,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        rows = tuple(
            {
                "seat": make_id(name), "name": name, "full_name": name, "role": role, "server": "demo",
                "model": ("gpt-oss:20b", "qwen3:8b", "gemma3:12b")[number % 3], "captain": name == captain,
            }
            for number, (name, role) in enumerate(seats)
        )  # fmt: skip
        header = events.RunStarted(
            run_id=f"20261101-120000-{mode}-abc123", started_at="2026-11-01T12:00:00+00:00", mode=mode,
            question=question, options=options or {}, seats=rows, seed=7,
        )  # fmt: skip
        self.events: list[events.Event] = [header]
        self.phase = ""
        self.spent = 0
        self.turns: dict[str, int] = {}

    def add(self, event: events.Event) -> None:
        """Add an event, and set its time."""
        if isinstance(event, events.PhaseStarted):
            self.phase = event.name
        self.events.append(events.stamp(event, STEP_S * len(self.events)))

    def begin(self, name: str, label: str, round_: int = 1, **fields: Any) -> str:
        """Queue and start the next turn of a seat in the phase that was started last; return its id."""
        seat = make_id(name)
        self.turns[seat] = self.turns.get(seat, 0) + 1
        turn = f"{seat}.{self.turns[seat]}"
        self.add(
            events.TurnQueued(
                turn=turn, seat=seat, label=label, round=round_, prompt=QUESTION, phase=self.phase, **fields
            )
        )
        self.add(events.TurnStarted(turn=turn, seat=seat))
        return turn

    def think(self, turn: str, text: str) -> None:
        """Stream reasoning."""
        self.add(events.ReasoningDelta(turn=turn, seat=turn.partition(".")[0], text=text))

    def write(self, turn: str, text: str) -> None:
        """Stream a piece of the answer."""
        self.add(events.AnswerDelta(turn=turn, seat=turn.partition(".")[0], text=text))

    def say(
        self, name: str, label: str, text: str, round_: int = 1, *, posted: str = "", **fields: Any
    ) -> None:
        """Add a whole turn, and post it on the board as an entry of the kind `posted`."""
        turn = self.begin(name, label, round_, **fields)
        self.write(turn, text)
        seat = turn.partition(".")[0]
        usage = {"prompt_tokens": 320, "completion_tokens": len(text) // 4}
        self.add(
            events.TurnFinished(
                turn=turn, seat=seat, text=text, usage=usage, ttft_s=STEP_S, elapsed_s=2 * STEP_S
            )
        )
        self.spent += usage["completion_tokens"]
        self.add(
            events.UsageUpdated(
                calls=sum(self.turns.values()),
                prompt_tokens=320 * len(self.turns),
                completion_tokens=self.spent,
            )
        )
        if posted:
            self.add(events.EntryPosted(round=round_, author=seat, kind=posted, content=text))

    def finish(self, answer: str, how: str, **fields: Any) -> RunRecord:
        """Add the end, and return the record."""
        seconds = STEP_S * len(self.events)
        self.add(events.RunFinished(status="complete", answer=answer, how=how, elapsed_s=seconds, **fields))
        return self.record

    @property
    def record(self) -> RunRecord:
        """The record up to now."""
        header = self.events[0]
        assert isinstance(header, events.RunStarted)
        return RunRecord(Path("nowhere"), header, tuple(self.events))


def make_id(name: str) -> str:
    """Return the id of a seat."""
    return name.lower().replace(" ", "-")


def make_seats_at_work(count: int) -> RunRecord:
    """Return a run in which the seats think, write and have written, in turn; one seat writes."""
    if count == 1:
        run = EventList("single", SEATS[:1])
        run.add(events.PhaseStarted(name="answer"))
    else:
        run = EventList("debate", (*SEATS[:count], ("Cap", "chair")), "Cap", options={"max_rounds": 3})
        run.add(events.PhaseStarted(name="round", number=1, of=3))
    for number, (name, _) in enumerate(SEATS[:count]):
        if number % 4 == 3:
            run.say(name, "answer", SPOKEN, posted="answer")
            continue
        turn = run.begin(name, "answer")
        run.think(turn, THOUGHTS)
        if number % 2 == 0:
            run.write(turn, SPOKEN[: 150 + 10 * number])
    return run.record


def make_debate() -> RunRecord:
    """Return a debate of three seats, of which one changes its answer in the second round."""
    run = EventList("debate", (*SEATS[:3], ("Cap", "chair")), "Cap", options={"max_rounds": 2})
    first = {"Ada": NOT_YET, "Bea": NOT_YET, "Cem": WITH_TRIAL}
    reasons = (
        "Two servers and one release a week need no tool.",
        "A tool costs a tenth of the team; a script costs an afternoon.",
        "A trial shows what no argument shows.",
    )
    for round_ in (1, 2):
        run.add(events.PhaseStarted(name="round", number=round_, of=2))
        answers = first if round_ == 1 else dict.fromkeys(first, NOT_YET)
        for reason, (name, answer) in zip(reasons, answers.items(), strict=True):
            changed = round_ == 2 and name == "Cem"
            text = "Bea is right about the cost: a trial is the tool already." if changed else reason
            run.say(name, "answer", f"{text}\n\n**{answer}**", round_, posted="answer")
        groups: dict[str, list[str]] = {}
        for name, answer in answers.items():
            groups.setdefault(answer, []).append(make_id(name))
        rows = tuple({"answer": answer, "seats": seats} for answer, seats in groups.items())
        share = len(rows[0]["seats"]) / 3
        run.add(events.AnswersGrouped(groups=rows, agreement=share, basis="exact", round=round_))
        decision = {"consensus": round_ == 2, "direction": "" if round_ == 2 else "What does a trial cost?"}
        run.say("Cap", "verdict", str(decision), round_, decides=True)
        run.add(
            events.Verdict(seat="cap", label="verdict", decision=decision, rung="json_schema", round=round_)
        )
    run.add(events.PhaseStarted(name="selection"))
    how = "consensus in round 2; 3 of 3 answered; chosen word for word (unanimous)"
    return run.finish(NOT_YET, how, by="ada", agreement=1.0, candidates=(NOT_YET,) * 3)


def make_talk() -> RunRecord:
    """Return a talk of three that is under way."""
    run = EventList("roundtable", SEATS[:3], options={"turns": 6})
    run.add(events.PhaseStarted(name="discussion", number=1, of=2))
    topic = f"The discussion begins. Theme: {QUESTION}"
    run.add(events.EntryPosted(round=1, author="moderator", kind="topic", content=topic))
    for name, text in (
        ("Ada", "How often did a release go wrong this year? I count two."),
        ("Bea", "Two of fifty. What Ada counts is the best reason to leave it as it is."),
        ("Cem", "Unless both happened on a Friday. Who was called, and how long did it take?"),
        ("Ada", "Both on a Friday, and it took four hours. @Cem has a point."),
    ):
        run.say(name, "speech", text, posted="speech")
    turn = run.begin("Bea", "speech")
    run.think(turn, "Four hours twice a year is still less than a tool.")
    run.write(turn, "Then forbid releases on Fridays: that is a rule of one line,")
    return run.record


def make_loop() -> RunRecord:
    """Return a loop in its second turn."""
    seats = tuple((name, name.lower()) for name in ("Questioner", "Creator", "Mediator", "Scriber"))
    options = {"turns": 8, "mediator_interval": 3}
    run = EventList("loop", seats, question="Write a plan for a night market", options=options)
    turns = (
        ("Questioner", "Who comes after nine, and what do they want to eat?"),
        (
            "Creator",
            "Students and people from the late shift. Soup, dumplings, tea; nothing over five euros.",
        ),
        (
            "Scriber",
            "- Guests: students, late shift\n- Food: soup, dumplings, tea\n- Price: up to five euros",
        ),
    )
    run.add(events.PhaseStarted(name="turn", number=1, of=8))
    for name, text in turns:
        run.say(name, name.lower(), text)
    run.add(events.Notice(text="Turn 1, Creator: more than one idea", seat="creator"))
    run.add(events.PhaseStarted(name="turn", number=2, of=8))
    run.say("Questioner", "questioner", "Where does the water come from?", 2)
    run.write(run.begin("Creator", "creator", 2), "From the fountain on the square: the town")
    return run.record


def make_fanout() -> RunRecord:
    """Return a fan-out of five calls: three have their file, one writes, one thinks."""
    seats = tuple((f"Maker {number}", "maker") for number in range(1, 6))
    run = EventList("fanout", seats, question="Write a poem of four lines about rain", options={"agents": 5})
    run.add(events.PhaseStarted(name="calls"))
    for number in (1, 2, 3):
        text = (
            f"Rain on the roof, verse {number}:\nit counts the tiles\nand starts again\nwhen it loses count."
        )
        run.say(f"Maker {number}", f"call {number}", text, 0)
    run.write(run.begin("Maker 4", "call 4", 0), "The gutter knows\nevery")
    run.think(run.begin("Maker 5", "call 5", 0), "Four lines, no rhyme. Begin with a sound.")
    return run.record


def make_chain() -> RunRecord:
    """Return a chain over four passages that is being merged."""
    seats = (("Reader 1", "reader"), ("Reader 2", "reader"), ("Reporter", "reporter"))
    options = {"variant": "chain", "agents": 2, "file": {"path": "minutes.txt", "bytes": 14200}}
    run = EventList("chain", seats, "Reporter", question="What was decided?", options=options)
    notes = (
        "The market opens at dusk, on Fridays only.",
        "Stalls pay 20 euros an evening; light is included.",
        "The town lays the water; the traders take away their waste.",
        "The first evening is in May. It ends at eleven.",
    )
    for number, note in enumerate(notes, 1):
        run.add(events.PhaseStarted(name="passage", number=number, of=4))
        name = f"Reader {1 + (number - 1) % 2}"
        run.say(name, f"passage {number}", f"- {note}", number)
    run.add(events.PhaseStarted(name="answer"))
    turn = run.begin("Reporter", "answer", 0)
    run.write(turn, "It was decided that the market\n\n- opens on Fridays at dusk, from May\n- ends at")
    return run.record
