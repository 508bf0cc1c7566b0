"""Which place a generation parameter of a call comes from."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine.params import RunParams, resolve_params
from roundtable_tui.llm.types import Server
from tests.support.run_builder import Voices, persona, table

pytestmark = pytest.mark.anyio
SERVER = Server("s", "http://s.test/v1", params={"temperature": 0.6, "top_k": 6, "max_tokens": 600})
PLAIN = Server("s", "http://s.test/v1")


def temperature(run: RunParams, call: Any = None, server: Server = SERVER, **fields: Any) -> Any:
    keep = fields.pop("keep", False)
    found = resolve_params(
        run, persona("Ada", **fields), server, {"temperature": call}, keep_temperature=keep
    )
    return found.get("temperature")


def test_resolve_params_takes_the_first_place_that_sets_one() -> None:
    run = RunParams(given={"temperature": 0.1}, task={"temperature": 0.5})
    task = RunParams(task={"temperature": 0.5})
    named = RunParams(given={"temperature": 0.1}, named=frozenset({"temperature"}))
    assert temperature(named, 0.05) == 0.05, "an option that the user named is about this call"
    assert temperature(run, 0.4, creativity=0.3, params={"temperature": 0.2}) == 0.1
    assert temperature(task, 0.4, creativity=0.3, params={"temperature": 0.2}) == 0.2
    assert temperature(task, 0.4, creativity=0.3) == 0.3
    assert temperature(task, 0.4, creativity=0.7) == 0.7, "named in the file, though it is the default"
    assert temperature(task, 0.4) == 0.4
    assert temperature(task) == 0.5
    assert temperature(RunParams()) == 0.6
    assert temperature(RunParams(), server=PLAIN) == 0.7


def test_resolve_params_editor_keeps_its_temperature_unless_its_params_name_one() -> None:
    run = RunParams(given={"temperature": 0.9})
    assert temperature(run, 0.2, keep=True, creativity=0.8) == 0.2
    assert temperature(run, 0.2, keep=True, params={"temperature": 0.5}) == 0.5


def test_resolve_params_none_is_not_sent() -> None:
    assert temperature(RunParams(given={"temperature": None}), 0.4) is None
    assert temperature(RunParams(), params={"temperature": None}) is None


def test_resolve_params_max_tokens_of_the_user_come_before_those_of_the_persona() -> None:
    def limit(given: dict[str, Any], call: int | None = None, **fields: Any) -> Any:
        found = resolve_params(
            RunParams(given=given), persona("Ada", **fields), SERVER, {"max_tokens": call}, max_tokens=1000
        )
        return found["max_tokens"]

    assert limit({"max_tokens": 10}, max_tokens=20) == 10
    assert limit({}, 30, max_tokens=20) == 30
    assert limit({}, max_tokens=20) == 20
    assert limit({}) == 600


async def test_call_uses_the_params_of_the_server_at_the_time_it_is_sent() -> None:
    heard = Voices()
    at = table(heard, params=RunParams(given={"min_p": 0.1}))
    ada = at.seats[0]
    await at.ask(ada, "?")
    ada.server = SERVER
    await at.ask(ada, "?")
    assert [request.params for request in heard.requests] == [{"min_p": 0.1}, {"min_p": 0.1, "top_k": 6}]
    assert heard.requests[1].max_tokens == 600
