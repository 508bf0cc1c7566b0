"""Model lists: requesting and parsing them, and suggestions for missing models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.servers.model_list import parse_models, suggest_model
from roundtable_tui.llm.types import ModelInfo, Server
from tests.support.fake_server import FakeServer, Reply, error, page
from tests.support.llm_call import a_client


@pytest.mark.parametrize(
    ("value", "models"),
    [
        (
            {"data": [{"id": "a"}, {"id": "b", "context_length": 8192}]},
            [ModelInfo("a"), ModelInfo("b", 8192)],
        ),
        ({"data": [{"id": "a", "max_model_len": 2048}]}, [ModelInfo("a", 2048)]),
        ({"data": [{"id": "a", "meta": {"n_ctx": 4096, "n_ctx_train": 8192}}]}, [ModelInfo("a", 4096)]),
        ({"models": [{"name": "a", "model": "a:latest"}]}, [ModelInfo("a:latest")]),
        ({"data": ["a", "b", "a"]}, [ModelInfo("a"), ModelInfo("b")]),
        (["a"], [ModelInfo("a")]),
        ([{"id": "a"}, None, 3, {"id": 5}, {"id": ""}, ""], [ModelInfo("a")]),
        ({"data": []}, []),
        ({"data": None, "models": [{"name": "a"}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a", "context_length": True}]}, [ModelInfo("a")]),
        ({"error": "no"}, None),
        ("a", None),
        (None, None),
    ],
)
def test_parse_models_reads_every_format(value: Any, models: list[ModelInfo] | None) -> None:
    assert parse_models(value) == models


def test_suggest_model_gives_nearest_or_list() -> None:
    assert suggest_model("gpt-4o-mni", ["GPT-4o-mini", "llama"]) == "Did you mean GPT-4o-mini?"
    assert (
        suggest_model("zzz", ["a1", "b2", "c3", "d4", "e5"]) == "The server offers a1, b2, c3, d4 and 1 more"
    )
    assert "Choose" in suggest_model("zzz", [])


@pytest.mark.anyio
async def test_list_models_sends_the_key() -> None:
    async with FakeServer(models=["x", "y"]) as fake, a_client() as client:
        models = await client.list_models(Server("fake", fake.url, key=lambda: "sk-mine"))
    assert models == [ModelInfo("x"), ModelInfo("y")]
    assert fake.model_requests[0]["authorization"] == "Bearer sk-mine"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error(401, "no key"), "the key was refused (401): no key"),
        (Reply(status=500, body="Internal Server Error"), "the server failed (500)"),
        (page(), "web page"),
        (Reply(body={"hello": 1}), "no list of models"),
        (Reply(body="{"), "no list of models"),
        (Reply(status=404), "no chat API"),
    ],
)
async def test_list_models_error_is_one_line(reply: Reply, words: str) -> None:
    async with FakeServer(models_reply=reply) as fake, a_client() as client:
        with pytest.raises(RoundtableError) as raised:
            await client.list_models(Server("my fake", fake.url))
    line = str(raised.value)
    assert line.startswith(f"my fake (127.0.0.1:{fake.port}): ") and words in line
    assert "\n" not in line and "<" not in line


@pytest.mark.anyio
async def test_list_models_times_out() -> None:
    never = Reply(gate=asyncio.Event())
    async with FakeServer(models_reply=never) as fake, a_client() as client:
        with pytest.raises(RoundtableError, match=r"within 0\.05 s"):
            await client.list_models(Server("fake", fake.url), timeout=0.05)
