"""Markdown within a line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.tui.widgets.transcript.markdown.inline import lex_inline
from roundtable_tui.tui.widgets.transcript.styles import Attr
from tests.support.torture import examples

B, I, S, C, L, T = Attr.BOLD, Attr.ITALIC, Attr.STRIKE, Attr.CODE_SPAN, Attr.LINK, Attr.TARGET  # noqa: E741


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("plain text, 5 * 3 * 2 = 30", [("plain text, 5 * 3 * 2 = 30", 0)]),
        ("a **b** c", [("a ", 0), ("b", B), (" c", 0)]),
        ("*a* and _b_", [("a", I), (" and ", 0), ("b", I)]),
        ("***both***", [("both", B | I)]),
        ("*a **b** c*", [("a ", I), ("b", I | B), (" c", I)]),
        ("**a *b* c**", [("a ", B), ("b", I | B), (" c", B)]),
        ("~~gone~~ ~not~", [("gone", S), (" ~not~", 0)]),
        ("snake_case_name", [("snake_case_name", 0)]),
        ("**“quoted”**文字", [("“quoted”", B), ("文字", 0)]),
        ("**Note:**text", [("Note:", B), ("text", 0)]),
        ("2 ** 3", [("2 ** 3", 0)]),
        ("`a *b* c`", [("a *b* c", C)]),
        ("`` a`b ``", [("a`b", C)]),
        ("lonely ` tick and ``two", [("lonely ` tick and ``two", 0)]),
        ("**never closed", [("**never closed", 0)]),
        (r"\*no\* \# \( kept \)", [(r"*no* # \( kept \)", 0)]),
        ("&lt;tag&gt; &amp; &unknown;", [("<tag> & &unknown;", 0)]),
        ("<b>bold</b> and <i>", [("bold", B), (" and <i>", 0)]),
        ("[text](https://e.org/a_(b))", [("text", L), (" (https://e.org/a_(b))", T)]),
        ("[https://e.org](https://e.org)", [("https://e.org", L)]),
        ("[bad](javascript:alert(1))", [("bad", 0), (" (javascript:alert(1))", T)]),
        ("![pic](https://e.org/p.png)", [("▣ pic", L), (" (https://e.org/p.png)", T)]),
        ("at https://e.org/x). Then", [("at ", 0), ("https://e.org/x", L), ("). Then", 0)]),
        ("<https://e.org>", [("https://e.org", L)]),
        ("[1] and [not a link]", [("[1] and [not a link]", 0)]),
    ],
)
def test_lex_inline_markup_gives_text_and_spans(source: str, pieces: list[tuple[str, int]]) -> None:
    shown = lex_inline(source)
    assert _pieces(shown.text, shown.spans) == pieces


def _pieces(text: str, spans: tuple[tuple[int, int, int], ...]) -> list[tuple[str, int]]:
    out: list[tuple[str, int]] = []
    at = 0
    for start, end, look in spans:
        assert at <= start < end <= len(text)
        if start > at:
            out.append((text[at:start], 0))
        out.append((text[start:end], look))
        at = end
    return [*out, (text[at:], 0)] if at < len(text) else out


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("see **bold so f", "see bold so f", ((4, 13, B),)),
        ("see `code so f", "see code so f", ((4, 13, C),)),
        ("ends in a star *", "ends in a star ", ()),
        ("a link [text](https://e.o", "a link ", ()),
        ("2**3 is not bold", "2**3 is not bold", ()),
    ],
)
def test_lex_inline_growing_line_hides_incomplete_markers(
    source: str, text: str, spans: tuple[tuple[int, int, int], ...]
) -> None:
    shown = lex_inline(source, growing=True)
    assert (shown.text, shown.spans) == (text, spans)


def test_lex_inline_links_lists_http_targets_only() -> None:
    shown = lex_inline("[a](http://e.org) [b](file:///etc/passwd) [c](ftp://e.org) https://f.org")
    assert [target for _, _, target in shown.links] == ["http://e.org", "https://f.org"]


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.sampled_from(["*", "**", "_", "~~", "`", "[", "](", ")", "a", " ", "\\", "<b>", "</b>", "é"]))
)
def test_lex_inline_any_text_gives_ordered_spans_within_text(parts: list[str]) -> None:
    for growing in (False, True):
        shown = lex_inline("".join(parts), growing=growing)
        assert "".join(text for text, _ in _pieces(shown.text, shown.spans)) == shown.text
