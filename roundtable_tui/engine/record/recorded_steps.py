"""What the mode did between the turns of a recorded run, for a resumed run that has to do the same.

The version that recorded the run may have read and compared the same answers otherwise than this one. What
it did next depends on that: which groups it made, whether it asked once more, which stage it skipped.
"""

from __future__ import annotations

from collections.abc import Iterable

from roundtable_tui.engine.events import AnswersGrouped, Event, PhaseStarted, StageEnded


class RecordedSteps:
    """The steps of the recorded mode by position, and where in the record the resumed run is."""

    def __init__(self, recorded: Iterable[tuple[int, Event]] = ()) -> None:
        """`recorded`: the events that are not void, each with its position in the record, in order."""
        self._steps = [
            (position, event)
            for position, event in recorded
            if isinstance(event, AnswersGrouped | PhaseStarted | StageEnded)
        ]
        self._answers: dict[str, int | None] = {}
        """Seat -> position of its last answer; None if it was made now."""
        self._position: int | None = -1
        """Position of the last replayed turn; None once a turn was made now."""

    def note_turn(self, seat: str, position: int | None, *, decides: bool) -> None:
        """Note the next turn of a seat.

        Args:
            seat: the id of the seat.
            position: where the record has the end of the turn; None if the turn is made now.
            decides: the turn is a decision, not an answer.
        """
        if not decides:
            self._answers[seat] = position
        is_new = position is None or self._position is None
        self._position = None if is_new else max(position or 0, self._position or 0)

    def find_groupings(self, seats: Iterable[str], round_number: int) -> list[AnswersGrouped]:
        """Return the groups that were made of the last answers of `seats` in a round, in order.

        Empty if one of these answers is not from the record.
        """
        wanted = sorted(seats)
        positions = [self._answers.get(seat) for seat in wanted]
        if None in positions:
            return []
        last = max((position for position in positions if position is not None), default=-1)
        return [
            event
            for position, event in self._steps
            if isinstance(event, AnswersGrouped)
            and position > last
            and event.round == round_number
            and sorted(_seats_of(event)) == wanted
        ]

    def find_next_phase(self) -> str:
        """Return the phase that began after the turns replayed so far; "" if the record does not say."""
        last = self._position
        if last is None:
            return ""
        phases = (event for at, event in self._steps if at > last and isinstance(event, PhaseStarted))
        return next((event.name for event in phases), "")

    def find_skipped_stage(self, stage: int) -> StageEnded | None:
        """Return the end of stage `stage` of a pipeline if it was skipped; else None."""
        ends = (event for _, event in self._steps if isinstance(event, StageEnded) and event.stage == stage)
        return next((event for event in ends if event.status == "skipped"), None)

    def has_stage(self, stage: int) -> bool:
        """Return True if stage `stage` of a pipeline began."""
        return any(isinstance(event, PhaseStarted) and event.stage == stage for _, event in self._steps)


def _seats_of(event: AnswersGrouped) -> list[str]:
    return [str(seat) for row in event.groups for seat in row.get("seats", ())]
