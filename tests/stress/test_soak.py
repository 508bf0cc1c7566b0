"""Thousands of turns: finished ones leave no memory, task, socket or file behind."""

from __future__ import annotations

import asyncio
import gc
import shutil
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.setup.request import RunRequest
from tests.support.fake_server import FakeServer, Reply
from tests.support.stress.runs import CASES, Brain, Caller, NothingLeft, descriptors, house, plan, settled
from tests.support.torture import FULL

pytestmark = pytest.mark.anyio
ROUNDS = 60 if FULL else 1
SETTLED = 1
"""Rounds after which everything is there that is made once: connections, caches, compiled schemas."""
PER_RUN = 60
"""Blocks of memory that a run may leave behind, for measuring leaves some too: a single turn has hundreds."""


async def test_run_sequence_of_every_mode_leaks_nothing(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """One client and one server run every mode in turn, many times."""
    turns, seen = 0, []
    async with NothingLeft(), house(Brain()) as (fake, client):
        for _ in range(SETTLED + ROUNDS):
            for mode in CASES:
                turns += await one(mode, fake, Caller(client), tmp_path / "run")
            await settled()
            seen.append((sys.getallocatedblocks(), len(asyncio.all_tasks()), descriptors(), resident()))
    first, last = seen[SETTLED - 1], seen[-1]
    left = (last[0] - first[0]) / (ROUNDS * len(CASES))
    measured(
        f"{turns} turns in {(SETTLED + ROUNDS) * len(CASES)} runs: blocks of memory left by one",
        left,
        unit="",
    )
    measured("and memory grown by", (last[3] - first[3]) / 1e6, unit="MB")
    assert left < PER_RUN
    assert last[1] <= first[1] and last[2] <= first[2]
    assert last[3] - first[3] < 30_000_000


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def one(mode: str, fake: FakeServer, caller: Caller, folder: Path) -> int:
    """Run a mode, drop the run, and return the number of its turns."""
    fake.script = Brain()
    run = Run(plan(mode, Server("fake", fake.url)), caller, run_dir=folder)
    result = await run.execute()
    assert result.status == "complete"
    fake.requests.clear()
    fake._counts.clear()
    shutil.rmtree(folder)
    return sum(isinstance(event, events.TurnFinished) for event in run.events)


def thought(text: str) -> dict[str, object]:
    return {"choices": [{"delta": {"reasoning": text}}]}


async def test_run_with_endless_answers_ends_them_in_bounded_memory(
    tmp_path: Path, measured: Callable[..., None]
) -> None:
    """Two seats stream without end, one an answer and one reasoning; the third answers, memory is bounded."""
    cap = 2_000_000 if FULL else 100_000
    endless = [f"word {n} " * 8 for n in range(cap // 40)]
    limits = Limits(retries=0, max_chars=cap)
    brain = Brain({
        ("Ada", 1): lambda reply: Reply(pieces=endless, burst=True),
        ("Bob", 1): lambda reply: Reply(chunks=list(map(thought, endless)), burst=True),
    })  # fmt: skip
    async with NothingLeft(), house(brain) as (fake, client):
        run = Run(
            plan("pro", Server("fake", fake.url), limits=limits), Caller(client), run_dir=tmp_path / "run"
        )
        await settled()
        tracemalloc.start()
        try:
            result = await run.execute()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        failed = [event for event in run.events if isinstance(event, events.TurnFailed)]
        assert sorted(event.seat for event in failed) == ["ada", "bob"]
        assert all(event.kind == "too_long" for event in failed)
        assert result.status == "partial" and "Eve1END" in result.answer.text
        sent = sum(map(len, endless))
    measured(
        f"two answers of {sent / 1e6:.1f} MB and more, capped at {cap / 1e6:g} MB: most memory",
        peak / 1e6,
        unit="MB",
    )
    # What is kept, what is streamed, and most of all what the server of this test holds ready, in copies.
    assert peak < 80 * cap + 20_000_000


PER_QUESTION = (
    "Run",
    "Table",
    "Seat",
    "Conversation",
    "Quoter",
    "ReplayCache",
    "CallRunner",
    "Recorder",
    "Board",
    "Budget",
    "RunPanes",
    "SeatPane",
    "SeatTabs",
    "StreamView",
    "StreamDocument",
    "TextPart",
    "RowIndex",
    "TranscriptTurn",
    "HeadBlock",
    "TextBlock",
    "FoldBlock",
    "TurnFinished",
    "RunStarted",
)
"""What is made for a question: one that grows with their number is kept for ever."""
MADE_TO_DRAW = {"TextPart", "RowIndex", "HeadBlock", "TextBlock", "FoldBlock"}
"""Those of them that a pane makes when it is drawn; its document, which holds them, is counted always."""
EVERYTHING = "objects of any kind"


def ours() -> Counter[str]:
    """Return the number of objects of our classes, tasks and descriptors."""
    kinds = [type(thing) for thing in gc.get_objects()]
    found = Counter(kind.__name__ for kind in kinds if str(kind.__module__).startswith("roundtable_tui."))
    found.update({"tasks": len(asyncio.all_tasks()), "descriptors": descriptors()})
    if FULL:  # With a few questions, growth cannot be told from chance.
        found[EVERYTHING] = len(kinds)
    return found


def growing(counts: Sequence[Counter[str]]) -> set[str]:
    """Return what there is more of after each question, but for objects of any kind.

    After a few questions that says nothing about what is made as panes are drawn, in numbers that depend on
    when that happens: only what is made once per question, seat or call is counted then.
    """
    names = (
        counts[-1].keys() - {EVERYTHING} if FULL else {*PER_QUESTION, "tasks", "descriptors"} - MADE_TO_DRAW
    )
    return {name for name in names if all(a[name] < b[name] for a, b in pairwise(counts))}


async def test_app_session_of_many_questions_leaks_nothing(
    measured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app asks many questions; the objects of each are released with it."""
    from roundtable_tui.tui.app import RoundtableApp
    from roundtable_tui.tui.textual_patches.leaks import release_detached

    gc.collect()
    gc.freeze()  # What earlier tests have left is not looked at.
    monkeypatch.setattr(gc, "freeze", lambda: None)  # The app sets aside what it has made by the first frame.
    questions = 40 if FULL else 4
    async with FakeServer(lambda request, nth: Brain()(request, nth)) as fake:
        settings = Settings(animations=False, discovery=False)
        app = RoundtableApp(RunRequest(base_url=fake.url, model="m-Ada", mode="pro", agents=4), settings)
        after: list[Counter[str]] = []
        shown: Counter[str] = Counter()
        async with app.run_test(size=(120, 40)) as pilot:
            for number in range(questions):
                table = app.screen_stack[0]
                table.prompt.text = f"What is {number}?"  # type: ignore[attr-defined]
                await pilot.press("enter")
                for _ in range(4000):
                    run = app.session.run
                    if run is not None and run.plan.question.endswith(f"{number}?") and run.result:
                        break
                    await pilot.pause(0.02)
                else:
                    raise AssertionError("it never ended")
                del run
                await pilot.pause()
                shown = shown or ours()
                await pilot.press("ctrl+n")
                await pilot.pause()
                fake.requests.clear()
                left = ours()
                for _ in range(30):  # On a busy machine a removed view may be held by a message for a while.
                    release_detached(app)  # As it does by itself twice a minute.
                    await settled()
                    before, left = left, ours()
                    is_stable = all(left[name] == before[name] for name in left if name != EVERYTHING)
                    is_last = number == questions - 1
                    if is_stable and not (is_last and growing([*after[1:], left])):
                        break
                    await pilot.pause(0.05)
                after.append(left)
    assert {name for name in PER_QUESTION if not shown[name]} == set(), "they were there to be counted"
    # The first question makes what stays for all; from the second on nothing may grow with each.
    later = after[1:]
    assert growing(later) == set()
    if FULL:
        grown = later[-1] - later[0]
        per_question = grown.pop(EVERYTHING, 0) / len(later)
        measured(f"{questions} questions in one sitting: objects left by one", per_question, unit="")
        assert per_question < 300, "a question leaves thousands if its panes stay"
        assert max(grown.values(), default=0) < len(later) / 4, grown
