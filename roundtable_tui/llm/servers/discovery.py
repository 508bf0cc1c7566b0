"""Looks for model servers at known ports of this machine and at URLs that environment variables name.

Each is sent a GET of `/v1/models`. Redirects are not followed, and at most one megabyte is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from roundtable_tui.config import ServerSettings, bind_key
from roundtable_tui.config.urls import is_wildcard_host
from roundtable_tui.llm.http import transport
from roundtable_tui.llm.servers.model_list import parse_models
from roundtable_tui.llm.servers.url import parse_server_url
from roundtable_tui.utils.nesting import load_json

if TYPE_CHECKING:
    import httpx2

KNOWN_PORTS: Mapping[int, str] = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "llama.cpp",
    8000: "vLLM",
    30000: "SGLang",
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
_MAX_NAME_CHARS = 300
_PROPS_TIMEOUT_S = 0.15


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A model server that responded. Its label and models are untrusted text."""

    label: str
    base_url: str
    models: tuple[str, ...]
    """Names of the models it offers; empty if it has none or requires a key to list them."""
    wants_key: bool = False
    """It requires a key, or rejected the one in the environment."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A server that may exist. `label` is a guess until a response identifies the server."""

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
    """Look for servers at the URLs that the environment names and on the known ports of this machine.

    All are asked at the same time. Nothing that answers can make this raise.

    Args:
        environ: Environment variables; OPENAI_BASE_URL, OLLAMA_HOST, OLLAMA_PORT and keys are read.
        timeout_s: Seconds within which a server must have answered.
        ports: Ports of this machine to try, each with the name of the server that usually uses it.

    Returns:
        The servers that answered in time: those of the environment first, then by port.
    """
    candidates = _list_candidates(environ, ports)
    # Before the clock starts: the imports for a client take longer than an answer.
    clients = await asyncio.to_thread(_create_clients, candidates)
    tasks = [
        asyncio.ensure_future(_probe(candidate, client))
        for candidate, client in zip(candidates, clients, strict=True)
        if client is not None
    ]
    if not tasks:
        return []
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [server for task in tasks if task in done and (server := task.result()) is not None]


def _create_clients(candidates: Iterable[_Candidate]) -> list[httpx2.AsyncClient | None]:
    return [_create_client(candidate) for candidate in candidates]


def _create_client(candidate: _Candidate) -> httpx2.AsyncClient | None:
    try:
        return transport.create_client(parse_server_url(candidate.base_url), candidate.scheme)
    except Exception:
        # A proxy variable of the environment may be malformed: a call to that server will report it.
        return None


def _list_candidates(environ: Mapping[str, str], ports: Mapping[int, str]) -> list[_Candidate]:
    found: list[_Candidate | None] = []
    if base := environ.get("OPENAI_BASE_URL", "").strip():
        found.append(_parse_address(base, default_port=None))
    given = environ.get("OLLAMA_PORT", "").strip()
    given = given if given.isascii() and given.isdecimal() and 0 < int(given) < 65536 else ""
    if (host := read_ollama_host(environ)) or given:
        ollama = _parse_address(host or "127.0.0.1", default_port=int(given or 11434))
        found.append(ollama and replace(ollama, label="Ollama", path=f"{ollama.path.removesuffix('/v1')}/v1"))
    for port, label in ports.items():
        found.append(_Candidate(label, "http", "127.0.0.1", port, "/v1"))
    unique: dict[tuple[str, int], _Candidate] = {}
    for entry in found:
        if entry is not None:
            unique.setdefault((entry.host, entry.port), entry)
    return [replace(entry, key=_find_key(entry, environ)) for entry in unique.values()]


def read_ollama_host(environ: Mapping[str, str]) -> str:
    """Return OLLAMA_HOST, without the quotation marks that files of variables leave, as Ollama reads it."""
    return environ.get("OLLAMA_HOST", "").strip().strip("\"'").strip()


def _find_key(candidate: _Candidate, environ: Mapping[str, str]) -> str:
    """Return the key that the environment has for this URL, or ""."""
    variable = bind_key(ServerSettings(candidate.label, candidate.base_url), environ).api_key_env
    key = environ.get(variable, "").strip() if variable else ""
    return key if key.isascii() and key.isprintable() else ""


def _parse_address(address: str, default_port: int | None) -> _Candidate | None:
    """Parse `host`, `host:port`, `:port` or a URL; addresses to listen on (0.0.0.0) become 127.0.0.1."""
    has_scheme = "://" in address
    try:
        parts = urlsplit(address if has_scheme else f"http://{address}")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    host = (parts.hostname or "").lower()
    if host in ("", "localhost") or is_wildcard_host(host):
        host = "127.0.0.1"
    if port is None:
        port = 443 if parts.scheme == "https" else default_port if default_port and not has_scheme else 80
    label = KNOWN_PORTS.get(port, host) if host == "127.0.0.1" else host
    return _Candidate(label, parts.scheme, host, port, parts.path.rstrip("/"))


async def _probe(candidate: _Candidate, client: httpx2.AsyncClient) -> FoundServer | None:
    try:
        async with client:
            response = await _get(client, candidate, "/models")
            found = await asyncio.to_thread(_parse_server, candidate, response)
            is_unlabeled = found is not None and found.models and not _detect_label(response)
            if found is not None and is_unlabeled and await _has_llama_cpp_props(client, candidate):
                return replace(found, label="llama.cpp")
            return found
    except Exception:
        # Any program may listen on a port: a response that is not understood is not a model server.
        return None


async def _has_llama_cpp_props(client: httpx2.AsyncClient, candidate: _Candidate) -> bool:
    """Return whether the server has `/props`, which only llama.cpp serves."""
    candidate = replace(candidate, path=candidate.path.removesuffix("/v1"))
    try:
        async with asyncio.timeout(_PROPS_TIMEOUT_S):
            response = await _get(client, candidate, "/props")
    except Exception:
        return False
    return isinstance(response.data, dict) and "default_generation_settings" in response.data


def _parse_server(candidate: _Candidate, response: _HttpResponse) -> FoundServer | None:
    """Return what a response to `/models` describes, or None if it does not come from a model server."""
    label = _detect_label(response) or candidate.label
    data = response.data
    if response.status in (401, 403) or _is_litellm_without_key(response):
        is_api = isinstance(data, dict) and ("error" in data or "detail" in data)
        return FoundServer(label, candidate.base_url, (), wants_key=True) if is_api else None
    if response.status != 200:
        return None
    entries = data.get("data", data.get("models")) if isinstance(data, dict) else data
    if entries is None and isinstance(data, dict) and data.get("object") == "list":
        entries = []  # Ollama without models sends null.
    if not isinstance(entries, list):
        return None
    models = parse_models(entries[:_MAX_MODELS], candidate.key) or []
    names = tuple(model.id for model in models if len(model.id) <= _MAX_NAME_CHARS)
    return FoundServer(label, candidate.base_url, names) if names or not entries else None


def _is_litellm_without_key(response: _HttpResponse) -> bool:
    """Return whether LiteLLM refuses a call without a key: with 400, if it has no database of keys."""
    error = response.data.get("error") if isinstance(response.data, dict) else None
    return response.status == 400 and isinstance(error, dict) and error.get("type") == "no_db_connection"


def _detect_label(response: _HttpResponse) -> str:
    """Return the product that the response names in its headers or its list of models, or ""."""
    if any(name.startswith("x-litellm") for name in response.headers):
        return "LiteLLM"
    if "llama.cpp" in response.headers.get("server", "").lower():
        return "llama.cpp"
    entries = response.data.get("data") if isinstance(response.data, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (owner := _LABEL_BY_OWNER.get(str(entry.get("owned_by")))):
            return owner
    return ""


async def _get(client: httpx2.AsyncClient, candidate: _Candidate, endpoint: str) -> _HttpResponse:
    """Send a GET request, with the key only if there is one; raises where no JSON of at most 1 MB comes."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    if candidate.key:
        headers["Authorization"] = f"Bearer {candidate.key}"
    request = client.build_request("GET", candidate.base_url + endpoint, headers=headers)
    response = await client.send(request, stream=True)
    # Compressed data was not asked for, and a few kilobytes of it can expand to gigabytes.
    is_compressed = response.headers.get("content-encoding", "identity") != "identity"
    body = None if is_compressed else await transport.read_body(response, _MAX_BODY_BYTES)
    if body is None:
        await response.aclose()
        raise ValueError("the response is compressed or too long")
    return _HttpResponse(response.status_code, response.headers, load_json(body))
