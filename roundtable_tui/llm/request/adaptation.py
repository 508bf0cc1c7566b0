"""What one call learns from refusals that come before any text: where to send, and what to leave out."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.request.capabilities import Traits, adapt
from roundtable_tui.llm.servers import url as addresses
from roundtable_tui.llm.servers.capability_cache import ServerMemory
from roundtable_tui.llm.stream.reader import Exchange
from roundtable_tui.llm.types import Fault

_CHAT = "/chat/completions"
_MOST_LESSONS = 10
_MOST_REDIRECTS = 3


class Lessons:
    """The address and the traits of one call, corrected as its server refuses.

    What helped is remembered; what did not help is forgotten with the call.
    """

    def __init__(self, connection: Connection, model: str, memory: ServerMemory, *, keep: bool) -> None:
        self._place, self._model, self._memory, self._keep = connection.address, model, memory, keep
        self._v1 = not self._place.path and memory.needs_v1(self._place.base)
        self._v1_tried = self._v1
        self._before_v1: Fault | None = None
        self._elsewhere: str | None = None
        self._redirects = 0
        self._learned = 0
        self._changes: dict[str, Any] = {}
        self.warnings: list[str] = []

    @property
    def traits(self) -> Traits:
        """What is known of the model now."""
        return replace(self._memory.traits(self._place.base, self._model), **self._changes)

    @property
    def url(self) -> str:
        """Where to send now."""
        return self._elsewhere or self._place.url(_CHAT, v1=self._v1)

    def learn(self, fault: Fault, exchange: Exchange, sent: dict[str, Any]) -> bool:
        """Take a lesson; return whether to send again, differently. Nothing is sent twice alike."""
        if exchange.answer.content and exchange.body.kind == "events":
            return False
        self._learned += 1
        if self._learned > _MOST_LESSONS:
            return False
        return self._follow(exchange) or self._adapt(fault, sent) or self._try_v1(fault)

    def settle(self, fault: Fault | None) -> Fault | None:
        """Decide whether /v1 was right, once its attempt has ended; return the fault to go on with."""
        if self._before_v1 is None:
            return fault
        before, self._before_v1 = self._before_v1, None
        if fault is not None and fault.kind == "not_api":
            self._v1 = False
            return before
        if fault is None or fault.kind not in ("unreachable", "cut", "timeout"):
            self._memory.learn_v1(self._place.base, keep=self._keep)
            self.warnings.append("its base URL lacks /v1: it was added")
        return fault

    def helped(self) -> None:
        """Remember the lessons of this call: with them an answer came."""
        if self._changes:
            self._remember(self._changes)
            self._changes = {}

    def _remember(self, changes: dict[str, Any]) -> None:
        known = self._memory.traits(self._place.base, self._model)
        self._memory.learn(self._place.base, self._model, replace(known, **changes), keep=self._keep)

    def _follow(self, exchange: Exchange) -> bool:
        response = getattr(exchange.exception, "response", None)
        if response is None or not 300 <= response.status_code < 400 or self._redirects >= _MOST_REDIRECTS:
            return False
        self._redirects += 1
        target = addresses.redirected(self.url, response.headers.get("location", ""))
        if target is None or target == self.url:
            return False
        self._elsewhere = target
        return True

    def _adapt(self, fault: Fault, sent: dict[str, Any]) -> bool:
        before = self.traits
        adapted = adapt(before, fault, sent)
        if adapted is None or adapted.traits == before:
            return False
        after = adapted.traits
        changes = {
            f.name: getattr(after, f.name)
            for f in fields(after)
            if getattr(after, f.name) != getattr(before, f.name)
        }
        if "none" in changes.values():
            # No answer will come to prove this one: the server cannot do what was asked.
            self._remember(changes)
        self._changes |= changes
        if adapted.warning:
            self.warnings.append(adapted.warning)
        return True

    def _try_v1(self, fault: Fault) -> bool:
        if fault.kind != "not_api" or self._place.path or self._v1_tried or self._elsewhere:
            return False
        self._v1 = self._v1_tried = True
        self._before_v1 = fault
        return True
