"""The token limit of the requests of one call: lowered after a refusal, raised after reasoning used it up."""

from __future__ import annotations

from roundtable_tui.llm.errors.token_limit import (
    LearnedTokenLimit,
    affordable_answer_tokens,
    allowed_answer_tokens,
    stated_prompt_tokens,
    stated_window,
)
from roundtable_tui.llm.http.retry import RetryBudget, RetryCounter
from roundtable_tui.llm.types import CallError

_RAISE_FACTOR = 4
_MAX_LOWERED = 2
_REFUSED_STATUSES = frozenset({None, 400, 402, 413, 422, 500})


class RequestTokenLimit:
    """The token limit to send. What a refusal says counts for all calls of the run to the same model."""

    def __init__(
        self, wanted: int | None, prompt_tokens: int, model: tuple[str, str], budget: RetryBudget | None
    ) -> None:
        """Start with the limit that the caller wants.

        Args:
            wanted: The limit in tokens; None for none.
            prompt_tokens: The estimated tokens of the prompt.
            model: The base URL and the model.
            budget: Where the limits that the run has learned are kept.
        """
        self._prompt_tokens, self._model = prompt_tokens, model
        self._learned = {} if budget is None else budget.token_limits
        self._lowered = 0
        self.value = self._apply(wanted)
        self.window: int | None = None
        """The context of the model that a refusal named."""
        self.warnings: list[str] = []

    def lower(self, fault: CallError, sent: int | None) -> bool:
        """Lower the limit, or leave it out, after `sent` was refused; return whether to send again."""
        is_refused = fault.status in _REFUSED_STATUSES or fault.kind == "context"
        if not is_refused or self._lowered >= _MAX_LOWERED:
            return False
        allowed = self._find_allowed(fault, sent)
        if allowed is None:
            return False
        self._lowered += 1
        self.value = allowed or None
        self.window = stated_window(fault.detail)
        hidden = max(0, (stated_prompt_tokens(fault.detail) or 0) - self._prompt_tokens)
        self._learned[self._model] = LearnedTokenLimit(sent, allowed, self.window, hidden)
        return True

    def raise_after(self, fault: CallError, retries: RetryCounter) -> bool:
        """Raise the limit after reasoning used it up, once; return whether it was raised."""
        before = self.value
        if not fault.is_out_of_tokens or before is None or self.warnings:
            return False
        raised = self._apply(before * _RAISE_FACTOR)
        if (raised is not None and raised <= before) or not retries.consume():
            return False
        self.value = raised
        how = f"with {raised:,}" if raised else "without a limit"
        self.warnings.append(f"{before:,} tokens were too few for an answer: retried {how}")
        return True

    def _find_allowed(self, fault: CallError, sent: int | None) -> int | None:
        """Return the limit to send, 0 for none; None if the refusal has another reason. Adds the warning."""
        if fault.status == 402:
            allowed = affordable_answer_tokens(fault.detail)
            if allowed is None or (sent is not None and allowed >= sent):
                return None
            self.warnings.append(
                f"the credit of the account pays for {allowed:,} tokens: sent with this limit"
            )
            return allowed
        if sent is None or (allowed := allowed_answer_tokens(fault.detail, sent)) is None:
            return None
        how = f"sent with {allowed:,}" if allowed else "sent without"
        self.warnings.append(f"max_tokens {sent:,} is more than the model allows: {how}")
        return allowed

    def _apply(self, wanted: int | None) -> int | None:
        learned = self._learned.get(self._model)
        return wanted if learned is None else learned.lower(wanted, self._prompt_tokens)
