"""Several choices in one stream, and indexes that number something else."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.llm.stream.choices import ChoiceFilter
from roundtable_tui.llm.stream.chunk import read_chunk
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, finished, pieces_of

SEVERAL = "the server sent several answers: the first is used"


def said(*choices: tuple[int, str, str | None], **more: Any) -> dict[str, Any]:
    return {
        "choices": [
            {"index": index, "delta": {"content": text} if text else {}, "finish_reason": finish}
            for index, text, finish in choices
        ],
        **more,
    }


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([said((0, "Oak ", None)), said((1, "Pine ", None)), said((0, "wood.", None)),
                      said((1, "tree.", None)), said((0, "", "stop")), said((1, "", "length"))], id="turns"),
        pytest.param([said((0, "Oak ", None)), said((0, "wood.", "stop")), said((1, "Pine ", None)),
                      said((1, "tree.", "length"))], id="one by one"),
        pytest.param([said((1, "Pine ", None), (0, "Oak ", None)), said((1, "tree.", "length")),
                      said((0, "wood.", "stop"))], id="in one chunk"),
        pytest.param([said((0, "Oak wood.", "stop")), said((1, "Pine tree.", "length"))], id="whole"),
    ],
)  # fmt: skip
@pytest.mark.anyio
async def test_stream_of_several_choices_gives_the_first_alone(chunks: list[Any]) -> None:
    async with FakeServer(Reply(chunks=chunks)) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url))
    assert (end.text, end.finish_reason, end.cut) == ("Oak wood.", "stop", "")
    assert SEVERAL in end.warnings


@pytest.mark.parametrize("count", [2, 3, 40])
@pytest.mark.anyio
async def test_index_of_tokens_is_not_taken_for_choices(count: int) -> None:
    # TGI 1.4: https://github.com/huggingface/text-generation-inference/pull/1648, 2024-03-15.
    words = [f"w{n} " for n in range(count)]
    chunks = [said((n + 1, word, "stop" if n + 1 == count else None)) for n, word in enumerate(words)]
    async with FakeServer(Reply(chunks=chunks)) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url))
    assert (end.text, end.finish_reason) == ("".join(words), "stop")
    assert SEVERAL not in end.warnings


@pytest.mark.anyio
async def test_whole_completion_with_several_choices_gives_the_first() -> None:
    body = {
        "object": "chat.completion",
        "choices": [
            {"index": 1, "message": {"content": "Pine."}, "finish_reason": "length"},
            {"index": 0, "message": {"content": "Oak."}, "finish_reason": "stop"},
        ],
    }
    async with FakeServer(Reply(body=body)) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url))
    assert (end.text, end.finish_reason) == ("Oak.", "stop") and SEVERAL in end.warnings


def test_filter_keeps_the_usage_of_a_dropped_choice() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    choices = ChoiceFilter()
    chunks = [said((0, "a", None)), said((1, "b", None), usage=usage), said((0, "c", "stop"))]
    used = [part for chunk in chunks for part in choices.add(read_chunk(chunk))]
    assert [part.answer for part in used] == ["a", "", "c"]
    assert used[1].usage is not None and used[1].usage.completion_tokens == 4
