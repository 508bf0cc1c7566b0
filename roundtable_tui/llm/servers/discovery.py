"""Looks for model servers on this machine: known ports and two environment variables, all at once.

A raw HTTP GET of `/v1/models` by the standard library: this runs just after the first frame, when
nothing heavy is imported yet. It follows no redirect, reads at most a megabyte, and never raises.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from roundtable_tui.config import ServerSettings, bind_key

KNOWN_PORTS: Mapping[int, str] = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "llama.cpp",
    8000: "vLLM",
    4000: "LiteLLM",
}
_LABEL_BY_OWNER = {
    "library": "Ollama",
    "organization_owner": "LM Studio",
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "roundtable-demo": "demo",
}
_MAX_BODY_BYTES = 1_000_000
_MAX_MODELS = 500
_PROPS_TIMEOUT_S = 0.15


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answered: who it seems to be, where, and what it offers (foreign text)."""

    label: str
    base_url: str
    models: tuple[str, ...]
    """Empty where it offers none, or wants a key before it says."""
    wants_key: bool = False
    """It says nothing without a key, or refuses the one it was given."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Where to ask: `label` is a guess until the answer says more."""

    label: str
    scheme: str
    host: str
    port: int
    path: str
    key: str = field(default="", repr=False)

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == default else f':{self.port}'}{self.path}"


@dataclass(frozen=True, slots=True)
class _HttpResponse:
    status: int
    headers: Mapping[str, str]
    data: Any


async def discover(
    environ: Mapping[str, str], timeout_s: float = 0.5, *, ports: Mapping[int, str] = KNOWN_PORTS
) -> list[FoundServer]:
    """Return the servers that answered within `timeout_s`: those the environment names, then by port."""
    places = _list_candidates(environ, ports)
    tasks = [asyncio.ensure_future(_probe(place)) for place in places]
    if not tasks:
        return []
    done, late = await asyncio.wait(tasks, timeout=timeout_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return [server for task in tasks if task in done and (server := task.result()) is not None]


def _list_candidates(environ: Mapping[str, str], ports: Mapping[int, str]) -> list[_Candidate]:
    found: list[_Candidate | None] = []
    if base := environ.get("OPENAI_BASE_URL", "").strip():
        found.append(_parse_address(base, default_port=None))
    given = environ.get("OLLAMA_PORT", "").strip()
    given = given if given.isascii() and given.isdecimal() and 0 < int(given) < 65536 else ""
    if (host := environ.get("OLLAMA_HOST", "").strip()) or given:
        place = _parse_address(host or "127.0.0.1", default_port=int(given or 11434))
        found.append(place and replace(place, label="Ollama", path=f"{place.path.removesuffix('/v1')}/v1"))
    for port, label in ports.items():
        found.append(_Candidate(label, "http", "127.0.0.1", port, "/v1"))
    unique: dict[tuple[str, int], _Candidate] = {}
    for entry in found:
        if entry is not None:
            unique.setdefault((entry.host, entry.port), entry)
    return [replace(entry, key=_key(entry, environ)) for entry in unique.values()]


def _key(place: _Candidate, environ: Mapping[str, str]) -> str:
    """Return the key of the environment that was given for this place; "" where none was."""
    variable = bind_key(ServerSettings(place.label, place.base_url), environ).api_key_env
    key = environ.get(variable, "").strip() if variable else ""
    return key if key.isascii() and key.isprintable() else ""


def _parse_address(address: str, default_port: int | None) -> _Candidate | None:
    """Read `host`, `host:port`, `:port` or a URL; an address to listen on becomes the loopback."""
    has_scheme = "://" in address
    try:
        parts = urlsplit(address if has_scheme else f"http://{address}")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    host = (parts.hostname or "").lower()
    if host in ("", "0.0.0.0", "::", "localhost"):
        host = "127.0.0.1"
    if port is None:
        port = 443 if parts.scheme == "https" else default_port if default_port and not has_scheme else 80
    label = KNOWN_PORTS.get(port, host) if host == "127.0.0.1" else host
    return _Candidate(label, parts.scheme, host, port, parts.path.rstrip("/"))


async def _probe(place: _Candidate) -> FoundServer | None:
    try:
        answer = await _get(place, f"{place.path}/models")
        found = _parse_server(place, answer)
    except Exception:
        # Anything may listen on a port, and looking must never fail: what is not understood is not offered.
        return None
    if found is not None and found.models and not _detect_label(answer) and await _has_llama_cpp_props(place):
        return replace(found, label="llama.cpp")
    return found


async def _has_llama_cpp_props(place: _Candidate) -> bool:
    """Say whether the server has llama.cpp's own `/props`."""
    try:
        async with asyncio.timeout(_PROPS_TIMEOUT_S):
            answer = await _get(place, f"{place.path.removesuffix('/v1')}/props")
    except Exception:
        return False
    return isinstance(answer.data, dict) and "default_generation_settings" in answer.data


def _parse_server(place: _Candidate, answer: _HttpResponse) -> FoundServer | None:
    """Return what the answer to `/models` says, or None if this is no model server."""
    label = _detect_label(answer) or place.label
    if answer.status in (401, 403):
        speaks_json = isinstance(answer.data, dict) and ("error" in answer.data or "detail" in answer.data)
        return FoundServer(label, place.base_url, (), wants_key=True) if speaks_json else None
    if answer.status != 200:
        return None
    entries = answer.data
    if isinstance(entries, dict):
        entries = entries.get("data", entries.get("models"))
        if entries is None and answer.data.get("object") == "list":
            entries = []  # Ollama without a model says null
    if not isinstance(entries, list):
        return None
    names = list(dict.fromkeys(_iter_model_names(entries[:_MAX_MODELS])))
    if entries and not names:
        return None
    return FoundServer(label, place.base_url, tuple(names))


def _iter_model_names(entries: Iterable[Any]) -> Iterable[str]:
    for entry in entries:
        name = entry
        if isinstance(entry, dict):
            name = next((entry[k] for k in ("id", "model", "name", "key") if entry.get(k)), None)
        if isinstance(name, str) and 0 < len(name) <= 300:
            yield name


def _detect_label(answer: _HttpResponse) -> str:
    """Return who the answer says it is from, or nothing."""
    if any(name.startswith("x-litellm") for name in answer.headers):
        return "LiteLLM"
    if "llama.cpp" in answer.headers.get("server", "").lower():
        return "llama.cpp"
    entries = answer.data.get("data") if isinstance(answer.data, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (owner := _LABEL_BY_OWNER.get(str(entry.get("owned_by")))):
            return owner
    return ""


async def _get(place: _Candidate, path: str) -> _HttpResponse:
    """GET `path` over a connection of its own; raises for whatever is not an HTTP answer with JSON in it."""
    secure = ssl.create_default_context() if place.scheme == "https" else None
    reader, writer = await asyncio.open_connection(place.host, place.port, ssl=secure)
    try:
        host = f"[{place.host}]" if ":" in place.host else place.host
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{place.port}",
            "Accept: application/json",
            "Accept-Encoding: identity",
            "Connection: close",
            *([f"Authorization: Bearer {place.key}"] if place.key else []),
        ]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await _read_body(reader, headers)
    finally:
        # Not awaited: a peer that never closes must not hold us up.
        writer.transport.abort()
    status = head[0].split()[1]
    return _HttpResponse(int(status), headers, _parse_json(body))


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """Return the body by its length, its chunks or the end of the connection; ValueError above a megabyte."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        out = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            if len(out) + size > _MAX_BODY_BYTES:
                raise ValueError("too much")
            out += await reader.readexactly(size)
            await reader.readline()
        return out
    if (length := headers.get("content-length")) is not None:
        if int(length) > _MAX_BODY_BYTES:
            raise ValueError("too much")
        return await reader.readexactly(int(length))
    out = b""
    while piece := await reader.read(65_536):
        out += piece
        if len(out) > _MAX_BODY_BYTES:
            raise ValueError("too much")
    return out


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
