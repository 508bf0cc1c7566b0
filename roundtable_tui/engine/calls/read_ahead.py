"""Does what all readers of an answer share while other seats are still answering."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from threading import Thread

from roundtable_tui.answers.reading import extract_final_answer, read_answer
from roundtable_tui.engine.anonymize import AnonymousLabels
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.engine.turn import Turn

PREPARE_AFTER_S = 0.1
"""Seconds after the first requests of a process until reading is prepared, which must not delay them."""
_SAMPLES = (
    "I think that the first way is slower, because it waits for the second. It could be faster, but this "
    "depends on the load.\n\nSo it takes 5 minutes.",
    "Both are possible, although the second costs more",
    "**Yes**, it does.",
    "The answer is 12 km.",
    "- one\n- two",
)
"""Short replies of different forms, which together need most patterns of the reader."""


def prepare_later(quoter: Quoter) -> None:
    """Prepare reading once the requests that are being made are on their way."""
    loop = asyncio.get_running_loop()
    loop.call_later(PREPARE_AFTER_S, _prepare_once)
    loop.call_later(PREPARE_AFTER_S, quoter.extract_answer, "")  # Compiles the patterns of the run's marker.


@cache
def _prepare_once() -> None:
    with suppress(RuntimeError):  # No thread is left: the patterns are compiled when they are needed.
        Thread(target=read_samples, name="prepare-reading", daemon=True).start()


def read_samples() -> None:
    """Read a few replies: this compiles the patterns, which takes longer than reading many replies.

    In a thread, it happens while the seats are answering, and not when the first of them has answered.
    """
    for sample in _SAMPLES:
        read_answer(extract_final_answer(sample, "Which is faster?"), "Which is faster?")


def read_ahead(quoter: Quoter, masks: AnonymousLabels, question: str, seat: Seat, turn: Turn) -> None:
    """Clean and read the answer of a turn, as the comparison and the prompts of a next round do.

    The results are cached where they are made, so that after the last answer of a round little is left to do
    before the next requests are sent.
    """
    text = strip_seat_signature(seat, turn.text)
    quoter.quote("", masks.relabel(text, seat.id, seat.id))
    answer = strip_seat_signature(seat, quoter.extract_answer(turn.text)[0])
    read_answer(extract_final_answer(answer, question), question)
