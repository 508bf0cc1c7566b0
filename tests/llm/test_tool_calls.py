"""Tool calls assembled from pieces."""

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


def test_tool_calls_joins_pieces_of_one_call() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", ""),
        ToolCallDelta(0, None, None, '{"a"'),
        ToolCallDelta(0, None, None, ": 1}"),
    )
    assert made.arguments() == ('{"a": 1}',)
    assert made.best_arguments() == '{"a": 1}'


def test_tool_calls_repeated_name_and_id_are_one_call() -> None:
    made = calls(*(ToolCallDelta(0, "c1", "vote", part) for part in ("", "{", '"a": {', '"b": 1}', "}")))
    assert made.arguments() == ('{"a": {"b": 1}}',)


def test_tool_calls_new_id_in_every_piece_is_one_call() -> None:
    made = calls(
        *(ToolCallDelta(0, f"c{n}", "vote", part) for n, part in enumerate(("", '{"a"', ": 1", "}")))
    )
    assert made.arguments() == ('{"a": 1}',)


def test_tool_calls_interleaved_by_index_are_separated() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", '{"a"'),
        ToolCallDelta(1, "c2", "vote", '{"b"'),
        ToolCallDelta(0, None, None, ": 1}"),
        ToolCallDelta(1, None, None, ": 2}"),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_tool_calls_sharing_an_index_are_separated() -> None:
    made = calls(
        ToolCallDelta(0, "c1", "vote", '{"a": 1}'),
        ToolCallDelta(0, "c2", "vote", '{"b"'),
        ToolCallDelta(0, None, None, ": 2}"),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_tool_calls_without_index_are_read() -> None:
    made = calls(
        ToolCallDelta(None, "c1", "vote", '{"a"'),
        ToolCallDelta(None, None, None, ": 1}"),
        ToolCallDelta(None, None, "vote", '{"b": 2}'),
    )
    assert made.arguments() == ('{"a": 1}', '{"b": 2}')


def test_tool_calls_empty_object_before_arguments_is_ignored() -> None:
    made = calls(ToolCallDelta(0, "c1", "vote", "{}"), ToolCallDelta(0, "c1", "vote", '{"a": 1}'))
    assert made.best_arguments() == '{"a": 1}'
    assert (
        calls(
            ToolCallDelta(0, "c1", "vote", '{"a": 1}'), ToolCallDelta(0, "c1", "vote", "{}")
        ).best_arguments()
        == '{"a": 1}'
    )


def test_tool_calls_late_name_is_read() -> None:
    made = calls(ToolCallDelta(0, "c1", None, '{"a": '), ToolCallDelta(0, None, "vote", "1}"))
    assert made.arguments() == ('{"a": 1}',)


def test_tool_calls_without_arguments_are_skipped() -> None:
    made = calls(ToolCallDelta(0, "c1", "other", ""), ToolCallDelta(0, "c2", "vote", '{"a": 1}'))
    assert made.arguments() == ('{"a": 1}',)
    assert calls(ToolCallDelta(0, "c1", "vote", "")).best_arguments() == ""


def test_tool_calls_invalid_arguments_are_returned_if_alone() -> None:
    assert calls(ToolCallDelta(0, "c1", "vote", '{"a": 1}}')).best_arguments() == '{"a": 1}}'
    assert calls(ToolCallDelta(0, "c1", "vote", '{"a": ')).best_arguments() == '{"a": '
    assert ToolCalls.is_complete('{"a": 1}') and not ToolCalls.is_complete('{"a": ')


def test_tool_calls_surrogate_pair_over_two_pieces_is_joined() -> None:
    made = calls(ToolCallDelta(0, "c1", "vote", '{"a": "\ud83d'), ToolCallDelta(0, None, None, '\ude00"}'))
    assert made.best_arguments() == '{"a": "😀"}'


@pytest.mark.parametrize("repeat", [False, True])
@given(value=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), data=st.data())
def test_tool_calls_any_object_any_split_is_read(
    repeat: bool, value: dict[str, object], data: st.DataObject
) -> None:
    text = json.dumps(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    first = ToolCallDelta(0, "c1", "vote", "")
    rest = [ToolCallDelta(0, "c1" if repeat else None, "vote" if repeat else None, part) for part in parts]
    assert calls(first, *rest).arguments() == (text,)
