"""However a stream is cut into pieces, it looks the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.torture import examples
from tests.support.transcript import fed, rows, width_of

WORDS = [
    *(
        "word",
        "a",
        "longerword",
        "averyveryverylongwordthatfitsnowhereatall",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
    ),
    *(
        "# ",
        "## ",
        "- ",
        "* ",
        "1. ",
        "12) ",
        "> ",
        ">> ",
        "---",
        "```",
        "```py\n",
        "~~~~",
        "    ",
        "`",
        "``",
        "**",
    ),
    *(
        "*",
        "_",
        "~~",
        "[",
        "](",
        ")",
        "https://e.org/x",
        "|",
        "| a | b |",
        "|---|:-:|",
        "---|---",
        "\\",
        "&amp;",
    ),
    *(
        "<b>",
        "</b>",
        "- [x] ",
        "日本語、",
        "「",
        "。",
        "👩\u200d👩\u200d👧",
        "❤",
        "\ufe0f",
        "e\u0301",
        "\u200d",
        "<br>",
    ),
    *(
        "\x1b[31m",
        "\x9b",
        "\x07",
        "\u202e",
        "é—…",
        "def f(x): # y\n",
        "\n| c | dd |\n|--:|---|\n| one | two **b** |\n",
    ),
]
CUTS = st.lists(st.integers(0, 400), max_size=12)
MARKDOWN = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=60).map("".join),
    st.text(max_size=80),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=40).map("".join),
)


def split(text: str, cuts: list[int]) -> list[str]:
    places = sorted({min(cut, len(text)) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=examples(150), deadline=None)
@given(MARKDOWN, CUTS, st.integers(10, 60), st.booleans())
def test_text_part_any_split_gives_same_rows(text: str, cuts: list[int], width: int, reasoning: bool) -> None:
    whole = rows(fed([text], width, reasoning=reasoning))
    assert rows(fed(split(text, cuts), width, reasoning=reasoning)) == whole
    assert rows(fed(list(text), width, reasoning=reasoning)) == whole


@settings(max_examples=examples(100), deadline=None)
@given(MARKDOWN, CUTS, st.integers(1, 60), st.integers(1, 60))
def test_document_rewrap_gives_same_rows_as_first_wrap(
    text: str, cuts: list[int], before: int, width: int
) -> None:
    made = fed(split(text, cuts), 10 + before)
    made.set_width(10 + width)
    assert rows(made) == rows(fed([text], 10 + width))


@settings(max_examples=examples(150), deadline=None)
@given(MARKDOWN, st.integers(10, 60))
def test_document_any_text_gives_sanitized_rows_within_width(text: str, width: int) -> None:
    for row in rows(fed([text], width)):
        assert width_of(row) <= width
        shown = "".join(piece for piece, _ in row[0])
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in shown)


def test_text_part_half_surrogate_pair_waits_for_other_half() -> None:
    assert rows(fed(["a \ud83d", "\ude00 b"])) == rows(fed(["a 😀 b"]))
