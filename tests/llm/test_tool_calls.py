"""Tool calls put together from pieces."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.chunk import ToolCallDelta
from roundtable_tui.llm.stream.tool_calls import ToolCalls


def calls(*pieces: ToolCallDelta) -> ToolCalls:
    made = ToolCalls()
    for piece in pieces:
        made.add(piece)
    return made


def test_pieces_of_one_call() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", ""),
        ToolCallDelta(0, None, None, '{"a"'),
        ToolCallDelta(0, None, None, ": 1}"),
    )
    assert made.arguments() == ('{"a": 1}',)
    assert made.best_arguments() == '{"a": 1}'


def test_name_and_id_repeated_in_every_piece() -> None:
    made = calls(*(ToolCallDelta(0, "c1", "vote", part) for part in ("", "{", '"a": {', '"b": 1}', "}")))
    assert made.arguments() == ('{"a": {"b": 1}}',)


def test_an_id_invented_for_every_piece() -> None:
    made = calls(
        *(ToolCallDelta(0, f"c{n}", "vote", part) for n, part in enumerate(("", '{"a"', ": 1", "}")))
    )
    assert made.arguments() == ('{"a": 1}',)


def test_two_calls_by_index_also_interleaved() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", '{"a"'),
        ToolCallDelta(1, "c2", "vote", '{"b"'),
        ToolCallDelta(0, None, None, ": 1}"),
        ToolCallDelta(1, None, None, ": 2}"),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_two_calls_that_share_an_index() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", '{"a": 1}'),
        ToolCallDelta(0, "c2", "vote", '{"b"'),
        ToolCallDelta(0, None, None, ": 2}"),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_no_index_at_all() -> None:
    made = calls(
        ToolCallDelta(None, "c1", "vote", '{"a"'),
        ToolCallDelta(None, None, None, ": 1}"),
        ToolCallDelta(None, None, "vote", '{"b": 2}'),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_an_empty_object_before_the_real_one() -> None:
    made = calls(ToolCallDelta(0, "c1", "vote", "{}"), ToolCallDelta(0, "c1", "vote", '{"a": 1}'))
    assert made.best_arguments() == '{"a": 1}'
    assert (
        calls(
            ToolCallDelta(0, "c1", "vote", '{"a": 1}'), ToolCallDelta(0, "c1", "vote", "{}")
        ).best_arguments()
        == '{"a": 1}'
    )


def test_a_name_that_comes_late() -> None:
    made = calls(ToolCallDelta(0, "c1", None, '{"a": '), ToolCallDelta(0, None, "vote", "1}"))
    assert made.arguments() == ('{"a": 1}',)


def test_a_call_without_arguments_is_none() -> None:
    made = calls(ToolCallDelta(0, "c1", "other", ""), ToolCallDelta(0, "c2", "vote", '{"a": 1}'))
    assert made.arguments() == ('{"a": 1}',)
    assert calls(ToolCallDelta(0, "c1", "vote", "")).best_arguments() == ""


def test_broken_arguments_are_given_as_they_are_when_there_is_nothing_better() -> None:
    assert calls(ToolCallDelta(0, "c1", "vote", '{"a": 1}}')).best_arguments() == '{"a": 1}}'
    assert calls(ToolCallDelta(0, "c1", "vote", '{"a": ')).best_arguments() == '{"a": '
    assert ToolCalls.is_complete('{"a": 1}') and not ToolCalls.is_complete('{"a": ')


def test_a_surrogate_pair_split_over_two_pieces_is_joined() -> None:
    made = calls(ToolCallDelta(0, "c1", "vote", '{"a": "\ud83d'), ToolCallDelta(0, None, None, '\ude00"}'))
    assert made.best_arguments() == '{"a": "😀"}'


@pytest.mark.parametrize("repeat", [False, True])
@given(value=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), data=st.data())
def test_any_object_however_it_is_cut(repeat: bool, value: dict[str, object], data: st.DataObject) -> None:
    text = json.dumps(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    first = ToolCallDelta(0, "c1", "vote", "")
    rest = [ToolCallDelta(0, "c1" if repeat else None, "vote" if repeat else None, part) for part in parts]
    assert calls(first, *rest).arguments() == (text,)
