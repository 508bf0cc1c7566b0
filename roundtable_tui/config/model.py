"""The settings: each declared once, with its type, default, bounds, help text and place in the form.

The validation of the file (`validate`), the forms (`fields`) and the table in the documentation are made from
these declarations.
"""

# Without `from __future__ import annotations`: the annotations are read at run time.
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

Kind = Literal["text", "flag", "count", "number"]
Effect = Literal["now", "next question", "next start"]
Choices = Literal["", "servers", "modes", "teams", "themes"]

_KIND_OF_TYPE: dict[type, Kind] = {str: "text", bool: "flag", int: "count", float: "number"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the settings file. A declaration gives the first six fields; the others follow from it."""

    help: str
    """One line for the form, without a full stop."""
    section: str = ""
    """The heading in the form."""
    min_value: float = 0.0
    max_value: float = 0.0
    choices: Choices = ""
    """What the value is chosen from, if that can be listed."""
    effect: Effect = "next question"
    """When a change counts."""
    name: str = ""
    """The name in the file."""
    kind: Kind = "text"
    optional: bool = False
    """No value is a value too (None)."""
    default: Any = None
    """MISSING if there is none."""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest number allowed; None for text and flags."""
        return (self.min_value, self.max_value) if self.kind in ("count", "number") else None


DEFAULT_ANSWER_TOKENS = 32_768
DEFAULTS, BUDGET, SCREEN, TIMEOUTS = "Defaults", "Budget", "Screen", "Timeouts"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server that the user has named. It holds where to find the key, never the key itself."""

    name: Annotated[str, Setting("name of the server")]
    base_url: Annotated[str, Setting("base URL; most end in /v1")]
    """As the client uses it: no slash at the end."""
    api_key_env: Annotated[str, Setting("environment variable that holds the key")] = ""
    api_key_cmd: Annotated[str, Setting("or command that prints the key")] = ""
    """The first line it prints is the key (`pass show x`); run without a shell."""
    model: Annotated[str, Setting("default model on this server")] = ""
    concurrency: Annotated[int, Setting("calls at once; 0: automatic", max_value=1024)] = 0
    context: Annotated[
        int, Setting("tokens its models hold, prompt and answer; 0: as the server says", max_value=1e9)
    ] = 0
    requests_per_minute: Annotated[int, Setting("requests per minute; 0: no limit", max_value=1_000_000)] = 0
    tokens_per_minute: Annotated[
        int, Setting("tokens per minute, prompts and answers; 0: no limit", max_value=1e12)
    ] = 0
    vision_models: Annotated[
        str, Setting("models that read pictures, by commas, * for any text, where the server does not say")
    ] = ""
    ca_file: Annotated[str, Setting("file of certificates to trust besides the usual ones (PEM)")] = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Generation parameters of every call, by name (`config.params`)."""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """Name of a header -> its value, or where to find it: `{"env": VARIABLE}`, `{"cmd": COMMAND}`."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters added to every URL, such as `api-version`."""
    timeouts: Mapping[str, float] = field(default_factory=dict)
    """Timeouts in seconds by the names of `LimitSettings`, instead of those of all servers."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The timeouts of one model call, in seconds."""

    connect: Annotated[float, Setting("seconds to connect to the server", TIMEOUTS, 0.1, 600)] = 5.0
    first_token: Annotated[
        float, Setting("seconds to the first token; a model may load first", TIMEOUTS, 1, 86_400)
    ] = 300.0
    idle: Annotated[float, Setting("seconds of silence during an answer", TIMEOUTS, 1, 86_400)] = 120.0
    turn: Annotated[float, Setting("seconds for the whole turn", TIMEOUTS, 1, 604_800)] = 1800.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the settings file may hold. Fields with a `Setting` are single values at its top level."""

    server: Annotated[str, Setting("default server", DEFAULTS, choices="servers")] = ""
    """A name in `servers`."""
    model: Annotated[str, Setting("default model, for servers without their own", DEFAULTS)] = ""
    mode: Annotated[str, Setting("default mode", DEFAULTS, choices="modes")] = "debate"
    team: Annotated[str, Setting("team in the default mode", DEFAULTS, choices="teams")] = ""
    agents: Annotated[
        int | None, Setting("number of seats, in modes that let you choose", DEFAULTS, 1, 64)
    ] = None
    """None: as the mode says."""
    discovery: Annotated[bool, Setting("look for servers on this machine", DEFAULTS, effect="now")] = True
    demo: Annotated[bool, Setting("use the demo (made-up text) if no server is given", DEFAULTS)] = False
    budget: Annotated[
        int | None, Setting("tokens per run, prompts and answers; empty: no limit", BUDGET, 0, 1e12)
    ] = None
    max_cost: Annotated[
        float | None, Setting("US dollars per run, if prices are known; empty: no limit", BUDGET, 0, 1e6)
    ] = None
    answer_tokens: Annotated[
        int, Setting("tokens of an answer, reasoning included, at which it is stopped", BUDGET, 1, 1e9)
    ] = DEFAULT_ANSWER_TOKENS
    theme: Annotated[str, Setting("colour theme", SCREEN, choices="themes", effect="now")] = ""
    mouse: Annotated[
        bool, Setting("off: the terminal selects text with the mouse", SCREEN, effect="next start")
    ] = True
    animations: Annotated[bool, Setting("animated display", SCREEN, effect="now")] = True
    confirm_quit: Annotated[bool, Setting("ask before leaving an active run", SCREEN, effect="now")] = True
    bell: Annotated[
        bool, Setting("bell at the end of a run of ten seconds or more", SCREEN, effect="now")
    ] = True
    notifications: Annotated[
        bool,
        Setting("desktop notification at the end of a long run, if the terminal can", SCREEN, effect="now"),
    ] = True
    title: Annotated[
        bool, Setting("window title at the end of a long run, until the next key", SCREEN, effect="now")
    ] = True
    servers: Mapping[str, ServerSettings] = field(default_factory=dict)
    limits: LimitSettings = field(default_factory=LimitSettings)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action to keys, instead of the app's own."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Mode to its options, instead of the mode's defaults. The mode validates them."""
    permissions: Mapping[str, str] = field(default_factory=dict)
    """`TOOL` or `TOOL(PATTERN)` -> allow, ask or deny."""
    mcp: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name of a server of tools -> how to reach it: command, args, env; or url, headers."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Entries of the file that this version does not know. They are written back unchanged."""


SettingsClass = type[Settings] | type[ServerSettings] | type[LimitSettings]


def declared_settings(group: type[Any]) -> tuple[Setting, ...]:
    """Return the settings declared in a class, in the order of its fields."""
    return tuple(_complete_setting(one) for one in fields(group) if get_origin(one.type) is Annotated)


def _complete_setting(declared: Field[Any]) -> Setting:
    """Return the setting of an annotated field, completed with the field's name, kind and default."""
    annotated: Any
    setting: Setting
    annotated, setting = get_args(declared.type)
    types = [one for one in get_args(annotated) or (annotated,) if one is not NoneType]
    optional = NoneType in get_args(annotated)
    return replace(
        setting, name=declared.name, kind=_KIND_OF_TYPE[types[0]], optional=optional, default=declared.default
    )
