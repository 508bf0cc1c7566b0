"""The names of calls in request and answer files: the same call of the same run has the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import ChatRequest
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.digest import digest

OFFLINE_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "single": {},
    "fanout": {"out": ""},
    "vote": {"early_stop": False},
    "pro": {},
}
"""Modes whose first calls do not depend on answers, and the options that they need for it."""


class CallNames:
    """Names the calls of a run in the order in which they are made."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def make_name(self, request: ChatRequest) -> str:
        """Return the name of the next call; calls with equal requests are numbered."""
        content = {
            "model": request.model, "messages": [dict(one) for one in request.messages],
            "temperature": request.temperature, "top_p": request.top_p, "max_tokens": request.max_tokens,
            "seed": request.seed, "params": dict(request.params),
        }  # fmt: skip
        name = digest(content)
        self._seen[name] += 1
        return f"{name}-{self._seen[name]}"


def prepare_offline(request: RunRequest, mode: str) -> RunRequest:
    """Return the request with the options that a run from collected answers needs.

    Raises UsageError if later calls of the mode depend on earlier ones from the start.
    """
    if mode not in OFFLINE_OPTIONS:
        hint = f"Only {', '.join(OFFLINE_OPTIONS)} can be written as a file of requests."
        raise UsageError(f"mode {single_line(mode, 40)} has rounds", hint=hint)
    return replace(request, options={**request.options, **OFFLINE_OPTIONS[mode]})
