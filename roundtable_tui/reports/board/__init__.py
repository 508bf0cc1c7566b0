"""The board of a run: which answer each seat gave in each round, from the report of the run."""

from __future__ import annotations

from roundtable_tui.reports.board.make import make_board
from roundtable_tui.reports.board.types import AnswerBoard

__all__ = ["AnswerBoard", "make_board"]
