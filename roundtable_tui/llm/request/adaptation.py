"""Adapts a request (URL, parameters) to the error responses of a server that come before any content."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from roundtable_tui.llm.errors.validate_response import has_ignored_tools
from roundtable_tui.llm.http.connection import Connection
from roundtable_tui.llm.request.capabilities import ServerCapabilities, downgrade
from roundtable_tui.llm.servers.capability_cache import CapabilityCache
from roundtable_tui.llm.servers.url import safe_redirect
from roundtable_tui.llm.stream.reader import ResponseReader
from roundtable_tui.llm.types import CallError, ChatRequest

_CHAT_ENDPOINT = "/chat/completions"
_MAX_ADAPTATIONS = 10
_MAX_REDIRECTS = 3


class RequestAdapter:
    """The URL and the capabilities that one call assumes, corrected after each error response.

    Corrections that led to an answer are stored in the cache; the others are dropped with the call.
    """

    def __init__(self, connection: Connection, model: str, cache: CapabilityCache, *, persist: bool) -> None:
        self._server_url, self._model, self._cache, self._persist = connection.address, model, cache, persist
        self._v1 = not self._server_url.path and cache.needs_v1(self._server_url.base_url)
        self._v1_tried = self._v1
        self._error_before_v1: CallError | None = None
        self._redirect_url: str | None = None
        self._redirects = 0
        self._adaptation_count = 0
        self._changes: dict[str, Any] = {}
        self.warnings: list[str] = []

    @property
    def capabilities(self) -> ServerCapabilities:
        """The capabilities to assume for the next request."""
        known = self._cache.get_capabilities(self._server_url.base_url, self._model)
        return replace(known, **self._changes) if self._changes else known

    @property
    def url(self) -> str:
        """The URL of the next request."""
        return self._redirect_url or self._server_url.endpoint_url(_CHAT_ENDPOINT, v1=self._v1)

    def adapt_to_error(self, fault: CallError, reader: ResponseReader, sent: dict[str, Any]) -> bool:
        """Correct URL or parameters after an error; return whether to send the changed request.

        `sent` is the body that was rejected. An identical request is never sent again from here.
        """
        if reader.answer.content_chunks and reader.body.kind == "events":
            return False
        self._adaptation_count += 1
        if self._adaptation_count > _MAX_ADAPTATIONS:
            return False
        return self._follow_redirect(reader) or self._downgrade(fault, sent) or self._try_v1(fault)

    def resolve_v1(self, fault: CallError | None) -> CallError | None:
        """Decide whether adding /v1 was right, after that attempt has ended; return the error that counts."""
        if self._error_before_v1 is None:
            return fault
        before, self._error_before_v1 = self._error_before_v1, None
        if fault is not None and fault.kind == "not_api":
            self._v1 = False
            return before
        if fault is None or fault.kind not in ("unreachable", "cut", "timeout"):
            self._cache.record_v1(self._server_url.base_url, persist=self._persist)
            self.warnings.append("/v1 was missing from the base URL and has been added")
        return fault

    def commit(self) -> None:
        """Store the corrections of this call: they led to an answer."""
        if self._changes:
            self._store(self._changes)
            self._changes = {}

    def drop_ignored_tools(self, reader: ResponseReader, request: ChatRequest, sent: dict[str, Any]) -> bool:
        """Describe tools in prose if the server has ignored them; return whether to send again."""
        if "tools" not in sent or not has_ignored_tools(reader, request):
            return False
        self._store({"offers_tools": False})
        self.warnings.append("the server ignores tools: they are described in the prompt")
        return True

    def _store(self, changes: dict[str, Any]) -> None:
        known = self._cache.get_capabilities(self._server_url.base_url, self._model)
        self._cache.record_capabilities(
            self._server_url.base_url, self._model, replace(known, **changes), persist=self._persist
        )

    def _follow_redirect(self, reader: ResponseReader) -> bool:
        response = getattr(reader.exception, "response", None)
        if response is None or not 300 <= response.status_code < 400 or self._redirects >= _MAX_REDIRECTS:
            return False
        self._redirects += 1
        target = safe_redirect(self.url, response.headers.get("location", ""))
        if target is None or target == self.url:
            return False
        self._redirect_url = target
        return True

    def _downgrade(self, fault: CallError, sent: dict[str, Any]) -> bool:
        before = self.capabilities
        adapted = downgrade(before, fault, sent)
        if adapted is None or adapted.capabilities == before:
            return False
        after = adapted.capabilities
        changes = {
            f.name: getattr(after, f.name)
            for f in fields(after)
            if getattr(after, f.name) != getattr(before, f.name)
        }
        if "none" in changes.values():
            # No answer will confirm this one, since the server cannot do what was asked: store it now.
            self._store(changes)
        self._changes |= changes
        if adapted.warning:
            self.warnings.append(adapted.warning)
        return True

    def _try_v1(self, fault: CallError) -> bool:
        if fault.kind != "not_api" or self._server_url.path or self._v1_tried or self._redirect_url:
            return False
        self._v1 = self._v1_tried = True
        self._error_before_v1 = fault
        return True
