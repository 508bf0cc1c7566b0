"""The body of a chat completion: checked, and put in the terms of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from roundtable_tui import modes
from roundtable_tui.config import Settings
from roundtable_tui.config.params import check_params
from roundtable_tui.engine import Mode
from roundtable_tui.errors import UsageError
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.reading.catalog import SINGLE, Catalog, ServedModel, is_offered
from roundtable_tui.proxy.reading.conversation import is_plain, read_conversation, read_text
from roundtable_tui.proxy.reading.housekeeping import is_housekeeping
from roundtable_tui.proxy.reading.own_fields import OwnFields, read_own_fields
from roundtable_tui.proxy.reading.pictures import take_pictures
from roundtable_tui.proxy.running.answer_limit import describe_limit
from roundtable_tui.proxy.running.response_format import check_schema, describe_schema
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tools import documents
from roundtable_tui.utils.text import single_line

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MAX_MESSAGES = 2_000
_REFUSED = {
    "logprobs": "logprobs are not available: an answer comes from several models",
    "top_logprobs": "logprobs are not available: an answer comes from several models",
    "audio": "audio is not available",
    "functions": "functions are not available: use tools with roundtable/single",
    "function_call": "functions are not available: use tools with roundtable/single",
}
_GENERATION = (
    "temperature", "top_p", "seed", "stop", "presence_penalty", "frequency_penalty", "reasoning_effort",
    "verbosity", "top_k", "min_p", "repeat_penalty",
)  # fmt: skip
"""Parameters that `roundtable/single` passes on."""
_IN_MODES = ("temperature", "top_p")
"""Of these, the ones that a mode may have as an option; in other modes each persona has its own."""
_NO_TOOLS: Mapping[str, Any] = {"roots": (), "tools": (), "mcp": None, "allow": (), "tool_trips": None}
"""The call of one model is the client's alone: it has the tools that the client sends."""


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A request of a client."""

    model: str
    """The name of the model as the client wrote it."""
    body: Mapping[str, Any]
    """The body as a chat completion."""
    kind: Literal["panel", "messages", "raw"]
    """`messages`: one call with the client's messages as they are; `raw`: with the whole body."""
    request: RunRequest
    is_stream: bool = False
    include_usage: bool = False
    show: Literal["full", "brief", "none"] = "full"
    """How much of the turns is sent as reasoning."""
    pictures: tuple[bytes, ...] = ()
    """Pictures for a panel; in other calls they stay in the messages."""
    max_answer_tokens: int | None = None
    """The limit of a panel's answer; in other calls it is that of the one call."""
    schema: Mapping[str, Any] | None = None
    """The JSON schema of the answer; an empty one for any JSON object, None for free text."""
    ignored: tuple[str, ...] = ()
    """Fields that have no effect in this mode."""
    is_housekeeping: bool = False
    """A title, tags and the like for the client itself."""

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The messages of the client."""
        return list(self.body["messages"])


@dataclass(slots=True)
class _Draft:
    """What is collected about a panel."""

    options: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def read_chat_call(body: Any, catalog: Catalog, base: RunRequest) -> ChatCall:
    """Return the call that a body asks for.

    Args:
        body: the JSON body of a chat completion.
        catalog: the models.
        base: the request of every run: server, model and budget of the proxy.

    Raises:
        ProxyError: the body is wrong, or asks for what is not available.
    """
    if not isinstance(body, Mapping):
        raise ProxyError(400, "the body should be a JSON object")
    _check_messages(body.get("messages"))
    _check_refused(body)
    if not isinstance(name := body.get("model"), str) or not name.strip():
        raise ProxyError(400, "model is missing: GET /v1/models lists the names", param="model")
    chosen = catalog.find(name.strip())
    own = read_own_fields(body.get("roundtable"), chosen.options)
    stream_options = body.get("stream_options")
    call = ChatCall(
        model=name,
        body=body,
        kind="panel",
        request=base,
        is_stream=body.get("stream") is True,
        include_usage=isinstance(stream_options, Mapping) and stream_options.get("include_usage") is True,
        show=own.show,
    )
    housekeeping = is_housekeeping(body)
    entry = chosen.entry
    if housekeeping or ((own.mode or entry.mode) == SINGLE and not (own.team or entry.team or entry.task)):
        return _single(replace(call, is_housekeeping=housekeeping), own)
    return _panel(call, entry, own, catalog.settings)


def _single(call: ChatCall, own: OwnFields) -> ChatCall:
    """Return the call of one model, with the messages of the client as they are."""
    body = call.body
    raw = bool(body.get("tools") or body.get("response_format")) or not is_plain(call.messages)
    texts = [text for text in map(_text_or_nothing, reversed(call.messages)) if text.strip()]
    request = replace(
        own.apply(call.request, {}),
        **_NO_TOOLS,
        mode=SINGLE,
        team="",
        task="",
        question=texts[0] if texts else "(no text)",
        params=_read_params({name: body[name] for name in _GENERATION if body.get(name) is not None}),
        max_tokens=_read_max_tokens(body),
    )
    return replace(call, kind="raw" if raw else "messages", request=request)


def _panel(call: ChatCall, entry: ServedModel, own: OwnFields, settings: Settings) -> ChatCall:
    body = call.body
    if body.get("tools") or any(one["role"] in ("tool", "function") for one in call.messages):
        what = "a panel cannot call tools: use the model roundtable/single, which passes them on"
        raise ProxyError(400, what, code="tools_not_supported", param="tools")
    mode = own.mode or entry.mode or ("" if entry.task else settings.mode)
    found = _get_mode(mode) if mode else None
    draft = _Draft(options=dict(own.options))
    if found is not None:
        _refuse_paths(found, draft.options)
    else:
        _refuse_paths_of_all(draft.options)
    for name in _GENERATION:
        if body.get(name) is None or name == "seed":
            continue
        if found is not None and name in _IN_MODES and name in found.options.model_fields:
            draft.options.setdefault(name, body[name])
        else:
            draft.ignored.append(name)
    messages, pictures = take_pictures(call.messages)
    question, background = read_conversation(messages)
    max_tokens = _read_max_tokens(body)
    schema = _read_schema(body.get("response_format"))
    note = describe_schema(schema) if schema is not None else ""
    seed = body.get("seed")
    request = replace(
        own.apply(call.request, draft.options),
        mode=mode,
        team=own.team or entry.team,
        task=own.task or entry.task,
        question=question,
        context="\n\n".join(filter(None, (background, note, describe_limit(max_tokens)))),
        seed=seed if isinstance(seed, int) and seed >= 0 else None,
    )
    if not request.task:  # Other panels have no documents.
        request = replace(request, tools=tuple(one for one in request.tools if one != documents.CHOICE))
    return replace(
        call, request=request, schema=schema, ignored=tuple(draft.ignored), pictures=pictures,
        max_answer_tokens=max_tokens,
    )  # fmt: skip


def _get_mode(name: str) -> Mode:
    try:
        found = modes.get_mode(name)
    except UsageError as error:
        raise ProxyError(400, str(error), param="roundtable.mode") from None
    if not is_offered(found):
        what = (
            f"mode {single_line(name, 40)} does not answer one question: GET /v1/models lists those that do"
        )
        raise ProxyError(400, what, param="roundtable.mode")
    return found


def _refuse_paths(mode: Mode, options: Mapping[str, Any]) -> None:
    """Raise ProxyError for options that name files of this machine."""
    for name in mode.path_options:
        if name in options:
            what = f"the option {name} names a file, which a client of the proxy cannot"
            raise ProxyError(400, what, param=f"roundtable.options.{name}")


def _refuse_paths_of_all(options: Mapping[str, Any]) -> None:
    for mode in modes.all_modes().values():
        _refuse_paths(mode, options)


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages or len(messages) > MAX_MESSAGES:
        what = f"messages should be a list of 1 to {MAX_MESSAGES:,} messages"
        raise ProxyError(400, what, param="messages")
    for one in messages:
        if not isinstance(one, Mapping) or one.get("role") not in ROLES:
            what = f"each message needs a role: {', '.join(ROLES[:-1])}"
            raise ProxyError(400, what, param="messages")


def _check_refused(body: Mapping[str, Any]) -> None:
    if body.get("n") not in (None, 1):
        what = "n should be 1: use the mode vote or pro for several answers"
        raise ProxyError(400, what, code="unsupported_parameter", param="n")
    for name, why in _REFUSED.items():
        if body.get(name):
            raise ProxyError(400, why, code="unsupported_parameter", param=name)
    if "audio" in (body.get("modalities") or ()):
        raise ProxyError(400, _REFUSED["audio"], code="unsupported_parameter", param="modalities")


def _read_max_tokens(body: Mapping[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        if (value := body.get(name)) is not None:
            if type(value) is not int or value < 1:
                raise ProxyError(400, f"{name} should be a whole number of at least 1", param=name)
            return value
    return None


def _read_params(given: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return check_params(given)
    except UsageError as error:
        raise ProxyError(400, str(error)) from None


def _read_schema(given: Any) -> Mapping[str, Any] | None:
    """Return the JSON schema of `response_format`; empty for `json_object`. Raises ProxyError."""
    kind = given.get("type") if isinstance(given, Mapping) else None
    if given is None or kind == "text":
        return None
    if kind == "json_object":
        return {}
    described = given.get("json_schema") if kind == "json_schema" else None
    schema = described.get("schema") if isinstance(described, Mapping) else None
    if not isinstance(schema, Mapping):
        what = "response_format should be of type text, json_object, or json_schema with a schema"
        raise ProxyError(400, what, param="response_format")
    if why := check_schema(schema):
        raise ProxyError(400, f"response_format: {why}", param="response_format")
    return schema


def _text_or_nothing(message: Mapping[str, Any]) -> str:
    try:
        return read_text(message)
    except ProxyError:
        return ""
