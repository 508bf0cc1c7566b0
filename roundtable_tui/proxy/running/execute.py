"""Executes a call as an ordinary run, recorded like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from roundtable_tui.engine.calls.runner import ModelClient
from roundtable_tui.engine.events import TurnFinished
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import RoundtableError
from roundtable_tui.proxy.errors import ProxyError, from_exception, from_failed_run
from roundtable_tui.proxy.reading.chat_call import ChatCall
from roundtable_tui.proxy.running.answer_limit import limit_answer
from roundtable_tui.proxy.running.clients import MessagesClient, WholeBodyClient
from roundtable_tui.proxy.running.pieces import Piece, RunEnd, sum_usage
from roundtable_tui.proxy.running.pool import ProxyServerPool
from roundtable_tui.proxy.running.progress import AnswerProgress, PanelProgress
from roundtable_tui.proxy.running.response_format import with_json_answer
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.interface import use_interface


async def execute_call(
    call: ChatCall,
    pool: ProxyServerPool,
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
        await pool.starts.wait()
        async with open_run(call.request, pool=pool) as run:
            seeing = await _find_seeing(run) if call.pictures else []
            client = _choose_client(call, pool, send)
            plan = replace(run.plan, client=client_name)
            if call.schema is not None:
                plan = replace(plan, mode=with_json_answer(plan.mode, call.schema))
            run.change_plan(plan, client)
            progress = (
                PanelProgress(send, begin, call.show)
                if call.kind == "panel"
                else AnswerProgress(send, begin, is_live=call.is_stream)
            )
            run.add_listener(progress)
            run.stop_reason = "its clients have left"
            try:
                await run.execute()
            finally:
                if run.folder is not None:
                    pool.write_transcript(run.folder, run.events)
            end = _build_end(run, call, "".join(reasoning), seeing)
            if isinstance(client, WholeBodyClient) and end.error is None:
                # Tool calls are sent as such; in the record they are a text.
                reason = client.finish_reason
                end = replace(end, answer=client.text, tool_calls=client.tool_calls, finish_reason=reason)
            return _send_rest(end, progress, emit)
    except ProxyError as error:
        return RunEnd(error=error)
    except RoundtableError as error:
        return RunEnd(error=from_exception(error))
    except Exception as error:
        return RunEnd(error=ProxyError(500, log_exception(error), code="internal_error"))


def _choose_client(call: ChatCall, pool: ServerPool, emit: Callable[[Piece], None]) -> ModelClient:
    if call.kind == "raw":
        return WholeBodyClient(pool.client, call.body, emit)
    client = pool.client.for_run()
    return client if call.kind == "panel" else MessagesClient(client, call.messages, is_live=call.is_stream)


async def _find_seeing(run: Run) -> list[str]:
    """Return the names of the seats that see the pictures. Raises ProxyError if there are none.

    A panel that sees nothing would answer all the same, and its client would not know.
    """
    pictures = run.table.turns.pictures
    await pictures.learn(run.table.everyone)
    if seeing := [seat.name for seat in run.table.everyone if pictures.can_see(seat)]:
        return seeing
    what = "no model of this panel is known to read pictures: choose one, or set vision_models of its server"
    raise ProxyError(400, what, code="unsupported_content", param="messages")


def _build_end(run: Run, call: ChatCall, reasoning: str, seeing: Sequence[str]) -> RunEnd:
    outcome = run.result
    assert outcome is not None
    answer = outcome.answer
    usage = sum_usage(run.events, answer.text, answer.by)
    text = limit_answer(answer.text, call.max_answer_tokens, usage.answer_tokens)
    is_limited = text != answer.text
    if is_limited and call.max_answer_tokens:
        usage = replace(usage, reasoning_tokens=usage.completion_tokens - call.max_answer_tokens)
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
    if seeing:
        report["pictures_seen_by"] = list(seeing)
    if call.is_housekeeping:
        report["housekeeping"] = True
    is_cut = _is_cut(run, answer.by)
    # Half an answer is one only if the token limit ended it: then its finish reason says so.
    if not answer.text.strip() or (outcome.incomplete and not is_cut):
        error = from_failed_run(outcome.error or answer.how, run.events)
        return RunEnd(reasoning=reasoning, usage=usage, report=report, error=error)
    return RunEnd(
        answer=text,
        reasoning=reasoning,
        finish_reason="length" if is_cut or is_limited else "stop",
        usage=usage,
        report=report,
    )


def _send_rest(
    end: RunEnd, progress: PanelProgress | AnswerProgress, emit: Callable[[Piece], None]
) -> RunEnd:
    """Send what is left of the answer; return the end, an error if it does not begin with what was sent."""
    if end.error is not None:
        return end
    sent = ""
    if isinstance(progress, AnswerProgress):
        sent = progress.sent.strip()
        if progress.is_resplit and sent:
            return end
        if progress.is_broken or not end.answer.strip().startswith(sent):
            what = "the answer was cut off, and the next attempt gave another text"
            return replace(end, error=ProxyError(502, what, code="cut"))
    if rest := end.answer.strip()[len(sent) :]:
        emit(Piece(content=rest))
    return end


def _is_cut(run: Run, by: str) -> bool:
    """Return whether the turn that gave the answer was cut off by a token limit."""
    turns = [event for event in run.events if isinstance(event, TurnFinished) and event.seat == by]
    return bool(turns) and turns[-1].is_truncated
