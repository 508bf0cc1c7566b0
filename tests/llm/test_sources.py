"""Sources that servers name: in the result of a call, the record, and all outputs."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.serialize import from_dict, to_dict
from roundtable_tui.llm.stream.sources import MAX_SOURCES, read_sources
from roundtable_tui.llm.types import Source
from roundtable_tui.reports.sources import format_sources
from tests.support.fake_server import FakeServer, Reply, chunk
from tests.support.llm_call import a_client, finished, pieces_of

OAK, LARCH = "https://wood.example/oak", "https://wood.example/larch"


def annotated(url: str, title: str) -> dict[str, Any]:
    return {"type": "url_citation", "url_citation": {"url": url, "title": title, "start_index": 0}}


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ({"citations": [OAK, LARCH, OAK]}, [Source(OAK), Source(LARCH)]),
        ({"search_results": [{"title": "Oak", "url": OAK, "date": None}]}, [Source(OAK, "Oak")]),
        ({"citations": [OAK], "search_results": [{"title": "Oak", "url": OAK}]}, [Source(OAK, "Oak")]),
        ({"annotations": [annotated(OAK, "Oak")]}, [Source(OAK, "Oak")]),
        ({"annotations": [{"type": "url_citation", "url": OAK, "title": "Oak"}]}, [Source(OAK, "Oak")]),
        ({"citations": ["javascript:alert(1)", 7, None, {"url": 3}, {}]}, []),
        ({"citations": "no list"}, []),
        ({"web_search": [{"title": "Oak", "link": OAK}]}, [Source(OAK, "Oak")]),
        (
            {
                "executed_tools": [
                    {"search_results": {"results": [{"title": "Oak", "url": OAK}]}},
                    {"type": "x"},
                ]
            },
            [Source(OAK, "Oak")],
        ),
        ({"executed_tools": [None, {"search_results": 3}]}, []),
        ({"citations": [OAK + "\ud800\x1b[2J"]}, [Source(OAK + "\ufffd␛[2J")]),
        ({"annotations": [annotated(OAK, "\x1b[31mOak\n")]}, [Source(OAK, "␛[31mOak")]),
    ],
)
def test_read_sources_reads_every_place(value: dict[str, Any], sources: list[Source]) -> None:
    assert read_sources(value) == sources


def test_read_sources_are_bounded() -> None:
    assert len(read_sources({"citations": [f"https://a.example/{n}" for n in range(5000)]})) == MAX_SOURCES


STREAMS = [
    # Perplexity repeats its lists in each chunk; OpenRouter sends annotations with a delta.
    [
        {**chunk({}, {"content": "Oak[1]."}), "citations": [OAK], "search_results": []},
        {**chunk({}, {}, "stop"), "citations": [OAK], "search_results": [{"title": "Oak", "url": OAK}]},
    ],
    [
        chunk({}, {"content": "Oak[1]."}),
        chunk({}, {"content": "", "annotations": [annotated(OAK, "Oak")]}),
        chunk({}, {}, "stop"),
    ],
]


@pytest.mark.anyio
@pytest.mark.parametrize("chunks", STREAMS, ids=["citations", "annotations"])
async def test_stream_keeps_its_sources_once(chunks: list[Any]) -> None:
    async with FakeServer(Reply(chunks=chunks)) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url))
    assert (end.text, end.sources) == ("Oak[1].", (Source(OAK, "Oak"),))


def test_event_with_sources_is_read_back_and_one_without_has_none() -> None:
    event = events.TurnFinished(turn="a.1", seat="a", text="Oak", sources=({"url": OAK, "title": "Oak"},))
    assert from_dict(to_dict(event)) == event
    before = from_dict({"type": "turn_finished", "t": 1.0, "turn": "a.1", "seat": "a", "text": "Oak"})
    assert isinstance(before, events.TurnFinished) and before.sources == ()
    assert "sources" not in to_dict(before)


def test_format_sources_numbers_and_sanitizes_lines() -> None:
    sources = [{"url": OAK, "title": "Oak\x1b]0;x\x07"}, {"url": LARCH, "title": ""}, {"url": "\x1b[2J"}]
    lines = format_sources(sources)
    assert lines[0].startswith("[1] Oak") and lines[0].endswith(f": {OAK}") and lines[1] == f"[2] {LARCH}"
    assert not any("\x1b" in line for line in lines)
