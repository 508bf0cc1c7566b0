"""What a refused prompt is said to be too long of: each text that can be the long one, in each mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.engine.citations import Passage
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.material.earlier import EarlierQuestion
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import ChatRequest, Server
from roundtable_tui.resources import Persona, Task
from roundtable_tui.resources.task import load_task
from tests.support.run_builder import Voices

pytestmark = pytest.mark.anyio

MARK = "wombat"
LONG = f"{MARK} digs on, and on, and on. " * 400
NAMES = ("Ada", "Bob", "Eve")
MODES = {
    "single": {},
    "vote": {},
    "auto": {},
    "council": {},
    "pro": {},
    "fanout": {"calls": 2},
    "debate": {"max_rounds": 2},
    "roundtable": {"turns": 4},
    "loop": {"turns": 1},
}


async def find(question: str, tell: Callable[[str], None]) -> list[Passage]:
    return [Passage(1, "wood.md", "line", 1, 2, LONG)]


def folder_of_task(tmp_path: Path, name: str) -> Task:
    (tmp_path / name).write_text(LONG, "utf-8")
    (tmp_path / "questions.txt").write_text("Which wood?", "utf-8")
    return load_task(tmp_path)


WHAT: dict[str, tuple[str, Callable[[Plan, Path], Plan]]] = {
    "question": ("the question", lambda plan, path: replace(plan, question=LONG)),
    "persona": (
        "the persona's prompt",
        lambda plan, path: replace(
            plan,
            assignments=tuple(place(name, f"{name} is brief. {LONG}") for name in NAMES),
            captain=plan.captain and place("Cap", f"Cap is brief. {LONG}"),
        ),
    ),
    "context": (
        "the task's context.txt",
        lambda plan, path: replace(plan, task=folder_of_task(path, "context.txt")),
    ),
    "given context": (
        "the background",
        lambda plan, path: replace(plan, task=Task("context", Path(), context=LONG)),
    ),
    "instructions": (
        "the task's instructions.txt",
        lambda plan, path: replace(plan, task=folder_of_task(path, "instructions.txt")),
    ),
    "instructions of a discussion": (
        "the task's discuss_instructions.txt",
        lambda plan, path: replace(plan, task=folder_of_task(path, "discuss_instructions.txt")),
    ),
    "instructions of a record": (
        "the task's instructions",
        lambda plan, path: replace(plan, task=Task("t", Path(), instructions=LONG)),
    ),
    "summarize instructions": (
        "the task's summarize_instructions.txt",
        lambda plan, path: replace(plan, task=folder_of_task(path, "summarize_instructions.txt")),
    ),
    "attached text": (
        "the attached text notes.md",
        lambda plan, path: replace(
            plan, attachments=(Attachment("notes.md", LONG), Attachment("b.md", "Ash."))
        ),
    ),
    "passages": ("the passages of documents", lambda plan, path: replace(plan, passage_finder=find)),
    "earlier answer": (
        "what was asked and answered before",
        lambda plan, path: replace(plan, earlier=(EarlierQuestion("r", "And elm?", LONG),)),
    ),
}


def place(name: str, prompt: str = "") -> SeatAssignment:
    persona = Persona(name=name, prompt=prompt or f"You are {name}.")
    return SeatAssignment(persona, Server("nowhere", "http://nowhere.test/v1"), "model")


def plan_of(mode: str, tmp_path: Path, **options: Any) -> Plan:
    found = modes.get_mode(mode)
    if mode == "fanout":
        options = {**options, "out": str(tmp_path / "out")}
    captain = place("Cap") if found.captain else None
    return Plan(found, "Which wood?", found.options(**options), tuple(map(place, NAMES)), captain)


async def hints_of(plan: Plan, *, message: str = "") -> list[tuple[ChatRequest, str]]:
    """Run a mode; return its requests, each with the hint for the case that it is refused."""
    hints: list[tuple[ChatRequest, str]] = []

    def answer(request: ChatRequest, nth: int) -> str:
        if request.overflow_hint is not None:
            hints.append((request, request.overflow_hint(request)))
        return f"Wood number {nth}. What do you say?"

    run = Run(plan, Voices(answer))
    if message:
        run.table.controls.send_message(message)
    await run.execute()
    assert run.internal_error is None
    return hints


def count_marks(messages: Any) -> int:
    return sum(message["content"].count(MARK) for message in messages)


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("mode", MODES)
async def test_hint_names_what_is_too_long(mode: str, what: str, tmp_path: Path) -> None:
    name, change = WHAT[what]
    hints = await hints_of(change(plan_of(mode, tmp_path, **MODES[mode]), tmp_path))
    has_it = [hint for request, hint in hints if count_marks(request.messages) >= 400]
    assert {hint.partition(" (about ")[0] for hint in has_it} == {f"The longest part is {name}"}
    without = [hint for request, hint in hints if not count_marks(request.messages)]
    assert not [hint for hint in without if name in hint and name != "the question"]


@pytest.mark.parametrize("mode", MODES)
async def test_hint_names_the_messages_of_the_user(mode: str, tmp_path: Path) -> None:
    hints = await hints_of(plan_of(mode, tmp_path, **MODES[mode]), message=LONG)
    has_it = [hint for request, hint in hints if count_marks(request.messages[-1:]) >= 400]
    assert has_it and all(hint.startswith("The longest part is your messages (about") for hint in has_it)
