"""The board of a run: cells of scripted runs, exactly, and how it is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.reports.board import AnswerBoard, make_board
from roundtable_tui.reports.board.draw import draw_board
from roundtable_tui.reports.board.html import render_html_board
from roundtable_tui.reports.html import render_html_page
from roundtable_tui.reports.report import make_report
from tests.support.paths import DATA

SEATS: tuple[dict[str, Any], ...] = tuple(
    {"seat": seat, "name": name, "model": "m", "server": "s", "captain": seat == "cap"}
    for seat, name in (("harper", "Harper"), ("ben", "Benjamin"), ("lucas", "Lucas"), ("cap", "Cap"))
)
HEADER = events.RunStarted(run_id="r", started_at="now", mode="debate", question="Q?", seats=SEATS)
TOWARD, AWAY, NEITHER = "toward_majority", "away_from_majority", "neither"


def change(seat: str, before: str, after: str, direction: str) -> dict[str, str]:
    return {"seat": seat, "from": before, "to": after, "direction": direction}


def groups(number: int, *rows: tuple[str, str], basis: str = "exact", **more: Any) -> events.AnswersGrouped:
    listed = tuple({"answer": answer, "seats": seats.split()} for answer, seats in rows)
    more.setdefault("since_round", number - 1 if number > 1 else -1)
    return events.AnswersGrouped(groups=listed, agreement=0.5, basis=basis, round=number, **more)


def verdict(number: int, consensus: bool, direction: str = "") -> events.Verdict:
    decision = {"consensus": consensus, "direction": direction}
    return events.Verdict(seat="cap", label="verdict", decision=decision, rung="json_schema", round=number)


def asked(seat: str, number: int, *, failed: bool = False) -> list[events.Event]:
    turn = f"{seat}.{number}"
    queued = events.TurnQueued(turn=turn, seat=seat, label="answer", phase="round", round=number)
    if failed:
        return [queued, events.TurnFailed(turn=turn, seat=seat, kind="server", error="down")]
    return [queued, events.TurnFinished(turn=turn, seat=seat, text="x", usage={})]


def end(answer: str, final_group: int | None) -> events.RunFinished:
    return events.RunFinished(
        status="complete", answer=answer, by="harper", kind="chosen", final_group=final_group, first_group=1
    )


def board_of(*recorded: events.Event) -> AnswerBoard:
    return make_board(make_report([HEADER, *recorded]))


def cells(board: AnswerBoard) -> dict[str, list[tuple[int | None, str, bool]]]:
    return {row.name: [(one.group, one.change, one.is_final) for one in row.cells] for row in board.rows}


OVERTURNED = (
    groups(1, ("yes, trial", "ben lucas"), ("undo-able", "harper")),
    verdict(1, False, "what does undoing cost?"),
    groups(
        2, ("undo-able", "harper ben"), ("yes, trial", "lucas"),
        changes=(change("ben", "yes, trial", "undo-able", AWAY),),
    ),
    verdict(2, False, "what would a trial prove?"),
    groups(
        3, ("undo-able", "harper ben lucas"),
        changes=(change("lucas", "yes, trial", "undo-able", TOWARD),),
    ),
    verdict(3, True),
    end("undo-able", 0),
)  # fmt: skip


def test_make_board_of_overturned_majority_has_each_cell() -> None:
    board = board_of(*OVERTURNED)
    assert board.groups == ("yes, trial", "undo-able")
    assert cells(board) == {
        "Harper": [(1, "", False), (1, "", False), (1, "", True)],
        "Benjamin": [(0, "", False), (1, AWAY, False), (1, "", True)],
        "Lucas": [(0, "", False), (0, "", False), (1, TOWARD, True)],
    }
    assert [one.votes for one in board.rounds] == [((0, 2), (1, 1)), ((1, 2), (0, 1)), ((1, 3),)]
    assert [one.verdict for one in board.rounds] == [
        "“what does undoing cost?”",
        "“what would a trial prove?”",
        "agreed",
    ]
    assert board.final_group == 1 and [one.decides for one in board.rounds] == [False, False, True]


def test_make_board_of_other_wordings_keeps_the_group() -> None:
    """A seat that has not changed its answer stays in its group, whatever the wording."""
    board = board_of(
        groups(1, ("5", "harper"), ("4", "ben")),
        groups(2, ("five", "harper"), ("4", "ben lucas"), wordings={"lucas": "it is 4"}),
    )
    assert cells(board)["Harper"] == [(0, "", False), (0, "", False)]
    assert cells(board)["Lucas"] == [(None, "", False), (1, "", False)]
    assert [one.answer for one in board.rows[2].cells] == ["", "it is 4"]


def test_make_board_of_swapped_answers_follows_the_answers() -> None:
    board = board_of(
        groups(1, ("4", "harper"), ("5", "ben")),
        groups(
            2, ("5", "harper"), ("4", "ben"),
            changes=(change("harper", "4", "5", NEITHER), change("ben", "5", "4", NEITHER)),
        ),
    )  # fmt: skip
    assert cells(board) == {
        "Harper": [(0, "", False), (1, NEITHER, False)],
        "Benjamin": [(1, "", False), (0, NEITHER, False)],
    }


def test_make_board_of_split_group_gives_one_part_another_number() -> None:
    board = board_of(
        groups(1, ("4", "harper ben lucas")),
        groups(2, ("4", "harper ben"), ("9", "lucas"), changes=(change("lucas", "4", "9", AWAY),)),
    )
    assert cells(board)["Lucas"] == [(0, "", False), (1, AWAY, False)]


@pytest.mark.parametrize(("answer", "final_group"), [("", 0), ("7", -1), ("7", None)])
def test_make_board_without_group_of_answer_marks_no_cell(answer: str, final_group: int | None) -> None:
    board = board_of(groups(1, ("4", "harper ben")), end(answer, final_group))
    assert board.final_group is None
    assert not any(cell.is_final for row in board.rows for cell in row.cells)


def test_make_board_of_open_texts_has_answers_without_groups() -> None:
    board = board_of(groups(1, ("a long text", "harper"), ("another", "ben"), basis="wording"))
    assert cells(board) == {"Harper": [(None, "", False)], "Benjamin": [(None, "", False)]}
    assert board.rounds[0].votes == () and board.groups == ()
    drawn = "\n".join("".join(text for text, _ in line) for line in draw_board(board, 60))
    assert "· a long text" in drawn and "votes" not in drawn


def test_make_board_shows_seats_that_failed_but_not_the_captain() -> None:
    board = board_of(
        *asked("harper", 1), *asked("ben", 1, failed=True), *asked("cap", 1, failed=True),
        verdict(1, True), groups(1, ("4", "harper")),
    )  # fmt: skip
    assert [(row.name, row.cells[0].failed) for row in board.rows] == [("Harper", False), ("Benjamin", True)]


def test_make_board_of_replaced_seat_has_both_names() -> None:
    replaced = events.SeatChanged(seat="ben", what="persona", note="", value={"name": "Dan", "role": ""})
    board = board_of(groups(1, ("4", "ben")), replaced, groups(2, ("4", "ben")))
    assert [row.name for row in board.rows] == ["Dan (was Benjamin)"]


def test_make_board_without_grouped_answers_is_empty() -> None:
    board = board_of(*asked("harper", 1))
    assert board.is_empty and draw_board(board, 80) == []


def test_draw_board_wide_has_answers_marks_votes_and_legend() -> None:
    lines = ["".join(text for text, _ in line).rstrip() for line in draw_board(board_of(*OVERTURNED), 80)]
    assert lines == [
        "           round 1                round 2                round 3",
        "1 Harper   ■ undo-able            ■ undo-able            ■ undo-able ✓",
        "2 Benjamin ▲ yes, trial           ■ undo-able ↓          ■ undo-able ✓",
        "3 Lucas    ▲ yes, trial           ▲ yes, trial           ■ undo-able ↑✓",
        "votes      ▲ ▲ ■  2:1             ■ ■ ▲  2:1             ■ ■ ■  3 of 3",
        "captain    “what does undoing co… “what would a trial p… agreed",
        "↑ joined the majority   ↓ left the majority   ✓ the answer",
    ]


def test_draw_board_narrow_has_signs_and_the_answers_below() -> None:
    lines = ["".join(text for text, _ in line).rstrip() for line in draw_board(board_of(*OVERTURNED), 30)]
    assert lines == [
        "        1      2      3",
        "1 Harp… ■      ■      ■✓",
        "2 Benj… ▲      ■↓     ■✓",
        "3 Lucas ▲      ▲      ■↑✓",
        "votes   2:1    2:1    3",
        "▲ yes, trial",
        "■ undo-able",
        "↑ joined the majority",
        "↓ left the majority",
        "✓ the answer",
    ]


@pytest.mark.parametrize("width", [16, 20, 24, 40, 60, 80, 118, 200])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_draw_board_never_exceeds_its_width(width: int, count: int) -> None:
    rounds = [
        groups(
            n, ("回答" * n, "harper"), ("a very long answer that says little", "ben lucas"), since_round=n - 1
        )
        for n in range(1, count + 1)
    ]
    for line in draw_board(board_of(*rounds, end("x", 0)), width):
        assert sum(len(text) + sum(char in "回答" for char in text) for text, _ in line) <= width


def test_draw_board_sanitizes_names_and_answers() -> None:
    drawn = draw_board(board_of(groups(1, ("4\x1b[2J\nx", "harper"))), 60)
    assert "\x1b" not in str(drawn) and "\\x1b" not in str(drawn) and "\\n" not in str(drawn)


def test_html_board_has_groups_changes_and_the_answer_escaped() -> None:
    page = render_html_board(board_of(*OVERTURNED))
    assert page.count("<tr") == 6  # titles, three seats, votes, captain
    assert '<span class="seat1">■ ■</span> <span class="seat2">▲</span> 2:1' in page
    assert '<span class="change" title="joined the majority">↑ joined the majority</span>' in page
    assert page.count("✓ the answer") == 3
    hostile = render_html_board(board_of(groups(1, ("<script>x</script>", "harper"))))
    assert "<script>" not in hostile and "&lt;script&gt;" in hostile


def test_html_board_of_empty_board_is_empty() -> None:
    assert render_html_board(board_of(*asked("harper", 1))) == ""


def test_html_page_has_the_board_of_the_run() -> None:
    recording = read_record(DATA / "runs" / "debate")
    board = make_board(make_report(recording.events))
    assert not board.is_empty
    assert render_html_board(board) in render_html_page(recording)
