"""Runs the user's question: starts it, shows its events, delivers messages to it, pauses and stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from roundtable_tui.errors import NoServerError, RoundtableError, UsageError
from roundtable_tui.reports.wording import status_label
from roundtable_tui.tui.background import ERROR_TIMEOUT_S, background
from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.screens.main.context import MESSAGE_PLACEHOLDER, MainContext
from roundtable_tui.tui.screens.main.model_controller import ModelController
from roundtable_tui.tui.screens.main.pane_controller import TRANSCRIPT_HINT
from roundtable_tui.tui.session import parse_addressee
from roundtable_tui.tui.widgets.empty_state import EmptyState
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from pathlib import Path

    from roundtable_tui.engine.events import Event
    from roundtable_tui.engine.record.recorder import RunRecord
    from roundtable_tui.engine.run import Run
    from roundtable_tui.engine.tools.permission import PermissionAnswer, PermissionQuestion
    from roundtable_tui.tui.screens.main.conversation_controller import ConversationController
    from roundtable_tui.tui.widgets.run.run_panes import RunPanes

STARTING_PLACEHOLDER = "Starting..."
QUEUED_NOTICE = "Queued: asked when this run has ended. Begin with @all to message everyone now"
HISTORY_HINT = "↑ in the input shows the question again"


class RunController:
    """Takes one question after the other through a run.

    Args:
        context: The main screen.
        models: Shows what to do if there is no model to ask.
        open_run_view: Returns the view of the panes; builds it at the first call.
        offer_resume: Makes a run the one that is offered for resuming; None for none.
        thread: Shows the conversation that runs belong to.
        announce_end: Announces the end of a run on the terminal: question, outcome, seconds.
    """

    def __init__(
        self,
        context: MainContext,
        models: ModelController,
        open_run_view: Callable[[], Awaitable[RunPanes]],
        offer_resume: Callable[[Path | None], None],
        thread: ConversationController,
        announce_end: Callable[[str, str, float], None],
    ) -> None:
        self.screen = context.screen
        self._context = context
        self._session = context.session
        self._models = models
        self._open_run_view = open_run_view
        self._offer_resume = offer_resume
        self._thread = thread
        self._announce_end = announce_end
        self._run_view: RunPanes | None = None
        self._worker: Worker[Any] | None = None
        self.is_starting = False
        """True from the question until its run begins or has failed to."""
        self.queued: list[str] = []
        """Questions that were sent while a run was active or starting."""

    @property
    def _prompt(self) -> Prompt:
        return self.screen.query_one(Prompt)

    @cached_property
    def _status_bar(self) -> StatusBar:
        return self.screen.query_one(StatusBar)

    def start(self, question: str, create_run: Callable[[], Awaitable[Run]] | None = None) -> None:
        """Run a question with the current choices, or the run that `create_run` returns.

        A question that comes while another run starts is asked after it.
        """
        if self.is_starting:
            self.queue(question)
            return
        self.is_starting = True
        self._worker = self._execute(question, create_run)

    def queue(self, question: str) -> None:
        """Ask a question when the run has ended."""
        if question:
            self.queued.append(question)
            self.screen.show_notice(QUEUED_NOTICE)
            self._context.update_choices()

    def unqueue(self, number: int) -> None:
        """Put a queued question back into the input."""
        if number < len(self.queued) and not self._prompt.put_back(self.queued.pop(number)):
            self.screen.show_notice("The queued question was removed. ↑ shows it")
        self._context.update_choices()

    @background(exclusive=True, group="run")
    async def _execute(self, question: str, create_run: Callable[[], Awaitable[Run]] | None) -> None:
        self._status_bar.show_pending_run(question)
        self._prompt.set_placeholder(STARTING_PLACEHOLDER)
        try:
            run = await (create_run() if create_run else self._session.prepare(question))
        except RoundtableError as error:
            self._return_question(question, str(error), no_server=isinstance(error, NoServerError))
            return
        except Exception as error:
            self._return_question(question, log_exception(error))
            return
        finally:
            self.is_starting = False
        self._offer_resume(None)
        try:
            self._run_view = await self._open_run_view()
            await self._run_view.open_run(run.build_header(), run.seconds_since_start)
            self.screen.add_class("-run", "-going")
            run.add_listener(self._show_event)
            run.set_permission_asker(self._ask_permission)
            self._prompt.set_placeholder(MESSAGE_PLACEHOLDER)
            self._thread.show(run.folder)
            self.screen.refresh_bindings()
            self._send_queued_messages()
            await run.execute()
            if self._run_view.offers_resume:
                self._offer_resume(run.folder)
        finally:
            self.screen.remove_class("-going")
            self._report_undelivered(run)
            if run.result is not None and self._run_view is not None:
                report = self._run_view.report
                self._thread.end_question(run.folder, report)
                outcome = report.outcome.label or status_label(report.status)
                self._announce_end(run.plan.question, outcome, report.seconds)
            if run.result is None:  # Stopped before it began: there is nothing to show.
                self._session.run = None
                self.screen.remove_class("-run")
            elif run.result.status == "cancelled" and run.folder is not None:
                self._offer_resume(run.folder)
                self.screen.show_notice("Stopped. ctrl+o resumes it")
            if run.internal_error is not None:
                self.screen.notify(
                    log_exception(run.internal_error),
                    severity="error",
                    timeout=ERROR_TIMEOUT_S,
                    markup=False,
                )
            self.screen.refresh_bindings()
            self._context.update_choices()
            self._ask_queued(run)

    def _send_queued_messages(self) -> None:
        """Send the messages to single seats that were typed while the run was starting."""
        messages = [text for text in self.queued if text.startswith("@")]
        self.queued = [text for text in self.queued if text not in messages]
        for text in messages:
            self.send_message(text)
        self._context.update_choices()

    def _ask_queued(self, run: Run) -> None:
        """Ask the next queued question; after a run that was stopped or failed, put it into the input."""
        if not self.queued:
            return
        if run.result is not None and run.result.status in ("complete", "partial"):
            self.screen.call_later(self.start, self.queued.pop(0))  # This worker ends first.
        else:
            self._return_queued()

    def _return_queued(self) -> None:
        """Put the queued texts back into the input, one per line."""
        texts, self.queued = self.queued, []
        if texts and not self._prompt.put_back("\n".join(texts)):
            self.screen.show_notice("The queued question was not asked. ↑ shows it", warning=True)

    async def show_record(self, recording: RunRecord) -> None:
        """Show the final state of a recorded run, unless a question was asked while it was read.

        It is not a run of this session.
        """
        if self.is_starting or self._session.is_running:
            return
        from roundtable_tui.history.player import merge_deltas

        end = max((event.t for event in recording.events), default=0.0)
        self._session.run = None
        self._run_view = await self._open_run_view()
        await self._run_view.open_run(recording.header, lambda: end)
        self.screen.add_class("-run")
        for event in merge_deltas(recording.events):
            self._status_bar.handle(event)
            if event.type != "run_started":
                self._run_view.handle(event)
        self.screen.refresh_bindings()

    def _show_event(self, event: Event) -> None:
        assert self._run_view is not None
        self._status_bar.handle(event)
        self._run_view.handle(event)
        if event.type == "notice" and getattr(event, "is_warning", False):
            self.screen.show_notice(single_line(getattr(event, "text", ""), 300), warning=True, timeout=15)
        if event.type in ("run_paused", "run_finished"):
            self.screen.refresh_bindings()

    async def _ask_permission(self, question: PermissionQuestion) -> PermissionAnswer:
        from roundtable_tui.tui.screens.main.permission import ask_permission

        return await ask_permission(self._context, await self._open_run_view(), question)

    def _return_question(self, question: str, reason: str, *, no_server: bool = False) -> None:
        """Put the question back into the input, and show why it could not be asked."""
        self._session.run = None
        self._status_bar.write()
        self._context.update_choices()
        if not self._prompt.put_back(question):
            reason = f"{reason.rstrip('.')}. {HISTORY_HINT}"
        self._return_queued()
        self.screen.remove_class("-run")
        if no_server:
            self._models.has_waiting_question = bool(self._prompt.text)
            self._models.refresh_available_models()
        else:
            self.screen.query_one(EmptyState).show_message(reason)

    def take_text(self, text: str) -> None:
        """Take what was sent while a run is active: a message with `@`, else the next question."""
        if text.startswith("@"):
            self.send_message(text)
        else:
            self.queue(text)

    # --- messages ------------------------------------------------------------------------------

    def send_message(self, text: str) -> None:
        """Queue a message for the next turns of all seats, or of one that `text` names with @."""
        run = self._session.run
        if run is None or not text:
            return
        try:
            seat, message = parse_addressee(text, [(seat.id, seat.name) for seat in run.table.everyone])
        except UsageError as error:
            self._prompt.put_back(text)
            self.screen.show_notice(str(error), warning=True)
            return
        run.table.controls.send_message(message, seat)
        if message:
            self.screen.show_notice("Queued for the next turn")

    def _report_undelivered(self, run: Run) -> None:
        """Show the messages that were not delivered, and put the last one back into the input."""
        if not (undelivered := run.table.controls.undelivered()):
            return
        quoted = "; ".join(f"“{single_line(message, 60)}”" for message in undelivered)
        line = f"Not delivered, the run ended first: {quoted}"
        if self._prompt.put_back(undelivered[-1]):
            line += ". The text is back in the input: enter asks it as a new question"
        self.screen.show_notice(line, warning=True, timeout=12)

    # --- pause, stop, copy ---------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the run; finished turns stay."""
        if self._worker is not None and self._session.is_running:
            self._worker.cancel()

    async def close(self) -> None:
        """Cancel the run, and let it write its end."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.sleep(0)

    def toggle_pause(self) -> None:
        """Start no more turns, or start them again."""
        if (run := self._session.run) is not None and self._session.is_running:
            controls = run.table.controls
            controls.resume() if controls.is_paused else controls.pause()

    def step(self) -> None:
        """Start one turn of a paused run."""
        if (run := self._session.run) is not None:
            run.table.controls.step()

    @background()
    async def copy_transcript(self) -> None:
        """Copy the transcript of the run so far as Markdown."""
        if (run := self._session.run) is None:
            return
        from roundtable_tui.reports.answer_marker import replace_event_marks
        from roundtable_tui.reports.transcript import render_transcript

        text = await asyncio.to_thread(render_transcript, replace_event_marks(run.events))
        copy(self.screen.app, text, "transcript", escape=TRANSCRIPT_HINT)

    def show_report(self) -> None:
        """Show the report of the run so far."""
        if (run := self._session.run) is None:
            return
        from roundtable_tui.reports.stats import compute_stats
        from roundtable_tui.tui.screens.dialogs.stats import StatsScreen

        self.screen.app.push_screen(StatsScreen(lambda: compute_stats(run.events)))
