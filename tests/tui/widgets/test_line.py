from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.css.styles import RulesMap
from textual.style import Style
from textual.visual import RenderOptions

from roundtable_tui.tui.widgets.forms.line import SplitLine


def drawn(left: str, right: str, width: int) -> str:
    options = RenderOptions(lambda style: style if isinstance(style, Style) else Style(), RulesMap())
    strips = SplitLine(Content(left), Content(right)).render_strips(width, 1, Style(), options)
    return "".join(strip.text for strip in strips)


@pytest.mark.parametrize(
    ("left", "right", "row"),
    [
        ("qwen3:8b", "5 GB", "qwen3:8b              5 GB"),
        ("a-model-of-a-very-long-name", "5 GB", "a-model-of-a-very-l…  5 GB"),
        ("Agathe", "beekeeper of a small abbey", "Agathe  beekeeper of a sm…"),
        ("a name that is long", "a hint that is long", "a name that…  a hint that…"),
        ("alone", "", "alone"),
    ],
)
def test_split_line_long_end_is_cut(left: str, right: str, row: str) -> None:
    assert drawn(left, right, 26) == row


@given(st.text("aé漢🙂 ", max_size=40), st.text("b漢", max_size=40), st.integers(1, 60))
def test_split_line_any_texts_fit_width(left: str, right: str, width: int) -> None:
    assert Content(drawn(left, right, width)).cell_length <= width
