"""The parameters of `Roundtable.run`: what each may be, and the request that they make."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roundtable_tui import modes
from roundtable_tui.config import did_you_mean
from roundtable_tui.config.params import check_params
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.tools.tool import MAX_TRIPS
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import Persona
from roundtable_tui.setup.participants import MAX_SEATS
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.interface import using_interface
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

P = ParamSpec("P")
R = TypeVar("R")
Timeout = Literal["first_token", "idle", "turn"]
_FORMER_NAMES = {"nth": "question_number"}
_MAX_INTEGER = 2**63 - 1


class RunParameters(BaseModel):
    """The parameters of a run. The description of a field says what its value should be."""

    model_config = ConfigDict(strict=True, frozen=True, arbitrary_types_allowed=True)

    question: str = Field("", description="text")
    mode: str = Field("", description="the name of a mode")
    options: Mapping[str, Any] | None = Field(None, description="a dict of options of the mode")
    task: str | Path = Field("", description="the name or the folder of a task")
    question_number: int = Field(1, ge=1, le=_MAX_INTEGER, description="a whole number of at least 1")
    text: str | Path | None = Field(None, description="a text, or the path of a text file")
    context: str = Field("", description="text")
    attachments: Any = Field(())
    follow_up: str | Path = Field("", description="the folder or the id of a run")
    team: str = Field("", description="the name of a team")
    personas: Any = Field(())
    captain: str | Persona = Field("", description="the name of a persona, or a Persona")
    agents: int | None = Field(None, ge=1, le=MAX_SEATS, description=f"a whole number from 1 to {MAX_SEATS}")
    models: Mapping[str, str] | None = Field(None, description="a dict of persona to model")
    servers: Mapping[str, str] | None = Field(None, description="a dict of persona to server")
    seed: int | None = Field(None, ge=0, le=_MAX_INTEGER, description="a whole number of at least 0")
    max_tokens: int | None = Field(None, ge=1, le=_MAX_INTEGER, description="a whole number of at least 1")
    answer_tokens: int | None = Field(None, ge=1, le=_MAX_INTEGER, description="a whole number of at least 1")
    params: Mapping[str, Any] | None = Field(None, description="a dict of generation parameters")
    stream: bool = Field(True, description="True or False")
    budget: int | None = Field(
        None, ge=0, le=_MAX_INTEGER, description="a whole number of tokens, or 0 for no limit"
    )
    max_cost: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="an amount in USD, or 0 for no limit"
    )
    baseline: bool = Field(False, description="True or False")
    roots: Any = Field(())
    tools: Any = Field(())
    allow: Any = Field(())
    tool_trips: int | None = Field(
        None, ge=1, le=MAX_TRIPS, description=f"a whole number from 1 to {MAX_TRIPS}"
    )
    limits: Mapping[Timeout, float] | None = Field(
        None, description="a dict of first_token, idle or turn to seconds"
    )
    personas_dir: str | Path | None = Field(None, description="the path of a folder of personas")
    folder: str | Path | None = Field(None, description="the path of a folder")


def build_request(client: RunRequest, given: Mapping[str, Any]) -> RunRequest:
    """Return the request of a run: the server and model of the client, and the parameters of the call.

    Raises UsageError that names the parameter.
    """
    try:
        found = RunParameters.model_validate(dict(given))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0])
        raise _wrong(name, str(RunParameters.model_fields[name].description), given[name]) from None
    if any(seconds <= 0 for seconds in (found.limits or {}).values()):
        raise _wrong("limits", "a dict of first_token, idle or turn to seconds above 0", found.limits)
    if found.question_number > 1 and found.question.strip():
        raise UsageError("question_number and question cannot be combined", hint="Use one of them.")
    if found.follow_up and found.task:
        raise UsageError("follow_up and task cannot be combined", hint="Use one of them.")
    if found.follow_up and not found.question.strip():
        raise UsageError("follow_up needs a question", hint="Add the question.")
    with using_interface("python"):
        params = check_params(found.params or {})
    people = _read_personas(found.personas)
    named = [*people, *([found.captain] if found.captain else [])]
    return replace(
        client,
        question=found.question,
        mode=found.mode,
        options=_path_values_as_text(found.options or {}),
        task=_task_name(found.task),
        question_number=found.question_number,
        context=found.context,
        attachments=_read_attachments(found.attachments),
        follow_up_of=_find_run(found.follow_up) if found.follow_up else None,
        team=found.team,
        personas=tuple(map(_name_of, people)),
        captain=_name_of(found.captain),
        own_personas=_objects(named),
        agents=found.agents,
        models=found.models or {},
        servers=found.servers or {},
        check_names=True,
        seed=found.seed,
        max_tokens=found.max_tokens,
        answer_tokens=found.answer_tokens,
        params=params,
        stream=found.stream,
        budget=found.budget,
        max_cost=found.max_cost,
        baseline=found.baseline,
        roots=tuple(
            map(expand_user, _read_list("roots", found.roots, "a folder or a list of folders", str | Path))
        ),
        tools=_read_list("tools", found.tools, "a list of names of tools", str),
        allow=_read_list("allow", found.allow, "a list of names of tools", str),
        tool_trips=found.tool_trips,
        limits={str(name): seconds for name, seconds in (found.limits or {}).items()},
        personas_dir=expand_user(found.personas_dir) if found.personas_dir is not None else None,
        folder=expand_user(found.folder) if found.folder is not None else None,
        record=False,
    )


def accept_mode_options(method: Callable[P, R]) -> Callable[P, R]:
    """Let a method with the parameter `options` also take options of the mode as keyword arguments.

    Programs wrote `run(question, max_rounds=2)` before there was `options={"max_rounds": 2}`; type checkers
    see the declared parameters only.

    The method raises UsageError for a name that is neither a parameter nor an option of a mode.
    """
    known = inspect.signature(method).parameters.keys() - {"self"}

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given: dict[str, Any] = {_FORMER_NAMES.get(name, name): value for name, value in kwargs.items()}
        loose = {name: given.pop(name) for name in list(given) if name not in known}
        if loose:
            _check_option_names(loose, known)
            given["options"] = {**(given.get("options") or {}), **loose}
        return method(*args, **given)

    return call


def with_parameters_of(
    model: Callable[Concatenate[Any, P], Any],
) -> Callable[[Callable[..., R]], Callable[Concatenate[Any, P], R]]:
    """Declare that a method takes the parameters of the method `model`, to which it passes them on.

    Type checkers, `help` and `inspect.signature` see them.
    """

    def declare(method: Callable[..., R]) -> Callable[Concatenate[Any, P], R]:
        returned = inspect.signature(method).return_annotation
        vars(method)["__signature__"] = inspect.signature(model).replace(return_annotation=returned)
        method.__annotations__ = {**inspect.get_annotations(model), "return": returned}
        return method

    return declare


def _check_option_names(names: Iterable[str], parameters: Iterable[str]) -> None:
    options = dict.fromkeys(name for mode in modes.all_modes().values() for name in mode.options.model_fields)
    for name in names:
        if name not in options:
            hint = did_you_mean(name, [*parameters, *options])
            raise UsageError(f"there is no parameter or option {single_line(name, 60)}", hint=hint)


def _wrong(name: str, expected: str, value: object) -> UsageError:
    return UsageError(f"{name} should be {expected}, not {single_line(repr(value), 60)}")


def _read_personas(given: object) -> tuple[str | Persona, ...]:
    """Return the personas of one name, one Persona or several of them."""
    people = (given,) if isinstance(given, str | Persona) else given
    if isinstance(people, Iterable) and not isinstance(people, bytes | Mapping):
        people = tuple(people)
        if all(isinstance(one, str | Persona) for one in people):
            return people
    raise _wrong("personas", "names of personas or Persona objects", given)


def _read_attachments(given: object) -> tuple[Path | Attachment, ...]:
    """Return the attachments of one path or Attachment, or of several of them."""
    several = (given,) if isinstance(given, str | Path | Attachment) else given
    if isinstance(several, Iterable) and not isinstance(several, bytes | Mapping):
        several = tuple(several)
        if all(isinstance(one, Path | Attachment) or (isinstance(one, str) and one) for one in several):
            return tuple(Path(one) if isinstance(one, str) else one for one in several)
    raise _wrong("attachments", "paths of files, or Attachment objects", given)


def _find_run(run: str | Path) -> Path:
    from roundtable_tui.history.find import find_run

    return find_run(str(expand_user(run)) if isinstance(run, Path) else run)


def _read_list(name: str, given: object, expected: str, kind: Any) -> tuple[Any, ...]:
    """Return one value, or several, as a tuple."""
    values = (given,) if isinstance(given, str | Path) else given
    if isinstance(values, Iterable) and not isinstance(values, bytes | Mapping):
        values = tuple(values)
        if all(isinstance(one, kind) for one in values):
            return values
    raise _wrong(name, expected, given)


def _name_of(persona: str | Persona) -> str:
    return persona if isinstance(persona, str) else persona.name


def _objects(people: Iterable[str | Persona]) -> tuple[Persona, ...]:
    """Return the Persona objects, each once. Raises UsageError for two that have the same name."""
    by_slug: dict[str, Persona] = {}
    for persona in people:
        if isinstance(persona, Persona) and by_slug.setdefault(persona.slug, persona) != persona:
            name = single_line(persona.name, 60)
            raise UsageError(f"personas has two different ones called {name}", hint="Give each its own name.")
    return tuple(by_slug.values())


def _task_name(task: str | Path) -> str:
    """Return the task as a name, or with a separator where it is a path, so that no name is looked up."""
    return str(expand_user(task).absolute()) if isinstance(task, Path) else task


def _path_values_as_text(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: os.fspath(value) if isinstance(value, Path) else value for name, value in options.items()}
