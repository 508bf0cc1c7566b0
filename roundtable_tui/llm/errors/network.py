"""Explains exceptions of the network and the HTTP client: the problem and what to do about it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from roundtable_tui.config.urls import is_local_host
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.http.certificates import trust_hint
from roundtable_tui.llm.http.proxies import EnvironmentProxy, find_proxy
from roundtable_tui.llm.types import CallError
from roundtable_tui.utils import text
from roundtable_tui.utils.redact import redact

_CHECK_HINT = "Check that the server is running and that the base URL is correct"


def explain_exception(
    error: BaseException, *, key: str = "", connect_s: float = 0.0, has_response: bool = True
) -> CallError:
    """Return the error behind an exception of httpx2, of the SDK, or of reading the key.

    Args:
        error: The exception; its causes are searched too.
        key: The key that was sent, hidden in all texts.
        connect_s: The timeout for connecting, in seconds, named in the text.
        has_response: A response had begun.
    """
    import httpx2

    if isinstance(error, RoundtableError):
        # Raised by reading the key: a variable is not set, or a command failed.
        return CallError("auth", redact(error.what, key), error.hint)
    if (response := getattr(error, "response", None)) is not None:
        # httpx2.HTTPStatusError, or the SDK's APIStatusError.
        return _status_error(response, key)
    causes = list(_exception_chain(error))
    if (proxy := _proxy_of(error)) is not None and (fault := _proxy_error(causes, proxy)) is not None:
        return fault
    if any(isinstance(cause, (httpx2.ConnectTimeout, httpx2.PoolTimeout)) for cause in causes):
        return CallError("unreachable", f"no connection within {connect_s:g} s", _CHECK_HINT)
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        return _unreachable_error(causes)
    protocol = next(
        (c for c in causes if isinstance(c, (httpx2.LocalProtocolError, UnicodeEncodeError))), None
    )
    if protocol is not None:
        # The key is the only configurable value in a header.
        return CallError(
            "auth", "the key cannot be sent: it contains characters that are not allowed", "Set it again"
        )
    if any(isinstance(c, httpx2.RemoteProtocolError) and _is_not_http(str(c)) for c in causes):
        return CallError(
            "not_api", "the server does not speak HTTP", "Check the port, and http:// or https://"
        )
    if any(
        isinstance(c, (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.TimeoutException))
        for c in causes
    ):
        if not has_response and _scheme_of(error) == "http":
            return CallError("cut", "the connection was closed without a response", _TLS_HINT)
        return CallError("cut", "the connection was closed before the answer was complete", _PROXY_HINT)
    if any(isinstance(c, (httpx2.ProxyError, httpx2.UnsupportedProtocol)) for c in causes):
        return CallError("unreachable", _safe_message(error, key), "Check the proxy settings of this machine")
    if any(isinstance(c, httpx2.InvalidURL) for c in causes):
        return CallError(
            "unreachable",
            "the base URL is not a valid URL",
            "A base URL looks like http://localhost:11434/v1",
        )
    return CallError(
        "server",
        f"the call failed unexpectedly ({_safe_message(error, key)})",
        is_final=not isinstance(error, httpx2.HTTPError),
    )


def client_creation_error(error: Exception) -> CallError:
    """Return the error for an HTTP client that cannot be created."""
    if isinstance(error, RoundtableError):
        return CallError("unreachable", error.what, error.hint, is_final=True)
    message = _safe_message(error, "")
    return CallError(
        "unreachable",
        f"the HTTP client cannot be created ({message})",
        "Check the proxy settings of this machine",
    )


_TLS_HINT = "If the server expects TLS, write https:// in its base URL"
_PROXY_HINT = "If this happens often, a proxy in between may cut long answers"


def _status_error(response: Any, key: str) -> CallError:
    status = int(response.status_code)
    if 300 <= status < 400:
        where = text.single_line(redact(response.headers.get("location", ""), key), 120)
        return CallError("not_api", f"the server redirects ({status}) to {where or 'an empty address'}",
                     "Use that address as the base URL if you trust it", status)  # fmt: skip
    try:
        body = response.content
    except Exception as error:
        body = f"(the body could not be read: {type(error).__name__})"
    fault = classify_error(status, response.headers, body, key=key)
    return _name_answering_proxy(fault, response) if status in _PROXY_STATUSES else fault


_PROXY_STATUSES = frozenset({403, 502, 503, 504})
"""With these, proxies answer plain requests in place of a server that they may not or cannot reach."""


def _name_answering_proxy(fault: CallError, response: Any) -> CallError:
    """Name the proxy of a plain request if the answer is not that of an API, and may be its own."""
    try:
        url = response.request.url
        proxy = None if is_local_host(url.host) else find_proxy(str(url.scheme), str(url.host), url.port)
        is_json = response.content.lstrip()[:1] in (b"{", b"[")
    except (AttributeError, RuntimeError):
        return fault
    if proxy is None or url.scheme != "http" or is_json:
        return fault
    said = text.single_line(response.reason_phrase, 40)
    return replace(
        fault,
        kind="unreachable" if fault.kind in ("auth", "not_api") else fault.kind,
        reason=f"the proxy {text.single_line(proxy.host, 60)} answered: {fault.status} {said}".rstrip(),
        hint=f"Correct or unset {proxy.variable}, or add the server to NO_PROXY",
    )


def _scheme_of(error: BaseException) -> str:
    """Return the scheme of the request that failed, "" if unknown."""
    try:
        return str(error.request.url.scheme)  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        return ""


def _proxy_of(error: BaseException) -> EnvironmentProxy | None:
    """Return the proxy that a failed request was to use, or None."""
    try:
        url = error.request.url  # type: ignore[attr-defined]
        scheme, host, port = str(url.scheme), str(url.host), url.port
    except (AttributeError, RuntimeError):
        return None
    return None if is_local_host(host) else find_proxy(scheme, host, port)


def _proxy_error(causes: list[BaseException], proxy: EnvironmentProxy) -> CallError | None:
    """Return the error of a proxy that is dead or refuses; None for errors of the server behind it."""
    import httpx2

    where = f"the proxy {text.single_line(proxy.host, 60)}"
    hint = f"Correct or unset {proxy.variable}, or add the server to NO_PROXY"
    refused = next((cause for cause in causes if isinstance(cause, httpx2.ProxyError)), None)
    if refused is not None:
        said = text.single_line(redact(str(refused), proxy.url), 80)
        if said.startswith("407"):
            return CallError("unreachable", f"{where} wants a login ({said})", hint)
        return CallError("unreachable", f"{where} refused the connection: {said or 'no reason'}", hint)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return None
    if any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes):
        return CallError("unreachable", f"{where} did not accept the connection in time", hint)
    if any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        return CallError(
            "unreachable", f"{where} cannot be reached: {_unreachable_error(causes).reason}", hint
        )
    return None


def _unreachable_error(causes: list[BaseException]) -> CallError:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_error(cause)
        if isinstance(cause, ssl.SSLError):
            return CallError(
                "unreachable",
                "the server does not speak TLS",
                "Write http:// instead of https:// in its base URL",
            )
        if isinstance(cause, socket.gaierror):
            return CallError("unreachable", "host name not found", "Check the base URL and your network")
        if isinstance(cause, ConnectionRefusedError) or getattr(cause, "errno", None) == errno.ECONNREFUSED:
            return CallError("unreachable", "connection refused", _CHECK_HINT)
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return CallError("unreachable", text.single_line(cause.strerror.lower(), 80), _CHECK_HINT)
    message = " ".join(map(str, causes)).lower()
    if "refused" in message or "connection attempts failed" in message:
        return CallError("unreachable", "connection refused", _CHECK_HINT)
    if "name or service" in message or "nodename" in message or "name resolution" in message:
        return CallError("unreachable", "host name not found", "Check the base URL and your network")
    if "wrong version number" in message or "record layer" in message:
        return CallError(
            "unreachable",
            "the server does not speak TLS",
            "Write http:// instead of https:// in its base URL",
        )
    return CallError("unreachable", "no connection to the server", _CHECK_HINT)


def _certificate_error(error: ssl.SSLCertVerificationError) -> CallError:
    """Return the error of a certificate, which no second attempt changes. The codes are those of OpenSSL."""
    said = text.single_line(error.verify_message, 100).rstrip(".")
    what, hint = "is not trusted", trust_hint()
    code = getattr(error, "verify_code", 0)
    if code in (62, 64):  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
        what, hint = "is for another name", "Write the name that it is for in the base URL"
    elif code in (9, 10):  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
        what, hint = "is not valid today", "Renew it on the server, or correct the clock of this machine"
    return CallError("unreachable", f"its certificate {what}: {said}", hint, is_final=True)


def _exception_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its causes, and the members of exception groups among these, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause is not None]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def _is_not_http(message: str) -> bool:
    return "illegal" in message.lower() and "line" in message.lower()


def _safe_message(error: BaseException, key: str) -> str:
    return text.single_line(redact(f"{type(error).__name__}: {error}", key), 120)
