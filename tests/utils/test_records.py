"""Records of JSONL and CSV files: a wrong line is a record with a problem, and the others are still read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from roundtable_tui.errors import FileError
from roundtable_tui.utils.files import is_within
from roundtable_tui.utils.texts.records import MAX_WRONG_LINES, Record, iter_csv_rows, iter_json_lines

FILE = Path("asked.csv")


def read_csv(text: str, implied: Sequence[str] = ()) -> list[Record]:
    return list(iter_csv_rows(io.StringIO(text, newline=""), FILE, 1000, implied_header=lambda row: implied))


def test_iter_json_lines_wrong_lines_are_records_with_a_problem() -> None:
    found = list(iter_json_lines(['{"a": 1}\n', "\n", "[1]\n", '{"a": \n', "[" * 100_000]))
    assert found[0] == Record("line 1", {"a": 1})
    assert [one.place for one in found] == ["line 1", "line 3", "line 4", "line 5"]
    assert found[1].problem == "is not a JSON object"
    assert found[2].problem.startswith("is not JSON: Expecting value at column ")
    assert "nested" in found[3].problem


def test_iter_csv_rows_takes_the_separator_of_the_first_line() -> None:
    found = read_csv('question;answer\n"one;\ntwo";2\n;\nshort\n')
    assert [(one.place, dict(one.data), one.problem) for one in found] == [
        ("line 2", {"question": "one;\ntwo", "answer": "2"}, ""),
        ("line 5", {}, "has 1 columns instead of 2"),
    ]


def test_iter_csv_rows_implied_header_keeps_the_first_row() -> None:
    assert [dict(one.data) for one in read_csv("1,2\n3,4\n", ("a", "b"))] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_iter_csv_rows_broken_quotes_are_a_record_with_a_problem() -> None:
    found = read_csv('a,b\n"1"x,2\n3,4\n')
    assert found[0].problem.startswith("is not CSV: ") and dict(found[-1].data) == {"a": "3", "b": "4"}


def test_iter_csv_rows_two_columns_of_one_name_raise() -> None:
    with pytest.raises(FileError, match="has two columns 'a'"):
        read_csv("a,a\n1,2\n")


def test_is_within_follows_links_of_both(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    (tmp_path / "same").symlink_to(inside)
    assert is_within(inside / "new.txt", tmp_path / "same") and is_within(inside, inside)
    assert not is_within(inside / "link" / "a.txt", inside)


def test_iter_json_lines_with_too_many_wrong_lines_raises_with_the_file() -> None:
    lines = [*["["] * MAX_WRONG_LINES, '{"a": 1}']
    assert list(iter_json_lines(lines))[-1].data == {"a": 1}
    with pytest.raises(FileError, match=r"a.jsonl: is not a file of JSON objects: more than 10,000 lines"):
        list(iter_json_lines(["[", *lines], Path("a.jsonl")))
