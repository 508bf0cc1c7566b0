"""Does what all readers of an answer share while other seats are still answering."""

from __future__ import annotations

from roundtable_tui.answers.reading import extract_final_answer, read_answer
from roundtable_tui.engine.anonymize import AnonymousLabels
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.engine.turn import Turn


def read_ahead(quoter: Quoter, masks: AnonymousLabels, question: str, seat: Seat, turn: Turn) -> None:
    """Clean and read the answer of a turn, as the comparison and the prompts of a next round do.

    The results are cached where they are made, so that after the last answer of a round little is left to do
    before the next requests are sent.
    """
    text = strip_seat_signature(seat, turn.text)
    quoter.quote("", masks.relabel(text, seat.id, seat.id))
    answer = strip_seat_signature(seat, quoter.extract_answer(turn.text)[0])
    read_answer(extract_final_answer(answer, question), question)
