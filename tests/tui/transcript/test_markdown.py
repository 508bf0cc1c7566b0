"""Markdown by line: what rows a text has."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.widgets.transcript.markdown.code import get_family, highlight_line
from roundtable_tui.tui.widgets.transcript.styles import ROLE_MASK, Attr, Role
from tests.support.transcript import fed, rows, texts


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("one\ntwo", ["one", "two"]),
        ("\n\none\n\n\n\ntwo\n\n", ["one", "", "two"]),
        ("# A #\n## B\n####### no", ["A", "B", "####### no"]),
        ("- a\n  - b\n    * c", ["• a", "  ◦ b", "    ▪ c"]),
        ("1. a\n12) b", ["1. a", "12) b"]),
        ("- [x] done\n- [ ] open", ["✓ done", "□ open"]),
        ("> quoted\n>> deeper\n> - item", ["▎ quoted", "▎ ▎ deeper", "▎ • item"]),
        ("---\n***\n===", ["─" * 40] * 3),
        ("a\n```py\nx = 1\n\ny = 2\n```\nb", ["a", " py", " x = 1", " ", " y = 2", " ", "b"]),
        ("```\nnever closed\n# not a heading", [" ", " never closed", " # not a heading"]),
        ("~~~~\n```\n~~~~\nb", [" ", " ```", " ", "b"]),
        ("1. item\n   ```js\n   let x\n   ```", ["1. item", "    js", "    let x", "    "]),
        ("#hashtag -dash 1.5 >", ["#hashtag -dash 1.5 >"]),
        ("    indented", ["    indented"]),
        ("- an item longer than forty cells of a row", ["• an item longer than forty cells of a", "  row"]),
    ],
)  # fmt: skip
def test_document_markdown_gives_expected_rows(source: str, expected: list[str]) -> None:
    assert texts(fed([source + "\n"])) == expected


@pytest.mark.parametrize(
    "source", ["#", "##", "-", "*", "**", "1", "12.", "`", "``", "|", "|--", "- [", "- [x]"]
)
def test_document_incomplete_marker_is_hidden(source: str) -> None:
    assert texts(fed([source])) == [""]


def test_code_wrapped_line_keeps_indentation() -> None:
    code = "    call(first_argument, second_argument, third_argument)"
    assert texts(fed([f"```python\n{code}\n```\n"], 30))[1:4] == [
        "     call(first_argument,",
        "↳    second_argument,",
        "↳    third_argument)",
    ]


def test_table_columns_are_aligned() -> None:
    table = "| name | n | mid |\n|:-----|--:|:---:|\n| a | 1 | x |\n| longer | 100 | **y** |\n"
    assert texts(fed([table])) == [
        "name   │   n │ mid",
        "───────┼─────┼────",
        "a      │   1 │  x ",
        "longer │ 100 │  y ",
    ]


def test_table_without_outer_pipes_is_recognized() -> None:
    assert texts(fed(["a | b\n--- | ---\n1 | 2\n\nx | y\n"])) == ["a │ b", "──┼──", "1 │ 2", "", "x | y"]
    assert texts(fed(["a | b | c\n--- | ---\n"])) == ["a | b | c", "--- | ---"]


def test_table_wide_cells_are_wrapped_in_columns() -> None:
    table = "| word | what it means |\n|---|---|\n| sky | what is above us when we are outside |\n"
    assert [text.rstrip() for text in texts(fed([table], 30))] == [
        "word │ what it means",
        "─────┼────────────────────────",
        "sky  │ what is above us when",
        "     │ we are outside",
    ]


def test_table_too_narrow_becomes_list() -> None:
    head = "| one | two | three | four |\n|---|---|---|---|\n"
    row = "| 1 | second cell here | the third cell | fourth one |\n"
    assert texts(fed([head + row], 24)) == [
        "one · two · three · four",
        "• 1",
        "  two: second cell here",
        "  three: the third cell",
        "  four: fourth one",
    ]


def test_table_ends_after_its_last_row() -> None:
    assert texts(fed(["| a |\n|---|\n| 1 |\ntext\n| b |\n"])) == ["a", "─", "1", "text", "| b |"]


def test_document_markdown_gives_expected_roles() -> None:
    made = fed(["# H\n- i\n> q\n```py\nreturn 1  # x\n```\n"])
    roles = [[look & ROLE_MASK for _, look in pieces] for pieces, _ in rows(made)]
    assert roles[0] == [Role.HEADING_1]
    assert roles[1] == [Role.BULLET, Role.TEXT]
    assert roles[2] == [Role.BAR, Role.QUOTE]
    assert all(fill == Role.CODE for _, fill in rows(made)[3:])
    attrs = {text.strip(): look & ~ROLE_MASK for text, look in rows(made)[4][0]}
    assert (attrs["return"], attrs["1"], attrs["# x"]) == (Attr.WORD, Attr.NUMBER, Attr.REMARK)


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("python", "def f(): return 'a'", [("def", Attr.WORD), ("return", Attr.WORD), ("'a'", Attr.STRING)]),
        (
            "rust",
            "let x = 0xff; // hex",
            [("let", Attr.WORD), ("0xff", Attr.NUMBER), ("// hex", Attr.REMARK)],
        ),
        ("sql", "SELECT a -- all", [("SELECT", Attr.WORD), ("-- all", Attr.REMARK)]),
        ("diff", "+added", [("+added", Attr.STRING)]),
        ("text", "def not code", []),
        ("c", "# not a remark in C", [("not", Attr.WORD), ("in", Attr.WORD)]),
        ("bash", "echo $# # count", [("# count", Attr.REMARK)]),
    ],
)
def test_code_lines_are_highlighted(language: str, line: str, expected: list[tuple[str, int]]) -> None:
    assert [(line[a:b], look) for a, b, look in highlight_line(line, get_family(language))] == expected
