"""API keys: which key belongs to which server, and where it is read from. Keys are never shown."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from roundtable_tui.config.flag_environment import FlagEnvironment, may_receive
from roundtable_tui.config.model import ServerSettings
from roundtable_tui.config.suggestions import SourceFile
from roundtable_tui.config.urls import normalize_url, url_error
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import processes
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.redact import register_secret
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from subprocess import Popen


OPENAI = "https://api.openai.com/v1"
KEY = "OPENAI_API_KEY"
URL = "OPENAI_BASE_URL"
API_URL, MODEL_NAME, API_KEY = "API_URL", "MODEL_NAME", "API_KEY"
"""Variables of the VLLM framework's examples (`config.api_environment`)."""
DEFAULT_TIMEOUT_S = 10.0
_MAX_KEY_BYTES = 8192


def key_owner(environ: Mapping[str, str]) -> str:
    """Return the base URL that OPENAI_API_KEY was given for.

    That is OPENAI_BASE_URL, else the base URL given by the user in the same command or call, else OpenAI's.
    """
    given = environ.base_url if isinstance(environ, FlagEnvironment) else ""
    return normalize_url(environ.get(URL, "")) or given or OPENAI


def find_api_url(environ: Mapping[str, str]) -> str:
    """Return the base URL in API_URL; "" if it is none, or MODEL_NAME is not set."""
    url = normalize_url(environ.get(API_URL, ""))
    return url if url and url_error(url) is None and environ.get(MODEL_NAME, "").strip() else ""


def bind_key(server: ServerSettings, environ: Mapping[str, str]) -> ServerSettings:
    """Return `server` with the one key that may be sent to it, or with none.

    That is the key given in the call for its base URL, else the key its settings name, else OPENAI_API_KEY
    if that was given for the server's base URL, else API_KEY if API_URL is its base URL. Every key is chosen
    here, however the server was chosen.
    """
    if _given_key(server, environ):
        return replace(server, api_key_env=KEY, api_key_cmd="")
    if server.api_key_env or server.api_key_cmd:
        return server
    if environ.get(KEY, "").strip() and may_receive(key_owner(environ), server.base_url):
        return replace(server, api_key_env=KEY)
    if environ.get(API_KEY, "").strip() and may_receive(find_api_url(environ), server.base_url):
        return replace(server, api_key_env=API_KEY)
    return server


def _given_key(server: ServerSettings, environ: Mapping[str, str]) -> str:
    return environ.given_key(server.base_url) if isinstance(environ, FlagEnvironment) else ""


def missing_key(server: ServerSettings) -> UsageError:
    """Return the error for a server that wants a key and has none; it names the setting to add."""
    name = server.name if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", server.name) else "NAME"
    url = single_line(server.base_url, 120)
    entry = f'Add to the settings: [servers.{name}] base_url = "{url}", api_key_env = "VARIABLE".'
    hint = by_interface(
        command_line=entry,
        python=f'Give base_url="{url}" and api_key=.',
        app=f"{entry[:-1]} (shift+F4 adds a server).",
    )
    what = f"{single_line(server.name, 60)} at {url} wants a key, and none was given for it"
    return UsageError(what, hint=hint)


def read_key(
    server: ServerSettings, environ: Mapping[str, str] = os.environ, *, timeout_s: float = DEFAULT_TIMEOUT_S
) -> str:
    """Return the key of `server`, "" if it has none; call this in a thread, since a command may be slow.

    `bind_key` decides which key that is.

    Raises:
        UsageError: There is no key. It names the variable or the program, never their content or output.
    """
    server = bind_key(server, environ)
    if key := _given_key(server, environ):
        return _validate_key(key, server, "the argument api_key", "is blank", "")
    return read_secret(
        server, environ, variable=server.api_key_env, command=server.api_key_cmd, timeout_s=timeout_s
    )


def read_secret(
    server: ServerSettings,
    environ: Mapping[str, str],
    *,
    variable: str,
    command: str,
    header: str = "",
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> str:
    """Return the content of a variable or the first line of a command; "" if neither is named.

    Args:
        server: the server that it is for, named in errors.
        environ: environment variables.
        variable: the name of a variable.
        command: a command.
        header: the header whose value it is; "" for the key.
        timeout_s: seconds that the command may take.
    """
    if variable:
        source = f"the variable {single_line(variable, 64)}"
        return _validate_key(environ.get(variable, ""), server, source, "is not set", header)
    if command:
        words = shlex.split(command)
        # Only the program's name: its arguments may be private.
        source = f"the key command ({single_line(Path(words[0]).name, 40)})"
        printed = _run_key_command(words, server, source, timeout_s)
        return _validate_key(printed, server, source, "printed nothing", header)
    return ""


def _run_key_command(words: list[str], server: ServerSettings, source: str, timeout_s: float) -> str:
    import threading

    try:
        # A session of its own: it cannot ask on the terminal the app draws on, and ends as a whole.
        process = processes.start(words, stdout="pipe", folder=processes.find_home_folder())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it cannot be run"
        raise _key_error(server, f"{source} failed: {single_line(reason, 80)}") from None
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _kill_process(process)

    clock = threading.Timer(timeout_s, give_up)
    clock.daemon = True
    clock.start()
    try:
        assert process.stdout is not None
        with process.stdout as output:
            line = output.readline(_MAX_KEY_BYTES)
        status = process.wait()
    finally:
        clock.cancel()
    if late.is_set():
        raise _key_error(server, f"{source} took longer than {timeout_s:g} s")
    # A program that prints more than one line ends by SIGPIPE, as its pipe is closed.
    if status not in {0, -13, 141}:
        raise _key_error(server, f"{source} failed with status {status}")
    return line.decode("utf-8", "replace")


def _kill_process(process: Popen[bytes]) -> None:
    """Kill the command and the processes that it started, if it still runs."""
    import signal
    from contextlib import suppress

    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _validate_key(value: str, server: ServerSettings, source: str, if_empty: str, header: str) -> str:
    key = value.strip()
    register_secret(key)
    if not key:
        raise _key_error(server, f"{source} {if_empty}")
    if what := _find_wrapping(key, header):
        raise _key_error(server, f"{source} {what}", "Put only the key itself there.")
    if not (key.isascii() and key.isprintable()):
        raise _key_error(server, f"{source} gave something that cannot be a key")
    return key


_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_ASSIGNED = re.compile(
    r"(?:(?:export|set|setenv)\s+[A-Za-z_]\w*|[A-Z_][A-Z0-9_]*|(?i:[A-Z_]\w*_(?:KEY|TOKEN)))\s*=\s*[^\s=]"
)
_REFERENCE = re.compile(r"\$\w+|\$\{[^}]*\}|\$\(.*\)|%\w+%|\{\{.*\}\}")
_BRACKETED = re.compile(r"<.*>|\[.*\]|\{.*\}|\(.*\)")
_OMITTED = re.compile(r"(?:[\w-]{0,12}[-_])?(?:\.{3,}|\u2026)")
_SCHEME = re.compile(r"(?:authorization\s*:\s*)?(?:bearer|basic|token)\s", re.IGNORECASE)


def _find_wrapping(key: str, header: str) -> str:
    """Return what stands around a key, as files of variables often leave it there; "" for nothing.

    Args:
        key: the value.
        header: the header whose value it is ("" for the key); `Authorization` has a scheme before the key.
    """
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return "has quotation marks around the key"
    if _REFERENCE.fullmatch(key):
        return "names another variable, which nothing has replaced by its value"
    if _BRACKETED.fullmatch(key):
        return "has brackets around the key"
    if _OMITTED.fullmatch(key):
        return "holds dots in place of a key"
    if _ASSIGNED.match(key):
        return "holds a whole assignment, not the key alone"
    if not header and _SCHEME.match(key):
        return "has a word such as Bearer before the key, which is added when it is sent"
    if re.search(r"\s#", key):
        return "has a comment after the key"
    if key[-1] in ";,":
        return f"has a {'semicolon' if key[-1] == ';' else 'comma'} after the key"
    return ""


def _key_error(server: ServerSettings, what: str, hint: str = "") -> UsageError:
    where = f"server {single_line(server.name, 60)}"
    usual = by_interface(
        command_line="Try it in a shell, or change it in the settings.",
        python="Give the key itself as api_key=, or correct the variable or command in the settings.",
        app="Try it in a shell, or change it in the settings.",
    )
    return UsageError(what, where=where, hint=hint or usual)


_NAME = re.compile(
    r"(^|[_-])((api[_-]?)?key|token|secret|password|passwd|bearer|authorization)$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(sk|pk|gsk|hf|xai|pplx|nvapi|ghp|r8|tgp|csk)[-_][\w-]{8}|\bAIza[\w-]{8}|^Bearer\s", re.IGNORECASE
)
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
_INSTEAD = "Name the variable that holds it with api_key_env, or the command that prints it with api_key_cmd."


def reject_secret(key: str, value: object, keys: tuple[str, ...], source: SourceFile) -> None:
    """Raise FileError if `value` contains an API key, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            reject_secret(name, inner, (*keys, name), source)
    elif _NAME.search(key) or (isinstance(value, str) and _VALUE.search(value)):
        raise source.error(keys, "looks like a key, and keys do not belong in this file", _INSTEAD)


def check_variable(name: str, keys: tuple[str, ...], source: SourceFile) -> None:
    """Raise FileError if `name` cannot be the name of an environment variable (a key put in its place)."""
    if (fault := variable_error(name)) is not None:
        raise source.error(keys, *fault)


def check_command(command: str, keys: tuple[str, ...], source: SourceFile) -> None:
    """Raise FileError if `command` cannot be split into words, or holds a key."""
    if (fault := command_error(command)) is not None:
        raise source.error(keys, *fault)


def is_secret_name(name: str) -> bool:
    """True if a value of this name (of a header, a parameter) is a key or a password."""
    plain = name.replace("_", "-").lower()
    return _NAME.search(name) is not None or plain in _SECRET_HEADERS or plain.endswith("-key")


_SECRET_HEADERS = frozenset({"cookie", "proxy-authorization", "authorization", "x-auth"})


def looks_like_key(value: str) -> bool:
    """True if `value` looks like an API key, or contains one."""
    return _VALUE.search(value) is not None


def variable_error(name: str) -> tuple[str, str] | None:
    """Return (problem, hint), or None if `name` can be the name of an environment variable."""
    lower_and_digits = name != name.upper() and any(c.isdigit() for c in name) and len(name) >= 20
    if not _VARIABLE.match(name) or looks_like_key(name) or lower_and_digits:
        hint = "Put the key itself into a variable, and the variable's name here."
        return "should be the name of an environment variable, such as OPENAI_API_KEY", hint
    return None


def command_error(command: str) -> tuple[str, str] | None:
    """Return (problem, hint), or None if `command` is a valid key command."""
    try:
        words = shlex.split(command)
    except ValueError:
        return "is not a command: a quotation mark is not closed", ""
    if not words:
        return "is empty", "Give a command whose first line is the key, or leave it out."
    if looks_like_key(command):
        return "holds a key", "Give a command that fetches the key from where it is kept."
    return None
