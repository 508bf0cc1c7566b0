"""Whatever a text holds, a Markdown file of ours keeps its own headings, rules and code blocks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from roundtable_tui.utils.markdown import escape_block, escape_inline, format_code
from tests.support.torture import examples


def structure(markdown: str) -> list[tuple[str, str]]:
    """Return the headings and rules at the top of a document, as a Markdown reader sees them."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    found = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.level == 0 and token.type in ("heading_open", "hr", "html_block"):
            found.append(
                (token.type + token.tag, after.content if after and token.type == "heading_open" else "")
            )
    return found


OURS = [("heading_openh2", "Creator"), ("heading_openh2", "Scriber"), ("hrhr", "")]


def within(text: str) -> str:
    return f"## Creator\n\n{escape_block(text)}\n\n## Scriber\n\nDone.\n\n---\n"


HOSTILE = [
    "# Turn 3",
    "Turn 3\n===",
    "Turn 3\n-",
    "Turn 3\n=",
    "---",
    "- - -",
    "* * *",
    "___",
    "   ## Creator",
    "#\n##",
    "```python\n# Turn 3\n---",
    "~~~\n```\n# Turn 3",
    "```\ncode\n```\n# Turn 3",
    "```` \n```\n# Turn 4",
    "<!-- the rest is gone",
    "<script>\n\n# Turn 3",
    "<details>",
    "- a\n  - b\n# Turn 3",
    "> quoted\n# Turn 3",
    "1. one\n\n   # Turn 3\n# Turn 4",
    "\t# Turn 3",
    "a | b\n--- | ---\n# x",
    "\x1b[2J# Turn 3",
    "\u2028# Turn 3",
    "-",
    "`````",
    "``` `\n# Turn 3",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_escape_block_any_text_keeps_structure(text: str) -> None:
    assert structure(within(text)) == OURS
    shifted = f"## Creator\n\n{escape_block(text, by_line=True)}\n\n## Scriber\n\nDone.\n\n---\n"
    assert structure(shifted) == OURS
    starts = [line for line in shifted.split("\n") if re.match(r"#|-+ *$", line)]
    assert starts == ["## Creator", "## Scriber", "---"]


@settings(max_examples=examples(300), deadline=None)
@given(st.text(alphabet=st.sampled_from("#`~-=*_<>!a \n\t|"), max_size=60))
def test_escape_block_markdown_like_text_keeps_structure(text: str) -> None:
    assert structure(within(text)) == OURS


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a `List<String>` and <b>", "a `List<String>` and \\<b>"),
        ("a ``x ` <i>`` <b>", "a ``x ` <i>`` \\<b>"),
        ("not code: \\`<b>\\`", "not code: \\`\\<b>\\`"),
        ("escaped \\<b>", "escaped \\<b>"),
        ("a ` b\nc ` <b> ` d\n\n`<i>`", "a ` b\nc ` \\<b> ` d\n\n`<i>`"),
    ],
)
def test_escape_block_with_code_spans_escapes_tags_outside_them(text: str, escaped: str) -> None:
    assert escape_block(text) == escaped


def has_inline_html(markdown: str) -> bool:
    tokens = MarkdownIt("commonmark").parse(markdown)
    return any(child.type == "html_inline" for token in tokens for child in token.children or ())


@settings(max_examples=examples(500), deadline=None)
@given(st.text(alphabet=st.sampled_from("`\\<b>/! \na"), max_size=40))
def test_escape_block_of_any_text_leaves_no_html_tag(text: str) -> None:
    assert not has_inline_html(escape_block(text))


def test_escape_block_ordinary_text_is_unchanged() -> None:
    text = "One *two*.\n\n- three\n- four\n\n```\nx < y\n```\n\n1 < 2 and a | b"
    assert escape_block(text) == text


def test_escape_inline_escapes_all_markdown() -> None:
    assert escape_inline("a [b](c) *d* `e`\n<f>") == r"a \[b\](c) \*d\* \`e\` \<f\>"
    assert format_code("a `b`\nc" + "d" * 200) == "`a 'b' c" + "d" * 112 + "…`"


def headings(text: str) -> list[tuple[str, str]]:
    """Return the headings of a section below a heading of level 3."""
    return structure(f"### Ada\n\n{escape_block(text, heading=3)}\n\n### Bob\n")


OTHERS = [("heading_openh3", "Ada"), ("heading_openh3", "Bob")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# One", [("heading_openh4", "One")]),
        ("words\n\n## Two ##\nmore", [("heading_openh5", "Two")]),
        ("One\n===\n\nTwo\n---\nmore", [("heading_openh4", "One"), ("heading_openh5", "Two")]),
        ("###### Six", [("heading_openh6", "Six")]),
        ("two\nlines\n---", []),
        ("- item\n---", []),
        ("> quoted\n===", []),
        ("---", []),
        ("```\n# code\n```", []),
    ],
)
def test_escape_block_with_a_heading_shows_those_of_the_text_below_it(
    text: str, shown: list[tuple[str, str]]
) -> None:
    assert headings(text) == [OTHERS[0], *shown, OTHERS[1]]


@pytest.mark.parametrize("text", HOSTILE)
def test_escape_block_with_a_heading_keeps_structure(text: str) -> None:
    assert [
        found for found in headings(text) if found[0] not in {f"heading_openh{n}" for n in (4, 5, 6)}
    ] == OTHERS


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet=st.sampled_from("#`~-=*_<>!a \n\t|"), max_size=60))
def test_escape_block_with_a_heading_and_markdown_like_text_keeps_structure(text: str) -> None:
    test_escape_block_with_a_heading_keeps_structure(text)
