"""What people and scripts read of a run: the transcript and the report."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.proxy.running.progress import PanelProgress
from roundtable_tui.reports.html import render_html_page
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import render_transcript, write_transcript
from roundtable_tui.utils.markdown import escape_block
from roundtable_tui.utils.text import to_safe_json

SEATS: tuple[dict[str, Any], ...] = (
    {"seat": "ada", "name": "Ada", "role": "evidence", "model": "m1", "server": "s"},
    {"seat": "bob", "name": "Bob", "role": "", "model": "m2", "server": "s"},
    {"seat": "eve", "name": "Eve", "role": "", "model": "m2", "server": "s"},
    {"seat": "cap", "name": "Cap", "role": "", "model": "m1", "server": "s", "captain": True},
)
HEADER = events.RunStarted(
    run_id="r1", started_at="now", mode="debate", question="Why?\n# Really", seats=SEATS, seed=7
)
HOSTILE = "# Mine\nBecause.\n\n## Answer (complete)\n\n---\nTitle\n===\nOther\n-\n<!-- x\n```\n# code\nopen"


def asked(turn: str, label: str = "answer", phase: str = "round", number: int = 1) -> events.TurnQueued:
    return events.TurnQueued(turn=turn, seat=turn.split(".")[0], label=label, phase=phase, round=number)


def said(turn: str, text: str, **more: Any) -> events.TurnFinished:
    return events.TurnFinished(turn=turn, seat=turn.split(".")[0], text=text, **more)


def failed(turn: str, kind: str = "server", text: str = "") -> events.TurnFailed:
    return events.TurnFailed(turn=turn, seat=turn.split(".")[0], kind=kind, error=f"{turn} failed", text=text)


STORY: tuple[events.Event, ...] = (
    HEADER,
    events.PhaseStarted(name="round", number=1, of=3),
    asked("ada.1"),
    asked("bob.1"),
    said(
        "ada.1",
        HOSTILE,
        reasoning="hm",
        usage={"prompt_tokens": 3},
        ttft_s=0.1,
        elapsed_s=0.2,
        finish_reason="stop",
    ),
    failed("bob.1", text="half of"),
    events.PersonSpoke(text="# Louder", to="ada"),
    events.Notice(text="a\nnotice"),
    asked("cap.1", "verdict"),
    failed("cap.1", "shape"),
    asked("cap.2", "verdict"),
    said("cap.2", '{"consensus": true}'),
    events.Verdict(
        seat="cap", label="verdict", decision={"consensus": True, "label": "x"}, rung="prose", round=1
    ),
    events.AnswersGrouped(groups=({"answer": "42", "seats": ["ada"]},), agreement=None, basis="exact"),
    events.EntryPosted(round=1, author="moderator", kind="topic", content="Next."),
    events.RunFinished(
        status="partial", answer="42", by="ada", how="consensus", agreement=0.5, candidates=("42",)
    ),
)


# --- the transcript ------------------------------------------------------------------------------


def headings(markdown: str) -> list[str]:
    """Return the headings of our levels that a Markdown reader sees, code blocks and escapes left out."""
    found, fence, before = [], "", ""
    for line in markdown.split("\n"):
        if match := re.match(r" {0,3}(```+|~~~+)", line):
            fence = "" if fence and match[1].startswith(fence) else fence or match[1]
        elif not fence and re.match(r" {0,3}#{1,3}(\s|$)", line):
            found.append(line.strip())
        elif not fence and before.strip() and re.match(r" {0,3}(=+|-+)\s*$", line):
            found.append(before)
        before = line
    return found


def test_render_transcript_hostile_text_keeps_structure() -> None:
    assert headings(render_transcript(STORY)) == [
        "# Why? # Really",
        "## Round 1 of 3",
        "### Ada · answer",
        "### Bob · failed",
        "### You to Ada",
        "### Cap · failed",
        "### Cap · verdict",
        "### Moderator",
        "## Answer (incomplete)",
    ]
    assert (
        "half of" in render_transcript(STORY)
        and "> a notice" in render_transcript(STORY)
        and "*consensus*" in render_transcript(STORY)
    )


def test_render_transcript_headings_of_answers_stay_headings_below_ours() -> None:
    story = [HEADER, asked("ada.1"), said("ada.1", "# One\n\n## Two\n\nText\n\n###### Six")]
    assert "#### One\n\n##### Two\n\nText\n\n###### Six" in render_transcript(story)


@given(st.text(st.sampled_from("#=-_*~`<>!a1 \n\t"), max_size=60))
def test_render_transcript_any_text_makes_no_heading(text: str) -> None:
    story = [HEADER, asked("ada.1"), said("ada.1", text), events.RunFinished(status="complete", answer=text)]
    assert headings(render_transcript(story)) == [
        "# Why? # Really",
        "### Ada · answer",
        "## Answer (done)",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# a", "\\# a"),
        ("#", "\\#"),
        ("   ## a", "   \\## a"),
        ("#hash", "#hash"),
        ("    # code", "    # code"),
        ("a\n===", "a\n\\==="),
        ("a\n-", "a\n\\-"),
        ("---", "\\---"),
        ("- - -", "\\- - -"),
        ("* * *", "\\* * *"),
        ("- item", "- item"),
        ("**bold** _it_", "**bold** _it_"),
        ("<b>", "\\<b>"),
        ("1 < 2", "1 < 2"),
        ("< 2", "< 2"),
        ("```\n# a\n```\n# b", "```\n# a\n```\n\\# b"),
        ("```\n# a", "```\n# a\n```"),
        ("~~~\n```\n# a", "~~~\n```\n# a\n~~~"),
        ("````\n```\n# a\n````\n# b", "````\n```\n# a\n````\n\\# b"),
        ("```x``` y\n# b", "```x``` y\n\\# b"),
        ("\n\nText.\n\n", "Text."),
        ("\x1b[2Jx", "␛[2Jx"),
    ],
)
def test_escape_block_escapes_only_structure(text: str, written: str) -> None:
    assert escape_block(text) == written


def test_escape_block_repetitive_text_is_fast() -> None:
    for noise in ("\n", "-", "- ", "* ", "#", "`", "=", "_ ", " "):
        escape_block(noise * 400_000 + "x")


def test_render_transcript_start_has_no_fraction_of_a_second() -> None:
    header = events.RunStarted(
        run_id="r1", started_at="2026-11-26T14:10:59.123+00:00", mode="pro", question="Why?"
    )
    assert "pro · 2026-11-26T14:10:59+00:00 · r1" in render_transcript([header])


def test_write_transcript_writes_transcript_and_answer(tmp_path: Path) -> None:
    write_transcript(tmp_path, STORY)
    assert (tmp_path / "answer.md").read_text() == "42\n"
    assert (tmp_path / "transcript.md").read_text() == render_transcript(STORY)
    (tmp_path / "none").mkdir()
    write_transcript(tmp_path / "none", [HEADER, events.RunFinished(status="failed", error="nobody")])
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["transcript.md"]


# --- the report ----------------------------------------------------------------------------------


def test_build_report_has_all_fields() -> None:
    told = build_report(STORY, Path("/somewhere"))
    assert json.loads(to_safe_json(told)) == told
    assert {
        name: told[name] for name in ("schema_version", "run_id", "mode", "status", "question", "answer")
    } == {
        "schema_version": 1,
        "run_id": "r1",
        "mode": "debate",
        "status": "partial",
        "question": HEADER.question,
        "answer": "42",
    }
    assert (told["agreement"], told["record"], told["seed"], told["error"]) == (0.5, "/somewhere", 7, None)
    assert {"usage", "elapsed_s", "groups", "by", "how"} <= told.keys()
    seats = {
        seat["seat"]: (seat["persona"], seat["model"], seat["status"], seat["error"])
        for seat in told["seats"]
    }
    assert seats == {
        "ada": ("Ada", "m1", "answered", None),
        "bob": ("Bob", "m2", "failed", "bob.1 failed"),
        "eve": ("Eve", "m2", "silent", None),
        "cap": ("Cap", "m1", "answered", None),
    }
    ada = next(turn for turn in told["turns"] if turn["turn"] == "ada.1")
    assert (ada["seat"], ada["phase"], ada["round"], ada["status"], ada["reasoning"]) == (
        "ada",
        "round",
        1,
        "ok",
        "hm",
    )
    assert (ada["finish_reason"], ada["ttft_s"], ada["elapsed_s"], ada["attempts"]) == ("stop", 0.1, 0.2, 1)
    assert ada["text"] == HOSTILE and ada["usage"] == {"prompt_tokens": 3} and ada["error"] is None
    bob = next(turn for turn in told["turns"] if turn["turn"] == "bob.1")
    assert (bob["status"], bob["error"], bob["text"], bob["finish_reason"]) == (
        "failed",
        "bob.1 failed",
        "half of",
        None,
    )
    assert told["verdicts"] == [
        {"consensus": True, "label": "verdict", "seat": "cap", "round": 1, "rung": "prose"}
    ]
    assert told["candidates"] == ["42"]


def test_build_report_any_mode_has_candidates() -> None:
    header = events.RunStarted(run_id="r", started_at="now", mode="relay", question="?")
    end = events.RunFinished(status="complete", answer="b", candidates=("a", "b"))
    assert build_report([header, end])["candidates"] == ["a", "b"]
    assert build_report([header])["candidates"] == []


def test_build_report_unneeded_seat_is_silent() -> None:
    spared = events.TurnFailed(turn="bob.2", seat="eve", kind="unneeded", error="Eve: not needed any more")
    seats = {
        seat["seat"]: (seat["status"], seat["error"]) for seat in build_report([*STORY, spared])["seats"]
    }
    assert seats["eve"] == ("silent", None)


def test_build_report_run_without_end_is_unfinished() -> None:
    assert build_report(STORY[:-1])["status"] == "unfinished"
    assert build_report([*STORY, events.RunResumed(at="later")])["status"] == "unfinished"
    with pytest.raises(ValueError, match="header"):
        build_report([])


def test_build_report_repeated_turn_counts_last_end() -> None:
    told = build_report([*STORY[:-1], asked("bob.1"), said("bob.1", "whole"), STORY[-1]])
    assert [turn["status"] for turn in told["turns"] if turn["seat"] == "bob"] == ["ok"]
    assert [seat["error"] for seat in told["seats"] if seat["seat"] == "bob"] == [None]


def test_pick_is_named_in_every_reader() -> None:
    verdict = events.Verdict(
        seat="cap", label="pick", decision={"choice": 2, "reason": "Shorter."}, rung="tool", picked="bob"
    )
    story = (HEADER, asked("bob.1"), said("bob.1", "It is 42."), verdict)
    sent: list[str] = []
    progress = PanelProgress(lambda piece: sent.append(piece.reasoning), lambda: None, "full")
    for event in story:
        progress(event)
    page = render_html_page(RunRecord(Path("r1"), HEADER, story))
    for text in ("".join(sent), unescape(page)):
        assert "picked: Bob's answer: Shorter." in text
        assert "picked answer" not in text
