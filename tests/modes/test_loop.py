"""Loop: four roles in turn, what each is told, what is written, what happens when one fails or repeats."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.modes.loop import checks
from roundtable_tui.modes.loop.files import add_to_index
from roundtable_tui.utils import paths
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, cut_off, room

pytestmark = pytest.mark.anyio

ROLES = ["Questioner", "Creator", "Mediator", "Scriber"]
THINGS = [
    "tides",
    "glaciers",
    "lighthouses",
    "compasses",
    "harbours",
    "rivers",
    "deserts",
    "volcanoes",
    "maps",
]


class Cast:
    """A script in which every role answers in words of its own, new each time; `failing`: by role, time."""

    def __init__(self, failing: dict[tuple[str, int], Any] | None = None, **said: Any) -> None:
        self.failing = failing or {}
        self.said = said
        self.times: Counter[str] = Counter()

    def __call__(self, request: Any, nth: int) -> Any:
        role = next(role for role in ROLES if f"You are {role}." in request["messages"][0]["content"])
        self.times[role] += 1
        n = self.times[role]
        if (role, n) in self.failing:
            return self.failing[role, n]
        if role in self.said:
            return self.said[role](n)
        thing = THINGS[n % len(THINGS)]
        return {
            "Questioner": f"Why do {thing} matter?",
            "Creator": f"{thing.capitalize()} guide {n} sailors along {n} different coasts of {thing} land.\n"
            f"NextPrompt: What of {thing} at night?",
            "Mediator": f"Have we looked past {thing}?",
            "Scriber": f"- {thing} guide\n- ask about {thing}",
        }[role]


async def run(r: Room, **options: Any) -> Any:
    return await r.done("loop", ROLES, captain=False, question="What is the sea?", **{"turns": 4, **options})


def asked(r: Room, role: str) -> list[str]:
    return [seen.user for seen in r.asked_of(role)]


def master(r: Room) -> str:
    return (r.folder / "master.md").read_text("utf-8")


def headings(r: Room) -> list[str]:
    return re.findall(r"^#+ .*$", master(r), re.MULTILINE)


def errors(r: Room) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (r.folder / "errors.log").read_text("utf-8").splitlines()]


async def test_loop_roles_speak_in_order_with_mediator_at_its_interval(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        result = await run(r, turns=4, mediator_interval=2)
        assert result.status == "complete"
        order = [event.label for event in r.told(events.TurnQueued)]
        one, two = ["questioner", "creator", "scriber"], ["questioner", "creator", "mediator", "scriber"]
        assert order == [*one, *two, *one, *two]
        assert "What is the sea?" in asked(r, "Questioner")[0]
        assert "Tides guide" not in asked(r, "Questioner")[0]
        assert "guide 1 sailors" in asked(r, "Questioner")[1]
        assert "Have we looked past" in asked(r, "Questioner")[2]
        assert "Have we looked past" not in asked(r, "Questioner")[1] + asked(r, "Questioner")[3]
        assert "Why do glaciers matter?" in asked(r, "Creator")[0]
        assert "NextPrompt: What of" not in "".join(asked(r, "Scriber"))
        assert result.answer.how == "4 of 4 turns have an answer"
        assert result.answer.text.startswith(
            "**Why do glaciers matter?**\n\n- glaciers guide\n- ask about glaciers\n\n**"
        )
        assert [(e.number, e.of) for e in r.told(events.PhaseStarted)] == [(n, 4) for n in range(1, 5)]
        before = len(r.fake.requests)
        log = master(r)
        assert (await r.again()).answer == result.answer
        assert (len(r.fake.requests), master(r)) == (before, log)


async def test_loop_with_mediator_interval_zero_has_no_mediator(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, mediator_interval=0)
        assert not r.asked_of("Mediator")
        assert "**mediator_interval**: disabled" in master(r)


async def test_loop_literal_seed_is_first_question(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, literal=True, turns=1)
        assert not r.asked_of("Questioner")
        assert "What is the sea?" in asked(r, "Creator")[0]
        assert "## Questioner\n\nWhat is the sea?\n" in master(r)


async def test_loop_memory_is_limited_by_its_budget(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, turns=6)
        last = asked(r, "Creator")[5]
        assert [int(n) for n in re.findall(r"Turn (\d+):", last)] == [1, 2, 3, 4, 5]
    async with room(Cast(), tmp_path / "short") as r:
        await run(r, turns=6, memory_chars=150)
        last = asked(r, "Creator")[5]
        assert [int(n) for n in re.findall(r"Turn (\d+):", last)] == [4, 5]
        assert "(3 earlier turns left out)" in last
    async with room(Cast(), tmp_path / "none") as r:
        await run(r, turns=3, memory_chars=0)
        assert "Turn 1:" not in asked(r, "Creator")[2]


async def test_loop_roles_have_their_own_sampling_parameters(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, turns=1, mediator_interval=1, temperature=0.9, top_p=0.95)
        heat = {role: r.asked_of(role)[0].body["temperature"] for role in ROLES}
        assert heat == {"Questioner": 0.9, "Creator": 0.9, "Mediator": 0.45, "Scriber": 0.45}
        assert all(seen.body["top_p"] == 0.95 for seen in r.fake.requests)


async def test_loop_log_has_expected_layout(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, turns=2, mediator_interval=2)
        assert headings(r) == [
            "# Transcript", "## Configuration", "## Seed",
            "# Turn 1", "## Questioner", "## Creator", "## Scriber",
            "# Turn 2", "## Questioner", "## Creator", "## MediatorQ", "## Scriber",
        ]  # fmt: skip
        log = master(r)
        assert re.search(r"_Run: run • Started: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00_", log)
        assert "- **turns**: 2\n- **mediator_interval**: 2\n- **Questioner**: fake\n" in log
        assert "**questioner_mode**: refine" in log
        assert "**NextTopic →** What of glaciers at night?" in log
        assert log.count("\n---\n") == 4
        manifest = json.loads((r.folder / "manifest.json").read_text("utf-8"))
        assert manifest["models"] == {
            "Questioner": "fake",
            "Creator": "fake",
            "MediatorQ": "fake",
            "Scriber": "fake",
        }
        assert (manifest["seed"], manifest["turns_answered"]) == ("What is the sea?", 2)
        assert manifest["spent"]["Creator"]["calls"] == 2 and manifest["spent"]["Creator"]["tokens"] > 0
        assert manifest["started_utc"] <= manifest["ended_utc"]


async def test_loop_log_with_any_reply_keeps_its_structure(tmp_path: Path) -> None:
    hostile = "# Turn 3\n\n## Scriber\n---\n```\n# Turn 9\n<!-- gone"
    async with room(Cast(Creator=lambda n: f"{hostile} {n} {THINGS[n]}"), tmp_path) as r:
        await run(r, turns=2, mediator_interval=0)
        turn = ["## Questioner", "## Creator", "## Scriber"]
        assert headings(r)[3:] == ["# Turn 1", *turn, "# Turn 2", *turn]
        assert not errors(r)


@pytest.mark.parametrize("role", ["Questioner", "Creator", "Mediator", "Scriber"])
async def test_loop_with_any_failed_role_continues(tmp_path: Path, role: str) -> None:
    async with room(Cast({(role, 2): error(400, "out of breath")}), tmp_path) as r:
        result = await run(r, turns=4, mediator_interval=1)
        assert result.status == "partial"
        title = "MediatorQ" if role == "Mediator" else role
        logged = errors(r)
        assert [(line["turn"], line["role"]) for line in logged] == [(2, title)]
        assert "out of breath" in logged[0]["error"] and logged[0]["timestamp"]
        assert f"## {title}\n\n*{role} did not answer.*" in master(r)
        answered = 3 if role == "Creator" else 4
        assert result.answer.how == f"{answered} of 4 turns have an answer"
        before = len(r.fake.requests)
        assert (await r.again()).answer == result.answer
        assert len(r.fake.requests) == before


async def test_loop_with_failed_questioner_uses_proposed_topic(
    tmp_path: Path,
) -> None:
    async with room(Cast({("Questioner", 2): error(400)}), tmp_path) as r:
        await run(r, turns=2)
        assert "What of glaciers at night?" in asked(r, "Creator")[1]
        assert "guide 1 sailors" not in asked(r, "Creator")[1]
        assert any("the Creator's proposal stands" in notice.text for notice in r.told(events.Notice))
        assert "## Question\n\nWhat of glaciers at night?\n" in master(r)
    plain = Cast(
        {("Questioner", 2): error(400)}, Creator=lambda n: f"{THINGS[n]} are {n} things of the wide sea"
    )
    async with room(plain, tmp_path / "mediated") as r:
        await run(r, turns=2, mediator_interval=1)
        assert "Have we looked past glaciers?" in asked(r, "Creator")[1]
    plain = Cast(
        {("Questioner", 2): error(400)}, Creator=lambda n: f"{THINGS[n]} are {n} things of the wide sea"
    )
    async with room(plain, tmp_path / "nothing") as r:
        result = await run(r, turns=3, mediator_interval=0)
        assert len(r.asked_of("Creator")) == 2
        assert result.answer.how == "2 of 3 turns have an answer"
        assert "glaciers are 1 things" in asked(r, "Questioner")[2]


async def test_loop_with_failed_first_questioner_uses_seed(tmp_path: Path) -> None:
    async with room(Cast({("Questioner", 1): error(400)}), tmp_path) as r:
        await run(r, turns=1)
        assert "What is the sea?" in asked(r, "Creator")[0]


async def test_loop_questioner_without_question_uses_seed_or_proposed_topic(tmp_path: Path) -> None:
    async with room(Cast(Questioner=lambda n: f"I shall write of {THINGS[n]} now."), tmp_path) as r:
        await run(r, turns=2)
        assert "What is the sea?" in asked(r, "Creator")[0]
        assert "What of glaciers at night?" in asked(r, "Creator")[1]
        assert any("asks nothing" in notice.text for notice in r.told(events.Notice))
    cast = Cast(
        Questioner=lambda n: f"Tell me of {THINGS[n]}.",
        Creator=lambda n: f"{THINGS[n]} are {n} of the wide sea",
    )
    async with room(cast, tmp_path / "plain") as r:
        await run(r, turns=2)
        assert "Tell me of lighthouses." in asked(r, "Creator")[1]


async def test_loop_failed_creator_is_retried_and_old_answer_not_summarized(tmp_path: Path) -> None:
    async with room(Cast({("Creator", 2): error(400)}), tmp_path) as r:
        await run(r, turns=3, mediator_interval=2)
        assert len(r.asked_of("Scriber")) == 2
        assert not r.asked_of("Mediator")
        assert len(r.asked_of("Questioner")) == 2
        assert "Why do lighthouses matter?" in asked(r, "Creator")[1]
        assert "Why do lighthouses matter?" in asked(r, "Creator")[2]
        assert "guide 1 sailors" not in asked(r, "Scriber")[1]


async def test_loop_with_failed_scriber_remembers_answer_itself(tmp_path: Path) -> None:
    async with room(Cast({("Scriber", 1): error(400)}), tmp_path) as r:
        result = await run(r, turns=2)
        assert "Glaciers guide 1 sailors" in asked(r, "Creator")[1]
        assert "Glaciers guide 1 sailors" in result.answer.text


@pytest.mark.parametrize("k", range(1, 8))
async def test_loop_with_any_failed_request_ends(tmp_path: Path, k: int) -> None:
    cast, count = Cast(), [0]

    def script(request: Any, nth: int) -> Any:
        count[0] += 1
        return error(400) if count[0] == k else cast(request, nth)

    async with room(script, tmp_path) as r:
        result = await run(r, turns=2, mediator_interval=2)
        assert result.status == "partial"
        assert len(errors(r)) == 1
        assert [h for h in headings(r) if h.startswith("# Turn")] == ["# Turn 1", "# Turn 2"]


async def test_loop_with_creator_always_failing_ends(tmp_path: Path) -> None:
    failing = {("Creator", n): error(400) for n in range(1, 30)}
    async with room(Cast(failing), tmp_path) as r:
        result = await run(r, turns=20)
        assert result.status == "failed"
        assert result.error.startswith("the Creator never answered: Creator: ")
        assert len(r.asked_of("Creator")) == 3
        assert (r.folder / "manifest.json").exists()


async def test_loop_chained_topics_follow_proposals(tmp_path: Path) -> None:
    cast = Cast(
        Questioner=lambda n: "Precisely: why is the sea?" if n == 1 else f"What of {THINGS[n - 1]} at night?"
    )
    async with room(cast, tmp_path) as r:
        await run(r, turns=3, auto_chain=True)
        assert "What of glaciers at night?" in asked(r, "Questioner")[1]
        assert "Glaciers guide" not in asked(r, "Questioner")[1]
        assert "What of glaciers at night?" in asked(r, "Creator")[1]
    failing: dict[tuple[str, int], Any] = {("Questioner", 2): error(400)}
    async with room(Cast(failing), tmp_path / "failing") as r:
        await run(r, turns=2, auto_chain=True)
        assert "What of glaciers at night?" in asked(r, "Creator")[1]


async def test_loop_repeating_chain_asks_for_new_question(tmp_path: Path) -> None:
    def questioner(n: int) -> str:
        return ["Why is the sea salty?", "Refine: Why is the sea salty?", "What do fish know of it?"][n - 1]

    cast = Cast(Questioner=questioner, Creator=lambda n: f"{THINGS[n]} are {n} things of the wide sea")
    async with room(cast, tmp_path) as r:
        await run(r, turns=2, auto_chain=True)
        assert "Refine: Why is the sea salty?" in asked(r, "Questioner")[1]
        assert "What do fish know of it?" in asked(r, "Creator")[1]


async def test_loop_repeated_question_is_replaced(tmp_path: Path) -> None:
    def questioner(n: int) -> str:
        return ["Why is the sea salty?", "So why IS the sea salty?", "Who measured it first?"][n - 1]

    async with room(Cast(Questioner=questioner), tmp_path) as r:
        result = await run(r, turns=2)
        assert "was asked before" in asked(r, "Questioner")[2]
        assert "Who measured it first?" in asked(r, "Creator")[1]
        assert any("asks what turn 1 asked" in notice.text for notice in r.told(events.Notice))
        assert result.status == "complete"


async def test_loop_questioner_repeating_itself_ends_loop_unless_allowed(
    tmp_path: Path,
) -> None:
    async with room(Cast(Questioner=lambda n: "Why is the sea salty?"), tmp_path) as r:
        result = await run(r, turns=5)
        assert result.answer.how.endswith("ended early: the Questioner asks only what has been asked before")
        assert len(r.asked_of("Creator")) == 1
    async with room(Cast(Questioner=lambda n: "Why is the sea salty?"), tmp_path / "on") as r:
        await run(r, turns=3, stop_on_repetition=False)
        assert len(r.asked_of("Creator")) == 3


async def test_loop_repeated_answers_are_flagged_and_end_loop(tmp_path: Path) -> None:
    same = "The sea is a large body of salt water that covers most of the earth, and that is all."
    async with room(Cast(Creator=lambda n: same), tmp_path) as r:
        result = await run(r, turns=9)
        assert len(r.asked_of("Creator")) == 3
        assert "said again what was said in turn 1" in asked(r, "Questioner")[2]
        assert result.answer.how.endswith("ended early: the answers repeat themselves")
        manifest = json.loads((r.folder / "manifest.json").read_text("utf-8"))
        assert {"turn": 2, "role": "Creator", "flags": ["repeats turn 1"]} in manifest["anomalies"]
        assert manifest["ended_early"] == "the answers repeat themselves"


async def test_loop_truncated_reply_is_flagged(tmp_path: Path) -> None:
    cut = Reply(text="- one thing that matters\n- and", finish_reason="length")
    async with room(Cast(Scriber=lambda n: cut), tmp_path) as r:
        await run(r, turns=1)
        assert any("cut at its token limit" in notice.text for notice in r.told(events.Notice))


async def test_loop_echo_prints_replies(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        await run(r, turns=1, echo=True, echo_max_chars=10)
        assert any(notice.text == "Questioner: Why do gl…" for notice in r.told(events.Notice))


async def test_loop_stopped_has_files_and_resumes(tmp_path: Path) -> None:
    hold = asyncio.Event()
    cast = Cast()

    def script(request: Any, nth: int) -> Any:
        said = cast(request, nth)
        return Reply(text=said, gate=hold) if cast.times["Creator"] == 2 and "sailors" in said else said

    async with room(script, tmp_path) as r:
        plan = r.plan("loop", ROLES, captain=False, question="What is the sea?", turns=3)
        first = r.run(plan)
        assert (await cut_off(first, r.fake.seen(5))).status == "cancelled"
        assert headings(r)[-2:] == ["# Turn 2", "## Questioner"]
        assert (r.folder / "manifest.json").exists()
        hold.set()
        cast.times["Creator"] = 1
        result = await r.again()
        assert result.answer.how == "3 of 3 turns have an answer"
        assert len(r.asked_of("Creator")) == 4
        assert [h for h in headings(r) if h.startswith("# Turn")] == ["# Turn 1", "# Turn 2", "# Turn 3"]
        index = (paths.runs_dir() / "index.md").read_text("utf-8")
        assert index.count("master.md") == 1


async def test_loop_without_record_writes_nothing(tmp_path: Path) -> None:
    async with room(Cast(), tmp_path) as r:
        r.folder = None  # type: ignore[assignment]
        assert (await run(r, turns=1)).status == "complete"
        assert not (paths.runs_dir() / "index.md").exists()


async def test_loop_unwritable_folder_is_reported_once_and_loop_continues(tmp_path: Path) -> None:
    (tmp_path / "run" / "master.md").mkdir(parents=True)
    async with room(Cast(), tmp_path) as r:
        result = await run(r, turns=2)
        assert result.answer.how == "2 of 2 turns have an answer"
        assert sum("cannot all be written" in notice.text for notice in r.told(events.Notice)) == 1


def test_loop_index_has_newest_first_and_each_run_once() -> None:
    root = paths.runs_dir()
    for name in ("one", "two", "one"):
        (root / name).mkdir(parents=True, exist_ok=True)
        add_to_index(root / name, f"What is `{name}`?" + " x" * 100, "- a [link](x)\n- b" + " y" * 100)
    lines = (root / "index.md").read_text("utf-8").splitlines()
    assert lines[0] == "# Knowledge Index"
    entries = lines[lines.index("## 📅 Recent Runs") + 1 :]
    assert re.findall(r"\(<(.*?)>\)", "\n".join(entries)) == ["one/master.md", "two/master.md"]
    assert all(len(line) < 360 for line in entries)
    assert entries[2].startswith("  *Topic:* `What is 'one'? x")
    assert entries[3].startswith("  **Highlight:** ") and r"\[link\]" in entries[3]


def test_loop_index_of_before_keeps_its_entries() -> None:
    root = paths.runs_dir()
    (root / "new").mkdir(parents=True)
    (root / "index.md").write_text(
        "# Index of inquiries\n\n---\n\n## Recent runs\n\n- [old](<old/master.md>): `Why?`, because\n"
    )
    add_to_index(root / "new", "How?", "")
    text = (root / "index.md").read_text("utf-8")
    assert text.index("new/master.md") < text.index("- [old](<old/master.md>): `Why?`, because")
    assert text.startswith("# Knowledge Index") and text.count("Recent") == 1


def test_extract_question_finds_question_in_reply() -> None:
    assert checks.extract_question("**Questioner:** Why is it so?\nBecause.") == "Why is it so?"
    assert checks.extract_question('Here it is.\n1. "And why not?"') == "And why not?"
    assert checks.extract_question("Tell me of the sea") == "Tell me of the sea"
    assert checks.extract_question("\n \n") == ""
    assert checks.extract_question("Question: what?" + "x" * 2000)[:5] == "what?"


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("So.\nNextPrompt: What now?", "What now?"),
        ("nextprompt: a\n**NextPrompt:** b?\nEnd.", "b?"),
        ("- Next Prompt: c", "c"),
        ("NextPrompt:", ""),
        ("The NextPrompt: not at the start", ""),
        ("", ""),
    ],
)
def test_extract_topic_finds_topic_in_answer(text: str, topic: str) -> None:
    assert checks.extract_topic(text) == topic
    assert "NextPrompt: What" not in checks.strip_topic(text)


def test_repeated_texts_of_similar_wording_are_found() -> None:
    assert checks.find_same_question("Why is the sea salty?", ["What is it?", "why is the sea SALTY"]) == 1
    assert checks.find_same_question("Why is the lake salty, then?", ["Why is the sea salty?"]) is None
    assert checks.find_same_question("", [""]) is None
    text = "The sea is a large body of salt water that covers most of the earth."
    assert checks.find_repeated_answer(f"As I said: {text}", ["Nothing.", text]) == 1
    assert (
        checks.find_repeated_answer("The sea is deep and dark and no one has been down there yet.", [text])
        is None
    )
    assert checks.find_repeated_answer("", [""]) is None


@pytest.mark.parametrize(
    ("role", "text", "odd"),
    [
        ("questioner", "Why? And how?", "several questions"),
        ("questioner", "Say more.", "asks nothing"),
        ("questioner", "word " * 31 + "?", "more than 30 words"),
        ("creator", "No idea.", "hardly an answer"),
        ("creator", "It is so and so.\nScriber: noted", "speaks for another role"),
        ("creator", "the same again and " * 30, "goes round in circles"),
        ("mediator", "One. Two. Three?", "more than two sentences"),
        ("scriber", "Just prose.", "no bullet points"),
        ("scriber", "- a\n- b\n- c\n- d\n- e", "more than four bullet points"),
    ],
)
def test_find_anomalies_of_unusual_replies_names_them(role: str, text: str, odd: str) -> None:
    assert odd in checks.find_anomalies(role, text)


def test_find_anomalies_of_ordinary_replies_is_empty() -> None:
    for role, text in {
        "questioner": "Why do tides matter?",
        "creator": "Tides matter since they move ships, and much else.",
        "mediator": "MediatorQ: Is there more? What is it?",
        "scriber": "- one\n- two",
    }.items():
        assert checks.find_anomalies(role, text) == []
