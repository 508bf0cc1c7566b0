"""Measurements of models (speed, supported output formats) and their storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.llm.servers import capability_cache
from roundtable_tui.llm.servers.capability_cache import CapabilityCache, ModelStats
from roundtable_tui.llm.servers.model_list import parse_models
from roundtable_tui.llm.types import Finished, OutputSchema, Server, Usage
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, pieces_of, request

TOOL = OutputSchema("verdict", {"type": "object"}, "tool")
JSON = OutputSchema("verdict", {"type": "object"}, "json_schema")


def end(ttft: float | None, elapsed: float, tokens: int, **more: object) -> Finished:
    usage = Usage(completion_tokens=tokens)
    return Finished("x", ttft_s=ttft, elapsed_s=elapsed, usage=usage, **more)  # type: ignore[arg-type]


def test_update_stats_weights_the_last_call_most() -> None:
    first = capability_cache.update_stats(ModelStats(), end(0.5, 2.5, 101), None)
    assert first == ModelStats(ttft_s=0.5, rate=50.0)
    second = capability_cache.update_stats(first, end(1.5, 3.5, 21), None)
    assert second.ttft_s == pytest.approx(0.8) and second.rate == pytest.approx(38.0)


@pytest.mark.parametrize(
    "call", [end(None, 1, 50), end(0.5, 0.5, 50), end(0.5, 5, 3), end(1, 3, 99, attempts=2)]
)
def test_update_stats_without_rate_keeps_rate(call: Finished) -> None:
    assert capability_cache.update_stats(ModelStats(), call, None).rate is None


def test_update_stats_records_followed_output_schemas() -> None:
    assert capability_cache.update_stats(ModelStats(), end(1, 2, 3, tool_arguments="{}"), TOOL) == ModelStats(
        ttft_s=1, tools=True
    )
    assert capability_cache.update_stats(ModelStats(), end(1, 2, 3), TOOL).tools is None
    assert capability_cache.update_stats(ModelStats(), end(1, 2, 3), JSON).json is None
    assert capability_cache.update_stats(ModelStats(), Finished('{"a": 1}'), JSON).json is True


@pytest.mark.parametrize(
    "stored", [None, [], {"ttft_s": "1", "rate": True, "tools": 1}, {"rate": float("nan")}]
)
def test_load_stats_invalid_file_gives_nothing(stored: object) -> None:
    assert capability_cache.load_stats(stored) == ModelStats()


@pytest.mark.anyio
async def test_cache_saved_stats_are_loaded_again(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    async with FakeServer(Reply(text="one two three four five six seven eight nine ten")) as fake:
        server = Server("fake", fake.url)
        async with a_client(cache=CapabilityCache(file)) as client:
            assert client.get_model_profile(server, "fake")[1] == ModelStats()
            await pieces_of(client, fake.url, request())
            before = client.get_model_profile(server, "fake")[1]
            assert before.ttft_s is not None
        async with a_client(cache=CapabilityCache(file)) as client:
            assert client.get_model_profile(server, "fake")[1] == before
            assert client.get_model_profile(server, "other")[1] == ModelStats()


@pytest.mark.parametrize(
    ("item", "tools", "json"),
    [
        ({}, None, None),
        ({"supported_parameters": ["tools", "temperature"]}, True, False),
        ({"supported_parameters": ["structured_outputs"]}, False, True),
        ({"supported_parameters": []}, None, None),
        ({"capabilities": {"function_calling": False}}, False, None),
        ({"capabilities": ["tool_use"]}, True, None),
        ({"supports_function_calling": True, "supports_response_schema": True}, True, True),
        ({"capabilities": "all"}, None, None),
    ],
)
def test_parse_models_reads_capabilities(
    item: dict[str, object], tools: bool | None, json: bool | None
) -> None:
    (model,) = parse_models({"data": [{"id": "m", **item}]}) or ()
    assert (model.tools, model.json) == (tools, json)
