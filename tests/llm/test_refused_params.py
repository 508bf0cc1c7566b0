"""Parameters that a server refuses are left out, one at a time, and only with the value that was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from roundtable_tui.llm.types import Finished, Limits, Server
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.llm_call import a_client, request

pytestmark = pytest.mark.anyio
Body = dict[str, Any]
NESTED = {"loc": ["body", "chat_template_kwargs", "enable_thinking"], "msg": "Extra inputs are not permitted"}
PARAMS = {
    "top_k": 5,
    "reasoning_effort": "low",
    "stop": ["END"],
    "chat_template_kwargs": {"enable_thinking": False},
}


def refusing(name: str, reply: Any) -> Callable[[Body, int], Any]:
    return lambda body, nth: reply if name in body else "Yes, and stop."


async def ask(fake: FakeServer, *calls: Body) -> list[Finished]:
    """Make calls one after the other with one client, and return their ends."""
    ends = []
    async with a_client() as client:
        for params in calls:
            stream = client.stream(Server("fake", fake.url), request(params=params), Limits(retries=0))
            pieces = [piece async for piece in stream]
            assert isinstance(pieces[-1], Finished), pieces[-1]
            ends.append(pieces[-1])
    return ends


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("top_k", error(400, "Unrecognized request argument supplied: top_k")),
        ("top_k", error(400, "top_k must be at most 3")),
        ("stop", error(400, "Unsupported parameter: 'stop' is not supported with this model.")),
        ("stop", error(422, "argument stop is unknown")),
        ("stop", Reply(status=400, body={"error": {"message": "Not for this model.", "param": "stop"}})),
        # Ollama: https://github.com/NousResearch/hermes-agent/pull/108070, 2026-09-11;
        # https://github.com/ollama/ollama/issues/12561, 2025-10-10.
        ("reasoning_effort", error(400, '"gemma3" does not support thinking')),
        ("reasoning_effort", error(400, 'think value "low" is not supported for this model')),
        ("chat_template_kwargs", Reply(status=422, body={"detail": [NESTED]})),
    ],
)
async def test_call_refused_param_alone_is_left_out(name: str, reply: Any) -> None:
    async with FakeServer(refusing(name, reply)) as fake:
        (end,) = await ask(fake, PARAMS)
    assert len(fake.requests) == 2
    assert end.params == {other: value for other, value in PARAMS.items() if other != name}
    assert f"the server refused {name}: sent without" in end.warnings


async def test_call_refused_value_is_remembered_and_another_value_is_tried() -> None:
    def script(body: Body, nth: int) -> Any:
        return error(400, "top_k must be at most 3") if body.get("top_k", 0) > 3 else "Yes."

    async with FakeServer(script) as fake:
        ends = await ask(fake, {"top_k": 5}, {"top_k": 5}, {"top_k": 2})
    assert [seen.body.get("top_k") for seen in fake.requests] == [5, None, None, 2]
    assert [end.params for end in ends] == [{}, {}, {"top_k": 2}]


async def test_call_refused_without_a_reason_leaves_all_further_params_out() -> None:
    async with FakeServer(refusing("top_k", Reply(status=400))) as fake:
        (end,) = await ask(fake, PARAMS)
    assert end.params == {}


async def test_call_error_that_only_contains_the_word_drops_nothing() -> None:
    def script(body: Body, nth: int) -> Any:
        return error(400, "We had to stop processing the request.") if nth == 1 else "Yes."

    async with FakeServer(script) as fake, a_client() as client:
        stream = client.stream(Server("fake", fake.url), request(params={"stop": "x"}), Limits(retries=0))
        pieces = [piece async for piece in stream]
    assert not isinstance(pieces[-1], Finished) and len(fake.requests) == 1


async def test_call_params_cannot_replace_fields_of_the_request() -> None:
    hostile = {"model": "other", "messages": [], "stream": False, "tools": [], "top_k": 1}
    async with FakeServer("Yes.") as fake:
        (end,) = await ask(fake, hostile)
    body = fake.requests[0].body
    assert body["model"] == "fake" and body["stream"] is True and "tools" not in body and body["messages"]
    assert end.params == {"top_k": 1}
