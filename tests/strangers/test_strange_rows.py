"""Files of rows from strangers (batches, questions, personas), and attachments: a bounded cost, one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.attachments.read import MAX_ATTACHMENTS, read_attachments
from roundtable_tui.batch.tasks.model import BatchTask
from roundtable_tui.batch.tasks.read import iter_tasks
from roundtable_tui.bench.questions.read import read_questions
from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources.importing.read import read_foreign_file
from tests.support.cpu_cost import measure_cost

MAX_COST = 80.0
"""In units of `measure_cost`: a few seconds."""
"""Of each file; before they were bounded, each took more than ten or had no end."""
COLUMNS = ",".join(f"c{n}" for n in range(60_000))
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def read_batch(path: Path) -> str:
    return "; ".join(str(getattr(one, "problem", "")) for one in iter_tasks(path))


READERS: dict[str, Callable[[Path], Any]] = {
    "batch": read_batch, "bench": read_questions, "import": read_foreign_file,
}  # fmt: skip
CASES: list[tuple[str, str, str | Callable[[], str], str]] = [
    (
        "batch",
        "a.jsonl",
        lambda: json.dumps({"question": "x"} | {f"questio{n}": 1 for n in range(60_000)}),
        "has more than 1,000 keys",
    ),
    ("batch", "a.csv", COLUMNS + "\nx\n", "has 60,000 columns"),
    (
        "batch",
        "a.jsonl",
        json.dumps({"question": "x", "options": '{"a":' * 5000}),
        "options is not valid JSON",
    ),
    ("bench", "a.csv", COLUMNS + "\nx\n", "has 60,000 columns"),
    ("bench", "a.yaml", BOMB + "questions:\n- {question: x, answer: *a8}\n", "with its aliases"),
    ("bench", "a.yaml", BOMB + "questions:\n- {question: x, answer: 1, schema: *a8}\n", "with its aliases"),
    ("bench", "a.yaml", "questions: &q\n- question: x\n  answer: *q\n", "with its aliases"),
    ("bench", "a.yaml", "[" * 3000, "nested more than 64 levels deep"),
    ("bench", "a.yaml", lambda: "- {question: x, answer: 1}\n" * 80_000, "is too large"),
    ("import", "a.csv", COLUMNS + "\n" + "x\n" * 100, "has 60,000 columns"),
    ("import", "a.csv", lambda: "act,prompt\n" + "a,b\n" * 300_000, "holds more than 500 personas"),
    (
        "import",
        "a.json",
        lambda: json.dumps({str(n): "x" for n in range(300_000)}),
        "holds more than 500 personas",
    ),
    ("import", "a.json", lambda: "[" + '{"name": "a"},' * 600_000 + "1]", "is too large"),
]


def read_to_line(kind: str, path: Path) -> str:
    try:
        return str(READERS[kind](path))
    except RoundtableError as error:
        return str(error)


@pytest.mark.parametrize(("kind", "name", "text", "said"), CASES, ids=[f"{c[0]} {c[3]}" for c in CASES])
def test_file_of_rows_is_refused_at_a_bounded_cost(
    here: Path, kind: str, name: str, text: str | Callable[[], str], said: str
) -> None:
    path = here / name
    path.write_text(text() if callable(text) else text, encoding="utf-8")
    line, cost = measure_cost(lambda: read_to_line(kind, path))
    assert cost <= MAX_COST
    assert said in line and "\n" not in line and "\x1b" not in line


def test_attachments_beyond_the_limit_are_not_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [here / f"{n}.txt" for n in range(MAX_ATTACHMENTS + 1)]
    for path in given[:-1]:
        path.write_text("x", encoding="utf-8")
    with pytest.raises(RoundtableError, match="at most 50 files can be attached"):
        read_attachments(given)  # The last one is not there: it would be another error.


def test_picture_in_vectors_behind_another_suffix_is_named_by_its_kind(here: Path) -> None:
    (here / "notes.txt").write_text("<?xml version='1.0'?><svg xmlns='x'/>", encoding="utf-8")
    with pytest.raises(RoundtableError, match="is a picture of the kind SVG"):
        read_attachments([here / "notes.txt"])


@pytest.mark.parametrize(
    "record",
    [
        {"question": "x", "mode": "chain", "options": {"file": "PRIVATE"}},
        {"question": "x", "mode": "chain", "options": "file=PRIVATE"},
        {"question": "x", "options": {"file": "../me/id_rsa"}},
        {"question": "x", "options": {"file": "link.txt"}},
        {"question": "x", "mode": "fanout", "options": {"out": "ELSEWHERE"}},
        {"question": "x", "mode": "pipeline", "options": {"stages": [{"options": {"file": "PRIVATE"}}]}},
        {"task": "ELSEWHERE"},
        {"task": "../me/elsewhere", "question": "x"},
        {"custom_id": "a", "body": {
            "model": "roundtable/chain:file=PRIVATE", "messages": [{"role": "user", "content": "x"}]}},
        {"custom_id": "a", "body": {
            "model": "m", "messages": [{"role": "user", "content": "x"}], "roundtable": {"task": "ELSEWHERE"},
        }},
    ],
)  # fmt: skip
def test_row_of_a_batch_names_no_file_or_folder_outside_of_its_own(
    here: Path, private: Path, elsewhere: Path, record: dict[str, Any]
) -> None:
    (here / "link.txt").symlink_to(private)
    (elsewhere / "questions.txt").write_text("x\n")
    line = json.dumps(record).replace("PRIVATE", str(private)).replace("ELSEWHERE", str(elsewhere))
    (here / "rows.jsonl").write_text(line + "\n")
    (found,) = iter_tasks(here / "rows.jsonl")
    problem = getattr(found, "problem", "it is a task")
    assert re.search("is outside the folder of this file|names an output folder", problem)


def test_row_of_a_batch_may_name_files_beside_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = here / "rows"
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "questions.txt").write_text("Why?\n")
    rows: list[dict[str, Any]] = [
        {"question": "x", "options": {"file": "a.txt"}},
        {"task": "./mine"},
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(here)
    first, second = (one for one in iter_tasks(Path("rows/rows.jsonl")) if isinstance(one, BatchTask))
    assert first.fields["options"] == {"file": str(folder / "a.txt")}
    assert second.fields["task"] == str(folder / "mine") and second.question == "Why?"
