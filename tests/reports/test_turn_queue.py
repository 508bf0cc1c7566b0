"""Turns that stream at the same time, put in order."""

from __future__ import annotations

from roundtable_tui.reports.turn_queue import TurnQueue


def drained(queue: TurnQueue) -> list[tuple[str, str, bool]]:
    return [(piece.turn, piece.text, piece.is_last) for piece in queue.drain()]


def test_drain_prints_first_turn_live_and_others_after_its_end() -> None:
    queue = TurnQueue()
    queue.start("a")
    queue.start("b")
    queue.add("b", "two")
    queue.add("a", "one")
    assert drained(queue) == [("a", "one", False)]
    queue.end("b")
    assert drained(queue) == [("a", "", False)]
    queue.add("a", "!")
    queue.end("a")
    assert drained(queue) == [("a", "!", True), ("b", "two", True)] and not queue


def test_drain_split_holds_text_back_until_the_turn_ends() -> None:
    queue = TurnQueue(lambda text, ended: (text, "") if ended else (text[:1], text[1:]))
    queue.start("a", "xyz")
    assert drained(queue) == [("a", "x", False)]
    queue.end("a")
    assert drained(queue) == [("a", "yz", True)]


def test_start_again_replaces_pending_text() -> None:
    queue = TurnQueue()
    queue.start("a", "old")
    queue.end("a")
    queue.start("a", "new")
    assert drained(queue) == [("a", "new", False)]


def test_add_unknown_turn_is_ignored() -> None:
    queue = TurnQueue()
    queue.add("a", "text")
    queue.end_all()
    assert "a" not in queue and drained(queue) == []
