"""The folder of a bench that somebody else has changed: read as far as it is one, in lines for the user."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import summarize
from roundtable_tui.bench.output.html_page import render_page
from roundtable_tui.bench.output.table import render_table, render_topics
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.bench.results import RESULTS_FILE, ResultRow, make_key
from roundtable_tui.bench.saved import SavedBench, load_bench, load_rows, save_bench
from roundtable_tui.errors import RoundtableError

ODD: tuple[Any, ...] = (
    None, True, -1, 1e308, 10**400, float("nan"), float("inf"), "", [], {}, [["x"]], {"a": 1}, "\ud800",
)  # fmt: skip
EVIL = "\x1b]0;owned\x07\u202e<script>alert(1)</script>\" onload='x' <img src=x>"
PRINT: dict[str, dict[str, Any]] = {"single": {"mode": "single"}, "pro": {"mode": "pro"}}


def question(text: str = "6 * 7?", ident: str = "q", topic: str = "sums") -> BenchQuestion:
    return BenchQuestion(ident, text, (AnswerCheck("number", ("42",)),), topic=topic)


def row(one: BenchQuestion, arm: str, text: str = "42") -> ResultRow:
    return ResultRow(
        make_key(one, PRINT[arm], 0),
        one.id,
        arm,
        0,
        True,
        1.0,
        text,
        "42",
        10,
        1,
        1.0,
        answer=text,
        reason=text,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one = question()
    save_bench(tmp_path, SavedBench((one,), parse_arms("single,pro"), 1, 1, PRINT))
    rows = [row(one, "single"), row(one, "pro")]
    (tmp_path / RESULTS_FILE).write_text("".join(json.dumps(each.to_dict()) + "\n" for each in rows))
    return tmp_path


def show(folder: Path) -> str:
    bench = load_bench(folder)
    results = bench.collect(load_rows(folder))
    table = summarize(results)
    return render_table(table) + render_topics(table) + render_page(results, table)


def test_rows_with_any_odd_value_are_left_out_or_shown(folder: Path) -> None:
    lines = (folder / RESULTS_FILE).read_text().splitlines()
    for name in json.loads(lines[0]):
        for value in ODD:
            changed = json.loads(lines[0]) | {name: value}
            (folder / RESULTS_FILE).write_text(json.dumps(changed) + "\n" + lines[1] + "\n")
            shown = show(folder)
            assert "pro" in shown and "nan" not in shown.split("<svg")[-1].split("</svg>")[0], (name, value)


@pytest.mark.parametrize("part", ["bench", "question", "check"])
def test_description_with_any_odd_value_is_read_or_refused_in_one_line(folder: Path, part: str) -> None:
    path = folder / "bench.json"
    text = path.read_text()
    for name in {
        "bench": json.loads(text),
        "question": question().to_dict(),
        "check": {"grader": 1, "gold": 1},
    }[part]:
        for value in ODD:
            data = json.loads(text)
            changed = {
                "bench": data, "question": data["questions"][0], "check": data["questions"][0]["checks"][0]
            }[part]  # fmt: skip
            changed[name] = value
            path.write_text(json.dumps(data))
            try:
                show(folder)
            except RoundtableError as error:
                assert "\n" not in str(error) and "\x1b" not in str(error)


class Tags(HTMLParser):
    """Collects what a page has that a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        acts = [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")]
        self.found += [tag] * (tag in ("script", "img", "iframe", "object", "a")) + acts


def test_page_of_hostile_names_topics_and_answers_has_only_text(tmp_path: Path) -> None:
    one = question(EVIL, ident=EVIL, topic=EVIL)
    save_bench(tmp_path, SavedBench((one,), parse_arms("single,pro"), 1, 1, PRINT))
    rows = [row(one, arm, EVIL) for arm in ("single", "pro")]
    (tmp_path / RESULTS_FILE).write_text("".join(json.dumps(each.to_dict()) + "\n" for each in rows))
    results = load_bench(tmp_path).collect(load_rows(tmp_path))
    page = render_page(results, summarize(results), EVIL)
    tags = Tags()
    tags.feed(page)
    assert tags.found == [] and "&lt;script&gt;alert(1)" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page + render_table(summarize(results)))
