"""Calls to the servers of the table in docs/servers.md, as they answer by report or document."""

from __future__ import annotations

import re
from typing import Any

import pytest

from roundtable_tui.llm.types import Limits, OutputSchema
from tests.support.fake_server import FakeServer
from tests.support.fake_server.dialects import DIALECTS
from tests.support.llm_call import a_client, failed, finished, pieces_of, request
from tests.support.paths import ROOT

SHAPE = {"type": "object", "properties": {"wood": {"type": "string"}}}
TOOL = OutputSchema("answer", SHAPE, "tool")
ANSWERS: dict[str, tuple[dict[str, Any], str, str, tuple[str, ...]]] = {
    # Request, answer, reasoning, warnings.
    "azure": ({}, "Oak.", "", ()),
    "openrouter": ({}, "Oak.", "", ()),
    "groq": ({"shape": TOOL}, 'answer{"wood": "oak"}</function>', "", ()),
    "mistral": ({}, "Oak.", "Rain. ", ()),
    "gemini": ({"params": {"reasoning": {"effort": "low"}}}, "Oak.", "",
               ("the server refused reasoning: sent without",)),
    "anthropic": ({"shape": OutputSchema("answer", SHAPE, "json_schema")},
                  'Here it is:\n\n```json\n{"wood": "oak"}\n```', "", ()),
    "deepseek": ({}, "Oak.", "Rain. ", ()),
    "xai": ({"params": {"stop": ["END"]}}, "Oak.", "", ("the server refused stop: sent without",)),
    "ollama": ({}, "Oak.", "Rain. ", ()),
    "sglang": ({}, "Oak.", "", ()),
    "perplexity": ({}, "Oak[1].", "", ()),
}  # fmt: skip
FAILURES = {
    # Request, kind, part of the message.
    "vllm": ({"shape": TOOL}, "shape", "does not support this output format"),
    "llama.cpp": ({}, "context", "40,031 tokens, the limit is 4,096"),
    "minimax": ({}, "quota", "the quota is used up (402): insufficient balance"),
    "litellm": ({}, "auth", "No key is set for this server"),
}


def serve(name: str) -> FakeServer:
    dialect = DIALECTS[name]
    return FakeServer(dialect.script, base=dialect.base, elsewhere=dialect.elsewhere)


def test_every_dialect_names_its_source_and_is_tested() -> None:
    assert DIALECTS.keys() == {*ANSWERS, *FAILURES, "lm studio"}
    for dialect in DIALECTS.values():
        assert re.search(r"https://\S+", dialect.source) and re.search(r"\b20\d\d\b", dialect.source)


def test_every_dialect_has_a_line_in_the_table_of_servers() -> None:
    table = (ROOT / "docs" / "servers.md").read_text("utf-8").lower()
    for name in DIALECTS:
        assert re.search(rf"^\| {re.escape(name)}\b", table, re.MULTILINE), name


@pytest.mark.anyio
@pytest.mark.parametrize("name", ANSWERS)
async def test_dialect_gives_the_answer(name: str) -> None:
    asked, text, reasoning, warnings = ANSWERS[name]
    async with serve(name) as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url, request(**asked)), whole=False)
    assert (end.text, end.reasoning, end.warnings) == (text, reasoning, warnings)


@pytest.mark.anyio
@pytest.mark.parametrize("name", FAILURES)
async def test_dialect_gives_the_error(name: str) -> None:
    asked, kind, said = FAILURES[name]
    async with serve(name) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, request(**asked), Limits(retries=0)))
    assert last.kind == kind and said in last.message


@pytest.mark.anyio
async def test_azure_gets_the_version_of_the_api_in_the_query() -> None:
    async with serve("azure") as fake, a_client() as client:
        finished(await pieces_of(client, f"{fake.url}?api-version=2024-10-21"))
    (seen,) = fake.requests
    assert (seen.path, seen.query) == (
        "/openai/deployments/gpt-4o/chat/completions",
        "api-version=2024-10-21",
    )


@pytest.mark.anyio
async def test_cost_that_openrouter_reports_is_kept() -> None:
    async with serve("openrouter") as fake, a_client() as client:
        assert finished(await pieces_of(client, fake.url)).usage.cost == 0.25


@pytest.mark.anyio
async def test_source_that_perplexity_names_is_kept() -> None:
    async with serve("perplexity") as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.url))
    assert [one.url for one in end.sources] == ["https://wood.example/oak"]


@pytest.mark.anyio
async def test_lm_studio_without_v1_and_with_a_forced_tool_answers() -> None:
    async with serve("lm studio") as fake, a_client() as client:
        end = finished(await pieces_of(client, fake.root, request(shape=TOOL)), whole=False)
    assert end.tool_arguments == '{"wood": "oak"}'
    assert any("/v1 was missing" in warning for warning in end.warnings)
    assert [one.body["tool_choice"] for one in fake.requests][1:] == ["required"]
