from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.cli import runs as runs_command
from roundtable_tui.utils import dates as moment_module
from roundtable_tui.utils import paths
from roundtable_tui.utils.dates import format_date, format_relative, parse_end, parse_time
from tests.support.cli_run import CommandResult
from tests.support.record_builder import copy_demo_run, write_raw_record, write_run

Runs = Callable[..., Any]


def test_runs_help_describes_every_action(runs: Runs) -> None:
    assert all(action in runs("--help").out for action in runs_command.ACTIONS)
    for action in runs_command.ACTIONS:
        result = runs(action, "--help")
        assert result.code == 0 and f"roundtable runs {action}" in result.out


def test_runs_without_action_lists_newest(runs: Runs) -> None:
    assert runs().out == "No runs yet.\n"
    old = write_run("Of storks?", day=1, name="stork-run").name
    new = write_run("Of geese?", day=2, name="goose-run", status="failed").name
    result = runs("-n", "1")
    assert new in result.out and old not in result.out
    assert runs("list").out == runs().out
    assert runs("--status", "failed").out == runs("list", "--status", "failed").out
    assert runs("--search", "whales").out == "No matching runs.\n"
    listed = json.loads(runs("list", "--json", "--since", "2026-11-02").out)
    assert [run["run_id"] for run in listed] == [new]
    assert listed[0]["status"] == "failed" and listed[0]["path"].endswith(new)


def test_runs_search_shows_the_match(runs: Runs) -> None:
    name = write_run("Of birds?", "Where the self-play of storks is " + "told " * 50).name
    write_run("Of geese?", "x", name="2026-9")
    result = runs("search", "self-play")
    assert name in result.out and "self-play of storks" in result.out and "2026-9" not in result.out
    found = json.loads(runs("search", "storks", "--json").out)
    assert found[0]["run_id"] == name and "storks" in found[0]["found"]
    assert runs("search", "whales").out == "No matching runs.\n"
    assert runs("search", '"of birds"').out == runs("search", "birds").out != ""


def test_runs_unreadable_record_is_listed_and_rejected(runs: Runs) -> None:
    write_raw_record("odd", b"[1]\n")
    assert "unreadable" in runs().out
    result = runs("show", "odd")
    assert (result.code, result.out) == (2, "") and "not the record of a run" in result.err
    write_raw_record("newer", b'{"type":"run_started","version":99}\n')
    assert "newer version" in runs("replay", "newer").err


def test_runs_show_prints_transcript_or_turns(runs: Runs) -> None:
    copy_demo_run("debate")
    assert runs("show").out.startswith("# ")
    turns = json.loads(runs("show", "--turns", "--json").out)
    assert {"turn", "text", "status"} <= turns[0].keys()
    assert turns[0]["turn"] in runs("show", "--turns").out
    assert json.loads(runs("show", "--json").out)["turns"] == turns


def test_runs_replay_prints_turns_one_after_another(runs: Runs) -> None:
    folder = copy_demo_run("debate")
    result = runs("replay", "last", "--speed", "instant")
    assert result.code == 0 and "[[ANSWER" not in result.out
    for words in ("Harper:\n", "Captain decides", "Answer:", "done in"):
        assert words in result.out
    report = json.loads(runs("show", "--json").out)
    whole = " ".join(result.out.split())
    for turn in report["turns"]:
        last = " ".join(turn["text"].split("]]")[-1].split())
        assert last in whole, f"all of {turn['turn']} is told"
    assert not list(folder.glob("*.md")), "a replay changes nothing"


def test_runs_replay_parallel_turns_are_not_mixed(runs: Runs) -> None:
    copy_demo_run("pro")
    out = runs("replay", "--speed", "instant").out
    report = json.loads(runs("show", "--json").out)
    for turn in report["turns"]:
        body = turn["text"].split("\n[[")[0].strip()
        assert body.split("\n")[0] in out


def test_runs_replay_events_are_printed_in_time(runs: Runs) -> None:
    write_run()
    begun = time.monotonic()
    told = [json.loads(line) for line in runs("replay", "--events", "--speed", "40").out.splitlines()]
    assert time.monotonic() - begun >= 0.09, "four seconds of it, forty times as fast"
    assert [event["type"] for event in told][:2] == ["run_started", "phase_started"]
    assert told[-1]["type"] == "run_finished"


@pytest.mark.parametrize("typed", ["0", "-1", "fast", "nan", "inf2", "1e9", ""])
def test_runs_replay_invalid_speed_is_rejected(runs: Runs, typed: str) -> None:
    write_run()
    result = runs("replay", f"--speed={typed}")
    assert result.code == 2 and "--speed should be a number from 0.05 to 1000, or instant" in result.err


def test_runs_replay_interrupted_run_is_printed_to_its_end(runs: Runs) -> None:
    folder = write_run("q", "half a sentence", status="", name="2026-1")
    path = folder / "events.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:5]) + lines[5][:20])
    assert "half a" in runs("replay", "--speed", "instant").out


def test_runs_resume_and_fork_continue_the_run(runs: Runs, here: Path) -> None:
    folder = copy_demo_run("debate", "20261102-120000-debate-aaaaaa")
    path = folder / "events.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[:-3]) + "\n")
    result = runs("resume", "aaaaaa", "--quiet")
    assert result.code == 0 and result.out.strip()
    assert "is complete" in runs("resume", "aaaaaa").err
    (here / "a.txt").write_text("Ultramarine.\n")
    forked = runs("fork", "aaaaaa", "--answer", "harper.1=a.txt", "--option", "max-rounds=1", "--json")
    report = json.loads(forked.out)
    assert forked.code == 0 and report["run_id"] != folder.name
    edited = next(turn for turn in report["turns"] if turn["turn"] == "harper.1")
    assert (edited["text"], edited["finish_reason"]) == ("Ultramarine.", "edited")
    changes = ("--persona", "captain=Ada", "--model", "lucas=demo-small")
    other = runs("fork", "aaaaaa", "--turn", "captain.1", *changes, "--events")
    told = [json.loads(line) for line in other.out.splitlines()]
    assert told[0]["parent"] and any(event["type"] == "seat_changed" for event in told)
    started = {event["turn"] for event in told if event["type"] == "turn_started"}
    assert "captain.1" in started and "harper.1" not in started


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--persona", "harper"], "--persona harper is not a pair. Use the form --persona SEAT=NAME."),
        (["--persona", "harper=Nobody"], "there is no persona called Nobody"),
        (["--answer", "harper.1=gone.txt"], "gone.txt: cannot be read"),
        (["--turn", "nobody.1"], "there is no turn nobody.1 in this run"),
        (["--json", "--events"], "--json and --events cannot be combined"),
        (["--option", "max_rounds=no"], "max_rounds of mode debate should be"),
    ],
)
def test_runs_fork_wrong_usage_prints_one_line(runs: Runs, words: list[str], why: str) -> None:
    folder = copy_demo_run("debate")
    result = runs("fork", "last", *words)
    assert result.code == 2 and result.out == "" and why in result.err and result.err.count("\n") == 1
    assert [path.name for path in paths.runs_dir().iterdir() if path.name[0] != "."] == [folder.name]


def test_runs_fork_empty_edited_answer_is_rejected(runs: Runs, here: Path) -> None:
    copy_demo_run("debate")
    (here / "a.txt").write_text("\n")
    assert "Write the answer into it" in runs("fork", "--answer", "harper.1=a.txt").err


def test_runs_export_writes_formats(runs: Runs, here: Path) -> None:
    folder = copy_demo_run("debate")
    assert runs("export").out == runs("export", "--format", "md").out
    assert runs("export", "--format", "html").out.startswith("<!DOCTYPE html>")
    assert json.loads(runs("export", "--format", "json").out)["mode"] == "debate"
    result = runs("export", "last", "--out", "page.html")
    assert result.out == "" and result.err == "Written: page.html\n"
    assert (here / "page.html").read_text().startswith("<!DOCTYPE html>")
    runs("export", "last", "--format", "json", "--out", ".")
    (found,) = here.glob("*.json")
    assert found.name.endswith(f"-{folder.name[-6:]}.json")
    runs("export", "last", "--out", "x.cast", "--size", "60x15", "--speed", "instant")
    assert json.loads((here / "x.cast").read_text().splitlines()[0])["width"] == 60
    assert "unknown format: pdf" in runs("export", "--format", "pdf").err
    for size in ("80", "80x", "9x9", "axb", "1000x20"):
        assert runs("export", "--format", "cast", "--size", size).code == 2
    assert "cannot be written" in runs("export", "--out", "/proc/none/x.md").err


def test_runs_rename_delete_and_restore_change_the_run(runs: Runs) -> None:
    name = write_run("Of storks?", name="2026-1").name
    other = write_run("Of geese?", name="2026-2").name
    before = (paths.runs_dir() / name / "events.jsonl").read_bytes()
    assert "Of storks?" in runs().out, "it is in the index under its question"
    assert runs("rename", name, "All", "of", "storks").out == "Title set: All of storks\n"
    assert "All of storks" in runs("search", "storks").out and "All of storks" in runs().out
    assert (paths.runs_dir() / name / "events.jsonl").read_bytes() == before
    assert "restore 2026-1" in runs("delete", name).out
    assert "storks" not in runs().out and "2026-1" in runs("list", "--deleted").out
    assert json.loads(runs("list", "--deleted", "--json").out)[0]["run_id"] == name
    assert runs("delete", "--undo").code == 0 and "All of storks" in runs().out
    assert "2 runs deleted" in runs("delete", name, other).out
    assert runs().out == "No runs yet.\n"
    assert runs("restore", "2026-1").code == 0
    again = runs("restore", "2026-1")
    assert again.code == 2 and "deleted run not found: 2026-1" in again.err
    assert "1 run deleted permanently" in runs("delete", "--forever", other).out
    assert runs("list", "--deleted").out == "The trash is empty.\n"
    assert "deleted permanently" in runs("delete", "--forever", name).out
    assert not list(paths.runs_dir().rglob("events.jsonl"))


def test_runs_delete_other_folder_is_rejected(runs: Runs, tmp_path: Path) -> None:
    theirs = write_run(name="2026-1").rename(tmp_path / "theirs")
    result = runs("delete", str(theirs))
    assert result.code == 2 and "outside of the folder of runs" in result.err and theirs.is_dir()


def test_last_is_the_run_that_ended_last_whatever_its_name(runs: Runs) -> None:
    for at, name in enumerate(("20261101-120000-pro-zzz", "20261101-120000-debate-aaa", "20261101-115959-x")):
        os.utime(write_run(f"Of {name[-3:]}?", name=name) / "events.jsonl", (at + 9, at + 9))
    assert "Of 9-x?" in runs("show", "last").out


def test_runs_unique_part_of_an_id_selects_the_run(runs: Runs) -> None:
    for name in ("20261101-120000-pro-aaa111", "20261101-130000-pro-bbb222"):
        write_run(f"Of {name[-6:]}?", name=name)
    assert "aaa111" in runs("show", "aaa111").out and "bbb222" in runs("show", "last").out
    assert "2 runs start with 2026110" in runs("show", "2026110").err
    assert "2 runs contain pro" in runs("show", "pro").err
    assert "run not found: ../x" in runs("show", "../x").err


class AtNoon(datetime):
    """A clock that stands still: between two readings of a real one a day can end."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> AtNoon:
        return cls(2026, 11, 20, 12, tzinfo=tz)


def test_dates_parse_and_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment_module, "datetime", AtNoon)
    noon = parse_time("2026-11-20 12:00")
    assert format_date(noon) == "2026-11-20 12:00" and parse_time("2026-11-20") == noon - 12 * 3600
    assert [format_relative(noon - s, noon) for s in (1, 61, 3 * 3600, 30 * 3600)] == [
        "just now", "1 min ago", "today 09:00", "yest. 06:00",
    ]  # fmt: skip
    assert (
        format_relative(noon - 60 * 86400, noon) == "21 Sep 12:00"
        and format_relative(noon - 600 * 86400, noon) == "30 Mar 2025"
    )
    assert all(len(format_relative(noon - 3.7**n, noon)) <= 12 for n in range(15))
    assert (format_relative(0), format_date(-5), format_date(1e18)) == ("", "", "")
    assert parse_time("today") - parse_time("yesterday") in (86400, 82800, 90000)
    assert abs(parse_time("7d") - (noon - 7 * 86400)) < 3700
    assert moment_module._local_time(1.0) is not None


@pytest.mark.parametrize("typed", ["", "soon", "99999d", "2026-13-01", "-1d", "7 y", "20261120T"])
def test_runs_since_invalid_time_is_rejected(runs: Runs, typed: str) -> None:
    result = runs("list", f"--since={typed or ' '}")
    assert result.code == 2 and "not a valid time: " in result.err


def test_parse_end_of_a_day_includes_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment_module, "datetime", AtNoon)
    assert parse_end("today") > AtNoon.now().timestamp() >= parse_time("today")
    assert parse_end("yesterday") == parse_time("today")
    assert parse_end("2026-11-20") == parse_time("2026-11-21")
    assert parse_end("2026-11-20 16:30") == parse_time("2026-11-20 16:30")


def test_runs_list_shows_the_outcome_and_show_the_limit_of_an_answer(
    cli_run: Callable[..., CommandResult],
) -> None:
    # A written example: generated answers would depend on the order of arrival.
    assert cli_run("ask", "--demo", "--task", "maths", "--answer-tokens", "9000").code == 0
    (row,) = json.loads(cli_run("runs", "list", "--json").out)
    assert (row["status"], row["outcome"]) == ("complete", "agreed 3 of 3")
    assert "done, agreed 3 of 3" in cli_run("runs", "list").out
    assert "limit of an answer: about 9,000 tokens" in cli_run("runs", "show", "--report").out
