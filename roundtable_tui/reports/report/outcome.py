"""The outcome of a run: its kind, and the words for it that every reader shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roundtable_tui.utils.text import single_line

OutcomeKind = Literal[
    "agreed",
    "majority",
    "no_consensus",
    "against_majority",
    "single",
    "merged",
    "produced",
    "incomplete",
    "budget_reached",
    "stopped",
]
_MAX_ANSWER_CHARS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the seats came to.

    `kind` is what counts in the end; `answers` is what the answers came to, also where the run is
    incomplete, has reached its budget or was stopped ("" where there is no answer).
    """

    kind: OutcomeKind
    answers: OutcomeKind | Literal[""]
    votes: tuple[int, ...] = ()
    """The sizes of the groups of the last round, largest first; empty where answers were not compared."""
    votes_for: int = 0
    """The size of the group that the answer belongs to."""
    majority: str = ""
    """The answer of the largest group of the last round, if that is a majority."""
    decided_by: str = ""
    """`captain` if only the captain's verdict says that the answers agree or differ."""
    captain_saw_consensus: bool | None = None
    """The last verdict of the captain on whether all agree; None where there is none."""
    overturned: bool = False
    """True if the first round had a majority for another answer, and seats changed theirs."""
    merged: bool = False
    """True if the answer was written from several answers."""
    reason: str = ""
    """Why the run is incomplete, has reached its budget or was stopped."""

    @property
    def label(self) -> str:
        """The outcome in two or three words, for a header: `majority 2:1`."""
        return {
            "incomplete": "incomplete",
            "budget_reached": "budget reached",
            "stopped": "stopped",
        }.get(self.kind) or self.answers_label

    @property
    def text(self) -> str:
        """The outcome in one line, safe to show, with its figures."""
        found = self._answers_text()
        if self.kind == self.answers:
            return found
        if self.answers == "produced":
            found = ""
        reason = single_line(self.reason, 300)
        if reason.startswith(self.label):  # "stopped by you"
            parts = [reason]
        else:
            parts = [self.label + (f": {reason}" if reason else "")]
        return "; ".join([*parts, *([found] if found else [])])

    @property
    def answers_label(self) -> str:
        """What the answers came to, in two or three words; "" where there is no answer."""
        match self.answers:
            case "agreed":
                of = f" {self.votes_for} of {sum(self.votes)}" if self.votes else ""
                return f"agreed{of}"
            case "majority":
                return f"majority {self._split()}"
            case "no_consensus":
                return "no consensus"
            case "against_majority":
                return "against the majority"
            case "single":
                return "one answer"
            case "merged":
                return "merged"
            case "produced":
                return "done"
        return ""

    def _answers_text(self) -> str:
        match self.answers:
            case "agreed" if self.votes:
                text = f"agreed: {self.votes_for} of {sum(self.votes)} gave this answer"
            case "agreed":
                text = "agreed, by the captain's verdict; the answers differ in wording"
            case "majority":
                text = f"majority {self._split()}"
            case "no_consensus":
                text = f"no consensus{self._describe_differences()}"
            case "against_majority":
                what = "merged" if self.merged else "picked"
                said = single_line(self.majority, _MAX_ANSWER_CHARS)
                text = f"{what} against the majority ({self.votes[0]} of {sum(self.votes)} said {said})"
            case _:
                text = self.answers_label
        if self.captain_saw_consensus and self.answers in ("majority", "no_consensus", "against_majority"):
            text += "; the captain saw consensus"
        return text + ("; the first majority was overturned" if self.overturned else "")

    def _split(self) -> str:
        rest = list(self.votes)
        rest.remove(self.votes_for)
        return ":".join(map(str, (self.votes_for, *rest)))

    def _describe_differences(self) -> str:
        if not self.votes:
            return ""
        if max(self.votes) == 1:
            return f": {len(self.votes)} different answers"
        return f": {':'.join(map(str, self.votes))}"
