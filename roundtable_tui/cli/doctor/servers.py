"""Checks of servers, their API keys, and the built-in model."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Mapping
from contextlib import aclosing
from importlib import metadata
from typing import Any

from roundtable_tui.cli.doctor.machine import Check
from roundtable_tui.config import ServerSettings, Settings, bind_key, key_owner, read_key
from roundtable_tui.config.api_environment import describe_api_variables
from roundtable_tui.config.api_keys import API_URL, find_api_url
from roundtable_tui.config.openai_environment import (
    apply_variables,
    describe_variables,
    server_of_variables,
)
from roundtable_tui.config.params import describe_params
from roundtable_tui.config.urls import shown_origin
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.llm.servers.check import CheckResult, check_server
from roundtable_tui.model_choice.catalog import list_servers
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

_TIMEOUT_S = 10.0
_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OLLAMA_HOST", "ROUNDTABLE_MODEL", "ROUNDTABLE_HOME")


async def check_servers(
    settings: Settings, asked: Mapping[str, Any], environ: Mapping[str, str]
) -> list[Check]:
    """Check the servers from settings, environment and discovery, and which one `ask` would use."""
    backends = ServerPool(settings, environ)
    try:
        named = list(settings.servers.values())
        others = [entry.server for entry in await list_servers(backends) if entry.kind == "url"]
        checks = [*_check_variables(environ), *_check_keys([*named, *others], environ)]
        checks += [*_check_openai_variables(environ), *_check_api_variables(environ), *_check_params(named)]
        checks += await asyncio.gather(*(_check_one_server(server, environ, bad=True) for server in named))
        checks += await asyncio.gather(*(_check_one_server(server, environ, bad=False) for server in others))
        checks.append(_check_answer_limit(settings))
        checks.append(await _check_default_server(backends, asked))
        return checks
    finally:
        await backends.aclose()


def _check_variables(environ: Mapping[str, str]) -> list[Check]:
    is_set = [name for name in _VARIABLES if environ.get(name)]
    rest = [name for name in _VARIABLES if name not in is_set]
    text = f"set: {', '.join(is_set) or 'none'}; not set: {', '.join(rest) or 'none'}"
    return [Check("ok", "variables", text)]


def _check_openai_variables(environ: Mapping[str, str]) -> list[Check]:
    """Report the OPENAI_* variables of models, parameters and limits, and the server they apply to."""
    values = describe_variables(environ)
    if not values:
        return []
    owner = single_line(server_of_variables(environ), 120)
    try:
        apply_variables(ServerSettings("", server_of_variables(environ)), environ)
    except UsageError as error:
        return [Check("bad", "OPENAI_* variables", error.what, "Correct it, or unset it.")]
    return [Check("ok", "OPENAI_* variables", f"for {owner} only: {values}")]


def _check_api_variables(environ: Mapping[str, str]) -> list[Check]:
    """Report the variables of the VLLM framework's examples, if API_URL is set."""
    if not environ.get(API_URL, "").strip():
        return []
    if not (url := find_api_url(environ)):
        return [
            Check("ok", API_URL, "is not used: it counts with a URL of a server, and MODEL_NAME beside it")
        ]
    try:
        apply_variables(ServerSettings("", url), environ)
    except UsageError as error:
        return [Check("bad", API_URL, error.what, error.hint)]
    where = single_line(shown_origin(url), 120)
    return [Check("ok", API_URL, f"for {where} only: {describe_api_variables(environ)}")]


def _check_params(servers: list[ServerSettings]) -> list[Check]:
    """Report the generation parameters that the settings give to servers."""
    return [
        Check("ok", f"params of {single_line(one.name, 40)}", describe_params(one.params))
        for one in servers
        if one.params
    ]


def _check_keys(servers: list[ServerSettings], environ: Mapping[str, str]) -> list[Check]:
    """Report which key is sent to which server: the name of its variable or command, never the key."""
    bound = [bind_key(server, environ) for server in servers]
    checks = [_check_key(server, environ) for server in bound if server.api_key_env or server.api_key_cmd]
    if environ.get("OPENAI_API_KEY", "").strip():
        owner = single_line(shown_origin(key_owner(environ)), 120)
        text = f"is sent to {owner} only" if owner else "is not used: OPENAI_BASE_URL is not a valid URL"
        checks.append(Check("ok" if owner else "note", "OPENAI_API_KEY", text))
    return checks


def _check_key(server: ServerSettings, environ: Mapping[str, str]) -> Check:
    where, url = f"key of {single_line(server.name, 40)}", single_line(shown_origin(server.base_url), 120)
    if server.api_key_cmd:
        return Check("ok", where, f"the output of api_key_cmd is sent to {url}")
    name = single_line(server.api_key_env, 64)
    if not environ.get(server.api_key_env):
        return Check("bad", where, f"{name} is not set", f"export {name}=...")
    try:
        read_key(server, environ)
    except UsageError as error:
        return Check("bad", where, f"{error.what}, and is not sent", error.hint)
    return Check("ok", where, f"{name} is set and sent to {url}")


async def _check_one_server(found: ServerSettings, environ: Mapping[str, str], *, bad: bool) -> Check:
    """Check one server, without calling a model: that may cost money."""
    where = f"{single_line(found.name, 40)} at {single_line(found.base_url, 120)}"
    results: list[CheckResult] = []
    try:
        async with asyncio.timeout(_TIMEOUT_S), aclosing(check_server(found, environ, ask=False)) as findings:
            results = [finding async for finding in findings if finding.mark != "wait"]
    except TimeoutError:
        return Check("bad" if bad else "note", "server", f"{where} did not answer within {_TIMEOUT_S:g} s")
    last = next((one for mark in ("bad", "note") for one in results if one.mark == mark), results[-1])
    if last.mark == "bad":
        return Check("bad" if bad else "note", "server", f"{where}: {last.what}", last.hint)
    if last.mark == "note":
        colon = "" if last.what.startswith("lists") else ":"
        return Check("note", "server", f"{where}{colon} {last.what}", last.hint)
    return Check("ok", "server", f"{where}, {count_of(len(last.models), 'model')}")


def _check_answer_limit(settings: Settings) -> Check:
    """Report the tokens at which an answer is stopped."""
    text = f"stopped at about {settings.answer_tokens:,} tokens, reasoning included (answer_tokens)"
    return Check("ok", "answers", text)


async def _check_default_server(backends: ServerPool, asked: Mapping[str, Any]) -> Check:
    """Check which server and model a question would go to."""
    try:
        async with asyncio.timeout(_TIMEOUT_S * 2):
            server = await backends.get_server(**asked)
            model = await backends.choose_model(server)
    except TimeoutError:
        return Check("bad", "ask", "the default server did not answer")
    except RoundtableError as error:
        return Check("bad", "ask", error.what, error.hint)
    return Check("ok", "ask", f"uses {single_line(server.name, 60)}, {single_line(model, 80)}")


def check_local_model() -> list[Check]:
    """Check the built-in model: its server program, this machine, its file."""
    from roundtable_tui.llm.local import model, requirements

    if (why := requirements.missing_requirement()) is not None:
        return [Check("note", "local model", why)]
    version = metadata.version("xllamacpp")
    path = model.find_model()
    what = f"xllamacpp {version} on {platform.machine()}"
    if path is None:
        return [
            Check(
                "note", "local model", f"{what}, no model file yet", "Run `roundtable fetch-model` (98 MB)."
            )
        ]
    if path.name == model.FILE_NAME and not model.is_intact(path):
        hint = "Remove it and run `roundtable fetch-model`."
        return [
            Check(
                "bad",
                "local model",
                f"{files.display_path(path)} is damaged: its SHA-256 differs",
                hint,
            )
        ]
    return [Check("ok", "local model", f"{what}, {files.display_path(path)}")]
