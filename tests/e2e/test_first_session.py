"""A first evening, through a real terminal: what a person tries in the first hour, one after another."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.tmux import Tmux

QUESTION = "Should a bakery without an oven sell sandwiches?"


@pytest.mark.timeout(400)
def test_app_first_session_works_from_question_to_fork(tmp_path: Path, roundtable_home: Path) -> None:
    """From the empty table over a question, a word and an edit to a replay, an export and a fork."""
    env = {"ROUNDTABLE_HOME": str(roundtable_home), "ROUNDTABLE_DEMO_PACE": "60"}
    # With a chosen seed: three equal answers in round 1, as the demo gives now and then, would end the run.
    start = (
        "import secrets; secrets.randbelow = lambda n: 5; from roundtable_tui.cli.main import main; main()"
    )
    command = [sys.executable, "-c", start]
    with Tmux(command, tmp_path, env, columns=140, rows=42) as terminal:
        # The empty table teaches, and leads to the demo.
        terminal.see("No model server found", "ctrl+d")
        terminal.press("C-d")
        terminal.see("model demo")

        # A question; everybody streams.
        terminal.type(QUESTION)
        terminal.press("Enter")
        terminal.see("round 1 of 3", "Harper", "Benjamin", "Lucas", "Captain")
        terminal.wait(lambda screen: len(re.findall(r"\d tok/s", screen)) >= 2, "two panes that stream")

        # Paused: the captain is not asked before the edit.
        terminal.press("F7")
        terminal.see("paused")

        # One pane on the whole screen, and back.
        terminal.press("Escape")
        terminal.see("z Zoom")
        terminal.press("2")
        terminal.press("z")
        terminal.see("2  Benjamin", "━  2 ", without="Lucas · other angles")
        terminal.press("z")
        terminal.see("Lucas · other angles")

        # A word to this seat alone.
        terminal.press("w")
        terminal.see("F7 Resume", without="z Zoom")
        terminal.type("in one sentence, please")
        terminal.press("Enter")
        terminal.see("you (private)")

        # Another one's persona is edited; it speaks so from its next turn.
        terminal.press("Escape")
        terminal.see("z Zoom")
        terminal.press("1")
        terminal.press("e")
        terminal.see("Form", "JSON", "A run is active")
        terminal.press("End")
        terminal.type(" the baker")
        terminal.see("✓ Valid persona.", '"Harper the baker"')
        terminal.press("C-s")
        terminal.see("Harper the baker · research")

        terminal.press("F7")

        # A third one is stopped; the others continue to the end.
        terminal.press("3")
        terminal.press("X")
        terminal.wait(lambda s: "done" in s.split("\n")[0] or "incomplete" in s.split("\n")[0], "the end")
        terminal.see("Answer · from")

        # The report.
        terminal.press("F12")
        terminal.see("─ Report", "Harper")
        terminal.press("Escape")
        terminal.see("z Zoom", without="─ Report")

        # It is found again, and watched again.
        terminal.press("F10")
        terminal.see("Runs  1")
        terminal.press("/")
        terminal.type("sandwiches")
        terminal.press("Enter")
        terminal.see("/ sandwiches", "✓ ")
        terminal.press("Space")
        terminal.see("space Play", "Benjamin")
        terminal.press("S-Right")
        terminal.see("Answer · from")
        terminal.press("Escape")
        terminal.see("x Export", "Runs  1")

        # It is exported, as a page.
        terminal.press("x")
        terminal.see("Export as")
        terminal.type("page")
        terminal.press("Enter")
        terminal.see("Export to")
        terminal.press("Enter")
        terminal.see("Exported to", without="Export to")

        # And forked from the start, which makes a second run.
        terminal.press("f")
        terminal.see("Fork run")
        terminal.press("C-o")
        terminal.see("round 1 of 3", "Next question (queued)")
        terminal.press("F8")
        terminal.see("stopped")
        terminal.press("C-q")
        terminal.see("left with 0")

    runs = sorted((roundtable_home / "runs").glob("*/events.jsonl"))
    headers = [json.loads(run.read_text().split("\n")[0]) for run in runs]
    assert [header["question"] for header in headers] == [QUESTION, QUESTION]
    assert sum(bool(header.get("parent")) for header in headers) == 1
    told = "".join(run.read_text() for run in runs)
    assert "in one sentence, please" in told
    assert "Harper the baker" in told
    pages = [*tmp_path.rglob("*.html"), *roundtable_home.rglob("*.html")]
    assert len(pages) == 1
    assert "sandwiches" in pages[0].read_text()
