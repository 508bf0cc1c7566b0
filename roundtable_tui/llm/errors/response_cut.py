"""What cut a response off: the token limit that was sent, a limit of the server, or a full context.

Servers say `length` for all of these. A server whose context is full (Ollama with its default `num_ctx`,
llama.cpp, LM Studio) is recognized by its count of tokens: with the prompt they are what the model can hold,
or a size that contexts usually have.
"""

from __future__ import annotations

from dataclasses import dataclass

from roundtable_tui.llm.finish_reasons import Cut, find_cut
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import CallError, Usage
from roundtable_tui.utils.interface import parameter_name

_MIN_REPORTED_SHARE = 0.95
"""Share of a limit from which on it counts as reached, with tokens that the server has counted."""
_MIN_ESTIMATED_SHARE = 0.5
"""The same with estimated tokens."""
_MAX_MISSING_TOKENS = 8
"""Tokens by which a reached limit may be missed: the end of a turn, parts of a tool call."""
_CONTEXT_FACTORS = (1, 3, 5)
"""Contexts usually have one of these times a power of two: 4,096, 6,144, 40,960."""
_MIN_USUAL_CONTEXT = 512
_MAX_USUAL_CONTEXT = 1 << 24
_MAX_BELOW_CONTEXT, _MAX_ABOVE_CONTEXT = 2, 1
"""Tokens by which a count may differ from the context that was full: servers differ in the last one."""
UNCLEAR_CUT = "cut by the server's token limit, or because its context was full"
"""The beginning of a warning: which of the two it was is not known."""


@dataclass(frozen=True, slots=True)
class ResponseCut:
    """What cut a response off, and what is known of the limit."""

    kind: Cut = ""
    context: int | None = None
    """Kind "context": the size in tokens of the context that was full, where the tokens show it."""
    max_tokens: int | None = None
    """The token limit that was sent; None for none."""
    is_unclear: bool = False
    """Kind "length": the context may have been full instead."""


def find_response_cut(
    reader: ResponseReader, max_tokens: int | None, prompt: int, window: int | None
) -> ResponseCut:
    """Return what cut a response off; the server's word for a token limit may also mean a full context.

    Args:
        reader: the response that has ended.
        max_tokens: the token limit that was sent; None for none.
        prompt: the estimated number of tokens of the prompt.
        window: the tokens that the model can hold, prompt included; None if unknown.
    """
    kind = find_cut(reader.answer.finish_reason)
    if kind != "length":
        return ResponseCut(kind)
    usage = get_usage(reader, prompt)
    size = find_full_context(usage)
    if max_tokens is not None:
        # Without an answer and without a known window, more tokens are worth a try.
        is_worth_a_try = window is None and size is None and not reader.answer.text.strip()
        if is_worth_a_try or _is_reached(reader, usage, max_tokens):
            return ResponseCut("length", max_tokens=max_tokens)
        return ResponseCut("context", size, max_tokens)
    used = usage.prompt_tokens + usage.completion_tokens
    if size is not None or (window is not None and used >= _MIN_REPORTED_SHARE * window):
        return ResponseCut("context", size)
    return ResponseCut("length", is_unclear=window is None)


def _is_reached(reader: ResponseReader, usage: Usage, max_tokens: int) -> bool:
    if usage.estimated:
        return usage.completion_tokens >= _MIN_ESTIMATED_SHARE * max_tokens
    generated = usage.completion_tokens + usage.reasoning_tokens
    missing = max_tokens - max(generated, _estimate_generated_tokens(reader))
    return missing <= max(_MAX_MISSING_TOKENS, (1 - _MIN_REPORTED_SHARE) * max_tokens)


def find_full_context(usage: Usage) -> int | None:
    """Return the usual size of a context that prompt and answer fill to the token; None if there is none."""
    if usage.estimated:
        return None
    counts = [usage.prompt_tokens + usage.completion_tokens]
    if usage.prompt_tokens < usage.cached_tokens:
        # Some servers do not count the tokens that were in their cache.
        counts.append(counts[0] + usage.cached_tokens)
    for used in counts:
        for factor in _CONTEXT_FACTORS:
            size = factor
            while size <= _MAX_USUAL_CONTEXT:
                if size >= _MIN_USUAL_CONTEXT and -_MAX_BELOW_CONTEXT <= used - size <= _MAX_ABOVE_CONTEXT:
                    return size
                size *= 2
    return None


def describe_cut(cut: ResponseCut, usage: Usage) -> str:
    """Return the warning on an answer that a token limit or a full context cut off."""
    about = "about " if usage.estimated else ""
    held = f"{about}{usage.prompt_tokens + usage.completion_tokens:,} tokens"
    if cut.kind == "context":
        if cut.context is not None:
            return f"cut because the context of {cut.context:,} tokens was full: raise the server's context"
        return f"cut because the context of the model was full ({held})"
    if cut.is_unclear:
        what_to_do = f"raise {parameter_name('max_tokens')} or the server's context"
        return f"{UNCLEAR_CUT} ({held} with the prompt): {what_to_do}"
    return "cut by max_tokens" if cut.max_tokens is not None else "cut by the server's token limit"


def describe_empty_cut(cut: ResponseCut, *, has_reasoning: bool) -> CallError:
    """Return the error of a response that a token limit or a full context cut off before an answer began."""
    if cut.kind == "context":
        which = "of the model" if cut.context is None else f"of {cut.context:,} tokens"
        what = f"the context {which} was full before an answer began"
        return CallError("empty", what, "Shorten the question, or use a larger context", is_final=True)
    what = "reasoning used up the token limit" if has_reasoning else "the token limit was reached"
    hint = "Allow more tokens (max_tokens)"
    if cut.is_unclear:
        what = f"{what} of the server, or its context was full,"
        hint = f"{hint}, or use a larger context"
    return CallError("empty", f"{what} before an answer began", hint, is_final=True, is_out_of_tokens=True)


def get_usage(reader: ResponseReader, prompt: int) -> Usage:
    """Return the usage that the server reported, else an estimate; zero if no answer began.

    `prompt` is the estimated number of tokens of the prompt.
    """
    answer = reader.answer
    generated = _estimate_generated_tokens(reader)
    reported = answer.usage
    if reported is None:
        return Usage(prompt, generated, estimated=True) if generated else Usage()
    if not reported.completion_tokens and generated:
        return Usage(
            reported.prompt_tokens or prompt,
            generated,
            reported.cached_tokens,
            reported.reasoning_tokens,
            estimated=True,
            cost=reported.cost,
        )
    if not reported.prompt_tokens:
        return Usage(
            prompt,
            reported.completion_tokens,
            reported.cached_tokens,
            reported.reasoning_tokens,
            estimated=True,
            cost=reported.cost,
        )
    return reported


def _estimate_generated_tokens(reader: ResponseReader) -> int:
    answer = reader.answer
    texts = (answer.text, answer.reasoning, *answer.tool_calls.arguments())
    return max(1, estimate_tokens(*texts)) if any(texts) else 0
