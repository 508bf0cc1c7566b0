"""The panes of a run. `RunPanes.handle` passes each event to the pane it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual import on

from roundtable_tui.engine import events
from roundtable_tui.engine.board import display_name
from roundtable_tui.engine.citations import passages_from_dicts
from roundtable_tui.engine.seat_changes import describe_run_change, describe_seat_change
from roundtable_tui.reports.board import AnswerBoard, make_board
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.reports.report.types import Report
from roundtable_tui.reports.tool_calls import describe_citations
from roundtable_tui.reports.wording import describe_decision
from roundtable_tui.tui.widgets.run.answer_card import AnswerCard
from roundtable_tui.tui.widgets.run.answer_heading import replace_markers
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.run.captain_strip import CaptainStrip
from roundtable_tui.tui.widgets.run.group_bars import render_group_bars
from roundtable_tui.tui.widgets.run.mention_colors import color_mentions
from roundtable_tui.tui.widgets.run.pane_groups import (
    GROUP_PENDING,
    GROUP_RUNNING,
    PaneGroup,
    make_pane_groups,
)
from roundtable_tui.tui.widgets.run.pane_layout import PaneLayout
from roundtable_tui.tui.widgets.run.progress_line import PhaseProgress
from roundtable_tui.tui.widgets.run.seat_pane import CONNECTION_FAILURES, SeatPane
from roundtable_tui.tui.widgets.run.seat_progress import Clock
from roundtable_tui.tui.widgets.run.stage_tabs import StageTabs
from roundtable_tui.tui.widgets.run.status_bar import STATUS_WORDS
from roundtable_tui.tui.widgets.run.thread_pane import ThreadPane
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils.text import sanitize, single_line

_NOTE_KINDS = {"complete": "done", "partial": "done", "failed": "failed", "cancelled": "stopped"}
RESUME_HINT = "ctrl+o resumes the run and repeats the lost turns, F4 chooses another server"
MAX_PANES_PER_TICK = 8
"""Panes whose figures are updated at once; the next ones follow after `TICK_GAP_S`."""
TICK_GAP_S = 0.08


class RunPanes(PaneLayout):
    """Shows one run: its seats, the captain at the head, and the outcome."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._start_fold(None)
        self._has_discussion = False
        self._section_count = 0
        self.offers_resume = False
        """The run ended because a server was lost, and its head pane offers to resume it."""

    # --- start of a run ------------------------------------------------------------------------

    async def open_run(self, header: events.RunStarted, clock: Clock) -> None:
        """Mount a pane for each seat of a run; `clock` returns the run's seconds."""
        await self.query_one("#seats").remove_children()
        await self.query_one("#head").remove_children()
        self._has_discussion, self._section_count, self.zoomed, self.follows_speaker = False, 0, False, True
        self.is_opened = self.shows_all = False
        self.offers_resume = False
        self._start_fold(header)
        self._clear_summary()
        self.groups = make_pane_groups(header, clock)
        self.shown_group = self.running_group = self.groups[0]
        for pane in self.all_panes:
            pane.is_live = not self.carries_focus
            pane.display = False
            pane.name_seat = lambda seat: self._get_name(seat) or seat
            pane.describe_citations = lambda turn: describe_citations(self._fold.cited.get(turn, ()))
        self._panes_by_seat = {pane.seat: pane for pane in self.all_panes}
        for group in self.groups:
            color_mentions(group)
            if isinstance(group.head, ThreadPane):
                group.head.find_speaker = self._panes_by_seat.get
        self.active = self.shown_group.active
        self.query_one(StageTabs).display = len(self.groups) > 1
        await self.query_one("#seats").mount(*(pane for group in self.groups for pane in group.seats))
        await self.query_one("#head").mount(*(group.head for group in self.groups))
        self.remove_class("-over")
        self.arrange_panes()

    def reset_run(self) -> None:
        """Reset the panes for a replay; keep focus and zoom."""
        self._has_discussion, self._section_count = False, 0
        self.is_opened = self.shows_all = False
        self._start_fold(self._run.header)
        self._clear_summary()
        for pane in self.all_panes:
            pane.reset_run()
        for group in self.groups:
            group.state = GROUP_PENDING
        self.running_group = self.groups[0] if self.groups else None
        if self.running_group and not self.zoomed:
            self._show_pane(self.running_group.active)
        self.remove_class("-over")
        self._update_tabs()

    def _clear_summary(self) -> None:
        """Remove what was shown of the run before: answer, board, votes."""
        self.needs_head = False
        self.query_one(AnswerCard).hide()
        self.query_one(BoardView).show(None)
        self.query_one(CaptainStrip).reset_run()
        self.query_one(PhaseProgress).show("", 0, 0)
        header = self._run.header
        base = str(header.options.get("base_filename", "")) if header else ""
        self.roster.reset_run(base)

    @property
    def header(self) -> events.RunStarted | None:
        """The header of the run that is shown."""
        return self._run.header

    @property
    def report(self) -> Report:
        """The report of the run so far."""
        return report_from_fold(self._fold)

    def get_turn_text(self, seat: str, round: int) -> str:
        """Return what a seat said in a round of the board, raw; "" if it said nothing."""
        said = ""
        for turn in self.report.turns:
            outcome = self._run.turns[turn.turn].outcome if turn.turn in self._run.turns else None
            if (turn.seat, turn.round) == (seat, round) and isinstance(outcome, events.TurnFinished):
                said = outcome.text or said
        return replace_markers(said)

    @property
    def board(self) -> AnswerBoard:
        """The board of the run so far."""
        return make_board(report_from_fold(self._fold))

    def _start_fold(self, header: events.RunStarted | None) -> None:
        self._fold = EventFold.of_events([header] if header else [])
        self._run = self._fold.view
        """The state of the run; without streamed text, which only the panes need."""

    # --- events --------------------------------------------------------------------------------

    def handle(self, event: events.Event) -> None:
        """Pass an event to the pane it concerns."""
        if isinstance(event, events.AnswerDelta | events.ReasoningDelta):  # First: thousands a second.
            self._pass_to_pane(event)
            return
        if isinstance(event, events.SeatChanged):
            self._show_seat_change(event)
            return
        self._fold.apply(event)
        self._update_strip(event)
        match event:
            case events.EntryPosted(kind="speech" | "topic" | "summary"):
                self._show_discussion(event)
            case events.PersonSpoke():
                to = self._panes_by_seat.get(event.to, self.head)
                self._add_section(to, "you" if to is self.head else "you (private)", event.text)
            case events.Notice():
                pane = self._panes_by_seat.get(event.seat, self.head)
                self._add_section(pane, "", "", event.text, "waiting")
            case events.AnswersGrouped():
                self._show_groups(event)
            case events.PassagesUsed():
                self._show_passages(event)
            case events.RoundsChanged() | events.BudgetChanged():
                self._add_section(self.head, "", "", describe_run_change(event), "waiting")
            case events.PhaseStarted() if event.stage:
                self._begin_stage(event.stage)
            case events.PhaseStarted():
                self.query_one(PhaseProgress).show(event.name, event.number, event.of or 0)
            case events.StageEnded():
                self._show_stage_end(event)
            case events.RunFinished():
                self._show_run_end(event)
            case _:
                self._pass_to_pane(event)

    def _update_strip(self, event: events.Event) -> None:
        """Follow the captain in the strip; open its pane when it begins to write a text."""
        strip = self.query_one(CaptainStrip)
        match event:
            case events.TurnQueued() if self._is_head(event.seat) and not event.decides:
                self._open_head_pane()
            case events.Verdict() if self._is_head(event.seat):
                author = single_line(self._get_name(event.picked), 40)
                text = describe_decision(event.decision, picked=author)
                strip.said = single_line(text[:1].upper() + text[1:], 400)
            case events.Notice() if not event.seat or self._is_head(event.seat):
                strip.said = single_line(event.text, 400)
            case events.PhaseStarted() if event.stage:
                self.needs_head = False
                strip.reset_run()
            case events.RunResumed():
                self.remove_class("-over")
                self._clear_summary()
                self.arrange_panes()

    @property
    def _thread(self) -> ThreadPane | None:
        """The pane that shows what all seats say, if there is one."""
        group = self.running_group
        head = group.head if group is not None and group.is_thread else None
        return head if isinstance(head, ThreadPane) else None

    def _is_head(self, seat: str) -> bool:
        return self.running_group is not None and self.running_group.head.seat == seat

    def _open_head_pane(self) -> None:
        if not self.needs_head:
            self.needs_head = True
            self.arrange_panes()

    def _write_strip(self) -> None:
        strip = self.query_one(CaptainStrip)
        if self.is_head_collapsed and not strip.display and self._has_strip and not self.has_class("-over"):
            self.arrange_panes()
        elif strip.display and self.shown_group:
            strip.show(self.shown_group.head)

    def _pass_to_pane(self, event: events.Event) -> None:
        group = self.running_group
        if (thread := self._thread) is not None:
            if hasattr(event, "turn"):
                thread.take_turn(event)
        elif group is not None and group.layout == "files" and self.roster.take_file(event):
            self._show_files(group)
        if pane := self._panes_by_seat.get(getattr(event, "seat", "")):
            state = pane.state
            pane.handle(event)
            if pane.state != state:
                self._write_strip()
                self._update_roster()
                self._follow_if_speaking(pane)
                self._update_tabs()

    def _begin_stage(self, stage: int) -> None:
        """Show a stage of a pipeline that begins, if the stage before it was shown."""
        begun = next((group for group in self.groups if group.stage == stage), None)
        if begun is None:
            return
        watching = self.shown_group is self.running_group and not self.zoomed
        watching = watching and (self.follows_speaker or not self.has_class("-one"))
        self.running_group, begun.state = begun, GROUP_RUNNING
        if watching:
            held = self.has_key_focus(self.active)
            self._show_pane(begun.active)
            if held and self.carries_focus:
                self.focus_pane(begun.active)
            elif held:  # A key meant for the pane shown before must not act on the new one.
                self.screen.set_focus(None)
        self._update_tabs()

    def _show_stage_end(self, event: events.StageEnded) -> None:
        """Show the result of a stage in its head pane; the last one's is shown as the run's answer."""
        if ended := next((one for one in self.groups if one.stage == event.stage), None):
            ended.state = event.status
            if event.status == "complete" and ended is not self.groups[-1]:
                self._show_outcome(
                    event.answer, event.by, f"Result of stage {event.stage}", event.how, "done"
                )
            self._update_tabs()

    def _show_discussion(self, event: events.EntryPosted) -> None:
        """Add a contribution of a discussion to the head pane, which shows it as one conversation."""
        if not self._has_discussion:
            self._has_discussion = self.needs_head = True
            if not self._shows_single_pane:
                self._show_pane(self.head)
        if (thread := self._thread) is not None and thread.correct_turn(event.author, event.content):
            return
        name = display_name(event.author, self._get_name(event.author))
        if event.kind != "summary" or self.head.seat != event.author:
            self._add_section(self.head, name, event.content)

    def _show_passages(self, event: events.PassagesUsed) -> None:
        """Show which passages of the documents the seats received."""
        passages = passages_from_dicts(event.passages)
        lines = [f"- {passage.label}" for passage in passages] or ["- no passage fits the question"]
        texts = "\n\n".join(f"{passage.label}\n{passage.text}" for passage in passages)
        self.head.view.begin("passages")
        self.head.view.document.name_reasoning("passages", "the passages")
        self.head.add_section("passages", "from the documents", "\n".join(lines), reasoning=texts)

    def _show_groups(self, event: events.AnswersGrouped) -> None:
        """Draw the groups of answers of this round; the section is replaced as answers arrive."""
        report = report_from_fold(self._fold)
        board = make_board(report)
        if drawn := render_group_bars(report, board):
            self.head.add_section(f"groups-{event.round}", "Votes", drawn)
        if board.rounds:
            self.query_one(CaptainStrip).board = board
            self._write_strip()

    def _show_seat_change(self, event: events.SeatChanged) -> None:
        """Apply a changed persona, model or mute state of a seat, and describe it in its pane."""
        line = describe_seat_change(event, lambda seat: self._get_name(seat) or seat)
        self._fold.apply(event)
        pane = self._panes_by_seat.get(event.seat)
        if pane is None:
            return
        seat = self._run.seats[event.seat]
        pane.rename(seat.name)
        for group in self.groups:
            color_mentions(group)
        pane.role, pane.model, pane.muted = seat.role, seat.model, seat.is_muted
        pane.write_frame()
        self._add_section(pane, "", "", line, "waiting")
        self._update_tabs()

    def _show_run_end(self, event: events.RunFinished) -> None:
        kind = _NOTE_KINDS[event.status]
        how = event.how or event.error
        report = report_from_fold(self._fold)
        outcome = report.outcome
        is_budget_reached = outcome.kind == "budget_reached"
        if is_budget_reached and kind == "failed":
            kind = "stopped"
        if event.status == "partial":
            how = f"{outcome.text}; {how}" if outcome.text else f"incomplete: {how}"
        elif outcome.answers in ("majority", "no_consensus", "against_majority") or outcome.overturned:
            how = f"{outcome.text}; {how}"
        gone = any(pane.is_live and pane.failure_kind in CONNECTION_FAILURES for pane in self.panes)
        self.offers_resume = gone and event.status in ("failed", "partial")
        if self.offers_resume:
            how += f". {RESUME_HINT}"
        for pane in self.all_panes:
            pane.finish_run("stopped by you" if event.status == "cancelled" else "the run ended", event.t)
        if self._thread is None:
            self._show_outcome(event.answer, event.by, "Answer", how, kind)
        elif kind != "done":
            self._show_outcome("", event.by, "", how, kind)
        self.add_class("-over")
        self.needs_head = self._has_discussion
        self._show_end(report, RESUME_HINT if self.offers_resume else "")
        self.head.outcome = format_outcome(
            "budget reached" if is_budget_reached else event.status, event.elapsed_s
        )
        self.head.end_state = kind
        self.head.write_frame()
        if event.answer and self._thread is None:
            self.head.view.scroll_to_turn(f"said-{self._section_count}")

    def _show_end(self, report: Report, hint: str) -> None:
        """Show the answer, and each seat as one line; a pane that has the focus stays open."""
        board = make_board(report)
        self.query_one(BoardView).show(board)
        group = self.shown_group
        is_listed = group is not None and group.layout == "files"
        reasoning = self._find_reasoning(report.by)
        self.query_one(AnswerCard).show(report, hint, with_text=not is_listed, reasoning=reasoning)
        if group is not None:
            self.roster.take_stances(list(self.all_panes), board)
            self.is_opened = self.has_key_focus(self.active) and not self.carries_focus
            author = self.find_pane(report.by)
            if not self.is_opened and not group.is_thread and author in group.seats:
                self._activate(author)
                self.roster.choose(author.seat)
            elif not self.is_opened:
                self._activate(group.default)
            if (thread := self._thread) is not None:
                thread.show_before_last_turn(report.by)
        self.arrange_panes()

    def _find_reasoning(self, seat: str) -> str:
        """Return the reasoning of a seat's last turn, raw."""
        outcomes = [turn.outcome for turn in self._run.turns.values() if turn.seat == seat]
        last = next((one for one in reversed(outcomes) if isinstance(one, events.TurnFinished)), None)
        return last.reasoning if last else ""

    def _show_files(self, group: PaneGroup) -> None:
        files = self.roster.files
        self.query_one(PhaseProgress).show("files", files.done, len(files))
        if self.roster.display:
            self.roster.show_files(group.seats)

    def _update_roster(self) -> None:
        """Write the rows of the roster, if it is shown."""
        group = self.shown_group
        if group is None or not self.roster.display:
            return
        if group.layout == "files":
            self._show_files(group)
        else:
            self.roster.show_seats(group.panes_with_seats)

    def _show_outcome(self, answer: str, by: str, title: str, how: str, kind: str) -> None:
        """Add an answer to the head pane, or refer to it if that pane shows it already."""
        document = self.head.view.document
        above = any(document.get_answer(turn).strip() == answer.strip() for turn in document.turns)
        author = self._get_name(by)
        if answer and not above:
            title = f"{title} · from {author}" if author else title
            self._add_section(self.head, title, answer, how, kind)
        else:
            self._add_section(self.head, f"{title}: see above" if answer else "", "", how, kind)

    def _get_name(self, seat: str) -> str:
        """Return the current name of a seat (raw); "" if there is no such seat."""
        return self._run.seats[seat].name if seat in self._run.seats else ""

    def _add_section(self, pane: SeatPane, title: str, text: str, note: str = "", kind: str = "done") -> None:
        self._section_count += 1
        pane.add_section(f"said-{self._section_count}", title, text, note, kind)

    def tick(self) -> None:
        """Update the figures of all panes, some at a time: many at once would delay a key."""
        panes = list(self.all_panes)
        for pane in panes[:MAX_PANES_PER_TICK]:
            pane.tick()
        for later in range(MAX_PANES_PER_TICK, len(panes), MAX_PANES_PER_TICK):
            some = panes[later : later + MAX_PANES_PER_TICK]
            self.set_timer(TICK_GAP_S * later / MAX_PANES_PER_TICK, partial(_tick_all, some))
        self._write_strip()
        self._update_roster()
        if self._shows_single_pane:
            self._update_tabs()

    @on(StreamView.LinkChosen)
    def _show_link(self, event: StreamView.LinkChosen) -> None:
        """Show the target of a link and copy it; a link of a model is never opened."""
        self.app.copy_to_clipboard(sanitize(event.target))
        self.notify(single_line(event.target, 300), title="Link copied", markup=False)


def format_outcome(status: str, elapsed_s: float) -> str:
    """Format how and when a run ended: `done in 5:38`, `incomplete after 0:12`."""
    word = STATUS_WORDS.get(status, status)
    preposition = "in" if status == "complete" else "after"
    return f"{word} {preposition} {int(elapsed_s) // 60}:{int(elapsed_s) % 60:02}"


def _tick_all(panes: Iterable[SeatPane]) -> None:
    for pane in panes:
        if pane.is_attached:
            pane.tick()
