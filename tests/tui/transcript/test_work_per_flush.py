"""Work is counted, not time: what a flush costs does not depend on how long the transcript is."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.widgets.transcript import StreamDocument
from roundtable_tui.tui.widgets.transcript.frame import MAX_CACHED_STRIPS
from tests.support.stream_host import Host, view_of
from tests.support.transcript import document


def prose(count: int) -> str:
    return "".join(
        f"Paragraph {number} with **some** words, enough of them for two rows.\n\n" for number in range(count)
    )


def work_of(made: StreamDocument, pieces: list[str]) -> list[tuple[int, int]]:
    """Return (lines lexed, rows wrapped) of each flush that brings one piece."""
    out: list[tuple[int, int]] = []
    for piece in pieces:
        before = list(made.work)
        made.feed("a.1", piece)
        made.parse_pending()
        made.rewrap(max(0, made.height - 20), 20)
        out.append((made.work[0] - before[0], made.work[1] - before[1]))
    return out


@pytest.mark.parametrize("before", [10, 5000])
def test_flush_long_transcript_parses_open_line_only(before: int) -> None:
    made = document()
    made.feed("a.1", prose(before))
    while made.parse_pending() and made.has_pending:
        pass
    while made.rewrap_some(1000):
        pass
    done = work_of(made, ["and ", "more ", "words ", "come.\n\n", "Next ", "one"])
    assert done == [(2, 2), (1, 0), (1, 0), (1, 1), (2, 2), (1, 0)]


@pytest.mark.parametrize("text", ["word " * 80_000, "x" * 400_000, "日本語" * 40_000])
def test_flush_endless_line_is_not_wrapped_from_start(text: str) -> None:
    made = document()
    most = [
        max(work)
        for work in zip(*work_of(made, [text[i : i + 500] for i in range(0, len(text), 500)]), strict=True)
    ]
    assert most[0] <= 4
    assert most[1] <= 2 * 2112 // 20 + 4


def test_flush_long_table_wraps_visible_rows_only() -> None:
    table = [f"| row {n} | {'x' * (n % 40)} | some words in the cell number {n} |\n" for n in range(300)]
    made = document()
    done = work_of(made, ["| a | b | c |\n|---|---|---|\n", *table])
    assert max(lexed for lexed, _ in done) <= 4 * 32
    assert sum(lexed for lexed, _ in done[-100:]) <= 100 * 3


def test_flush_large_text_wraps_visible_rows_only() -> None:
    made = document()
    made.feed("a.1", prose(10_000))
    while made.parse_pending() and made.has_pending:
        pass
    assert made.work[0] <= 2
    made.rewrap(made.height - 20, 20)
    assert made.work[0] <= 4 * 64


def test_document_memory_is_few_bytes_per_character() -> None:
    import tracemalloc

    text = prose(700)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = document()
    for at in range(0, len(text), 40):
        made.feed("a.1", text[at : at + 40])
        made.parse_pending()
        made.take_changes()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown / len(text) < 4_000_000 / 450_000  # 4 MB for 100,000 tokens of 4.5 characters


@pytest.mark.anyio
@pytest.mark.parametrize("before", [50, 5000])
async def test_flush_makes_strips_for_changed_rows_only(before: int) -> None:
    async with Host().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", prose(before))
        while view.flush():
            pass
        made = view.strips_made
        for word in ["and ", "more ", "words "]:
            view.feed("a.1", word)
            view.flush()
        assert view.strips_made - made <= 2 * 3
        made = view.strips_made
        view.feed("a.1", "x\n\n")
        view.flush()
        assert view.strips_made - made <= 3
        assert view.flush() is False


@pytest.mark.anyio
async def test_frame_cache_has_bounded_number_of_strips() -> None:
    async with Host().run_test(size=(60, 20)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", prose(2000))
        while view.flush():
            pass
        for row in range(0, view.max_scroll_y, 15):
            view.scroll_to(y=row)
        assert view._frame is not None
        assert len(view._frame) <= MAX_CACHED_STRIPS + 20
