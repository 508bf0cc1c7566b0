"""Errors of a request: a status, and one line in the format that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.errors import NoAnswerError, NoServerError, RoundtableError
from roundtable_tui.utils.redact import redact
from roundtable_tui.utils.text import single_line

MAX_MESSAGE_CHARS = 500
_BY_KIND = {
    "context": (413, "context_length_exceeded"),
    "too_long": (502, "answer_too_long"),
    "rate": (429, "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota"),
    "unreachable": (503, "server_unreachable"),
    "timeout": (503, "server_timeout"),
    "budget": (400, "budget_exceeded"),
}
"""Kind of the first failed turn -> status and code; others are 502."""
RETRY_AFTER_S = 10


class ProxyError(Exception):
    """A request that cannot be answered."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        param: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        """Create an error.

        Args:
            status: the HTTP status.
            message: what is wrong and what to do.
            code: a word for programs.
            param: the field of the body that is wrong.
            retry_after_s: seconds after which the request may be sent again; None if that would not help.
        """
        self.status = status
        self.message = redact(single_line(message, MAX_MESSAGE_CHARS))
        self.code = code or {400: "invalid_request", 401: "invalid_api_key"}.get(status, "error")
        self.param = param
        self.retry_after_s = retry_after_s
        super().__init__(self.message)

    @property
    def type(self) -> str:
        """The class of the error, as OpenAI names it."""
        if self.status == 401:
            return "authentication_error"
        if self.status == 403:
            return "permission_error"
        if self.status == 429:
            return "rate_limit_error"
        return "invalid_request_error" if self.status < 500 else "server_error"

    def to_dict(self) -> dict[str, Any]:
        """Return `{"error": {message, type, param, code}}`."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def headers(self) -> dict[str, str]:
        """Return headers that say whether a retry makes sense: a run that failed has been paid for."""
        if self.retry_after_s is not None:
            return {"Retry-After": str(self.retry_after_s)}
        return {"x-should-retry": "false"}


def from_exception(error: RoundtableError) -> ProxyError:
    """Return the error for a run that could not be started."""
    if isinstance(error, NoServerError):
        return ProxyError(503, str(error), code="no_server")
    if isinstance(error, NoAnswerError):
        return ProxyError(502, str(error), code="no_answer")
    return ProxyError(400, str(error))


def from_failed_run(message: str, recorded: Iterable[events.Event]) -> ProxyError:
    """Return the error of a run that has no answer, by the kind of its first failed turn."""
    kinds = [event.kind for event in recorded if isinstance(event, events.TurnFailed)]
    status, code = _BY_KIND.get(kinds[0] if kinds else "", (502, "no_answer"))
    retry_after_s = RETRY_AFTER_S if code == "rate_limit_exceeded" else None
    return ProxyError(status, message or "no seat answered", code=code, retry_after_s=retry_after_s)
