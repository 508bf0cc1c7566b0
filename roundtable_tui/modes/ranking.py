"""Rankings of answers: the form of one ranking, the Borda count over several, and their description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pydantic import BaseModel, Field, create_model

from roundtable_tui.engine import Turn
from roundtable_tui.engine.decisions.ranking import build_ranking_type

Rankings = Mapping[str, Sequence[str]]
"""Reader -> the seats it ranked, best first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The rank of an answer, from 1; equal points share a rank. `first`: the number of first places."""

    turn: Turn
    rank: int
    points: Fraction
    first_places: int


def borda_count(answers: Sequence[Turn], rankings: Rankings) -> list[Standing]:
    """Rank the answers by the Borda count; ties keep the given order.

    The first of m ranked answers gets m - 1 points, the last none. An answer has the mean of its points:
    readers do not rank their own answer, and some give no ranking.
    """
    points: dict[str, list[int]] = {turn.seat: [] for turn in answers}
    for order in rankings.values():
        for place, seat in enumerate(order):
            points[seat].append(len(order) - 1 - place)
    mean = {
        seat: Fraction(sum(given), len(given)) if given else Fraction(0) for seat, given in points.items()
    }
    first = Counter(order[0] for order in rankings.values())
    return [
        Standing(turn, 1 + sum(m > mean[turn.seat] for m in mean.values()), mean[turn.seat], first[turn.seat])
        for turn in sorted(answers, key=lambda turn: -mean[turn.seat])
    ]


def build_ranking_form(letters: Sequence[str]) -> type[BaseModel]:
    """Return the form of a ranking: reasons, then these letters, each once, best first."""
    reasons = Field("", max_length=1000, description="what is strong and weak in each, briefly")
    ranking = Field(description="every letter once, the best first")
    return create_model("Ranking", reasons=(str, reasons), ranking=(build_ranking_type(letters), ranking))


def describe_ranking(standings: Sequence[Standing], rankings: Rankings, name: Callable[[str], str]) -> str:
    """Describe the ranking in one line; ties share a rank."""
    if not rankings:
        few = len(standings) < 3
        return (
            "none: of fewer than three answers there is nothing to rank"
            if few
            else "none: no member could rank"
        )
    places: dict[int, list[Standing]] = {}
    for one in standings:
        places.setdefault(one.rank, []).append(one)
    return ", ".join(
        f"{place}. {' = '.join(name(one.turn.seat) for one in tied)} ({float(tied[0].points):.2f})"
        for place, tied in places.items()
    )


def describe_dissent(standings: Sequence[Standing], rankings: Rankings, name: Callable[[str], str]) -> str:
    """Describe in one line which lower-ranked answer some readers put first, if any."""
    best = [one for one in standings if one.rank == 1]
    if not rankings:
        return "not known"
    if len(best) > 1:
        return f"no answer stands above all others; {len(best)} share the first place"
    others = [one for one in standings if one.first_places and one.rank > 1]
    return "; ".join(
        f"{name(one.turn.seat)} was put first by {one.first_places} of {len(rankings)}" for one in others
    ) or ("none, no reader put another answer first")


def top_dissent(standings: Sequence[Standing]) -> Standing | None:
    """Return the lower-ranked answer that most readers put first; None if there is none."""
    others = [one for one in standings if one.first_places and one.rank > 1]
    return max(others, key=lambda one: one.first_places, default=None)
