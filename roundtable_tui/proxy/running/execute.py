"""Executes a call as an ordinary run, recorded like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from roundtable_tui.engine.run import Plan, Run
from roundtable_tui.errors import RoundtableError
from roundtable_tui.proxy.errors import ProxyError, from_exception, from_failed_run
from roundtable_tui.proxy.reading.chat_call import ChatCall
from roundtable_tui.proxy.running.clients import MessagesClient
from roundtable_tui.proxy.running.pieces import Piece, RunEnd, sum_usage
from roundtable_tui.proxy.running.progress import AnswerProgress, PanelProgress
from roundtable_tui.reports.transcript import write_transcript
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.server_pool import RetryLimitedClient, ServerPool
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.interface import use_interface


async def execute_call(
    call: ChatCall,
    pool: ServerPool,
    client_name: str,
    emit: Callable[[Piece], None],
    begin: Callable[[], None],
) -> RunEnd:
    """Execute a call and return how it ended; errors are in the result.

    Args:
        call: the call.
        pool: the servers.
        client_name: the program that asks, for the record.
        emit: gets the pieces of the reply.
        begin: called once a model has begun to answer.
    """
    use_interface("python")  # In the task of this run only: errors name fields, not flags.
    reasoning: list[str] = []

    def send(piece: Piece) -> None:
        if piece.reasoning:
            reasoning.append(piece.reasoning)
        emit(piece)

    try:
        async with open_run(call.request, pool=pool) as prepared:
            run = _create_run(prepared.plan, prepared.folder, call, pool, client_name)
            progress = (
                PanelProgress(send, begin, call.show) if call.kind == "panel" else AnswerProgress(send, begin)
            )
            run.add_listener(progress)
            await run.execute()
            return _build_end(run, call, progress, emit, "".join(reasoning))
    except ProxyError as error:
        return RunEnd(error=error)
    except RoundtableError as error:
        return RunEnd(error=from_exception(error))
    except Exception as error:
        return RunEnd(error=ProxyError(500, log_exception(error), code="internal_error"))


def _create_run(plan: Plan, folder: Path | None, call: ChatCall, pool: ServerPool, client_name: str) -> Run:
    client: Any = RetryLimitedClient(pool)
    if call.kind == "messages":
        client = MessagesClient(client, call.messages)
    plan = replace(plan, client=client_name)
    return Run(plan, client, run_dir=folder, write_files=write_transcript)


def _build_end(
    run: Run,
    call: ChatCall,
    progress: PanelProgress | AnswerProgress,
    emit: Callable[[Piece], None],
    reasoning: str,
) -> RunEnd:
    outcome = run.result
    assert outcome is not None
    answer = outcome.answer
    usage = sum_usage(run.events, answer.text, answer.by)
    report = {
        "run": run.id,
        "mode": run.plan.mode.name,
        "status": outcome.status,
        "how": answer.how,
        "agreement": answer.agreement,
        "calls": run.table.budget.totals.calls,
        "cost": run.table.budget.totals.cost,
        "seconds": round(outcome.elapsed_s, 3),
        "recorded": run.folder is not None,
        "ignored": list(call.ignored),
    }
    if call.is_housekeeping:
        report["housekeeping"] = True
    if not answer.text.strip():
        error = from_failed_run(outcome.error, run.events)
        return RunEnd(reasoning=reasoning, usage=usage, report=report, error=error)
    if isinstance(progress, AnswerProgress):
        sent = progress.sent.strip()
        if progress.is_broken or not (progress.is_resplit or answer.text.startswith(sent)):
            what = "the answer was cut off, and the next attempt gave another text"
            return RunEnd(usage=usage, report=report, error=ProxyError(502, what, code="cut"))
        rest = "" if progress.is_resplit else answer.text[len(sent) :]
    else:
        rest = answer.text
    if rest:
        emit(Piece(content=rest))
    return RunEnd(
        answer=answer.text,
        reasoning=reasoning,
        finish_reason="length" if outcome.incomplete or _is_cut(run, answer.by) else "stop",
        usage=usage,
        report=report,
    )


def _is_cut(run: Run, by: str) -> bool:
    """Return whether the turn that gave the answer was cut off by a token limit."""
    from roundtable_tui.engine.events import TurnFinished

    turns = [event for event in run.events if isinstance(event, TurnFinished) and event.seat == by]
    return bool(turns) and turns[-1].is_truncated
