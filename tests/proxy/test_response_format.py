"""`response_format` in a panel: put into the form by the captain, and checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fake_server import FakeServer, Reply
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio

SCHEMA = {
    "type": "object",
    "properties": {"prime": {"type": "boolean"}},
    "required": ["prime"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "prime", "schema": SCHEMA}}


def answer(body: dict[str, Any], nth: int) -> Any:
    """Answer in prose, and in JSON where a form is asked for."""
    return Reply(decision={"prime": False}) if "response_format" in body else "Answer: no"


async def test_response_format_schema_is_filled_in_with_one_more_call() -> None:
    async with FakeServer(answer) as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(
            **ask(model="roundtable/vote:agents=2"), response_format=FORMAT
        )
        assert json.loads(made.choices[0].message.content) == {"prime": False}
        assert made.roundtable["agreement"] == 1.0
        assert len(fake.requests) == 3
        assert '"prime"' in fake.requests[0].user  # The seats know what is asked for.


async def test_response_format_answer_that_fits_is_taken_as_it_is() -> None:
    async with FakeServer('{"prime": false}') as fake, proxied(fake) as one:
        status, body = await one.post(
            ask(model="roundtable/vote:agents=1", response_format={"type": "json_object"})
        )
        assert status == 200 and json.loads(body["choices"][0]["message"]["content"]) == {"prime": False}
        assert len(fake.requests) == 1


async def test_response_format_answer_that_does_not_fit_is_an_error() -> None:
    async with FakeServer('{"prime": "perhaps"}') as fake, proxied(fake) as one:
        status, body = await one.post(ask(model="roundtable/vote:agents=1", response_format=FORMAT))
        assert status == 502 and "response_format" in body["error"]["message"]


@pytest.mark.parametrize(
    "given",
    [
        {"type": "json_schema"},
        {"type": "xml"},
        {"type": "json_schema", "json_schema": {"schema": {"type": "array"}}},
        {"type": "json_schema", "json_schema": {"schema": {"type": "object", "required": 5}}},
    ],
)
async def test_response_format_that_is_wrong_is_refused(given: dict[str, Any]) -> None:
    async with FakeServer() as fake, proxied(fake) as one:
        status, body = await one.post(ask(model="roundtable/vote", response_format=given))
        assert status == 400 and "response_format" in body["error"]["message"]
        assert not fake.requests
