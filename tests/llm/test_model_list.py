"""Model lists: requesting and parsing them, and suggestions for missing models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roundtable_tui.engine.calls.pricing import cost_of
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.servers.model_kinds import is_chat_model
from roundtable_tui.llm.servers.model_list import parse_models, suggest_model
from roundtable_tui.llm.types import ModelInfo, ModelPrice, Server
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
        ({"object": "list", "data": None}, []),  # Ollama without a model
        ({"object": "error", "data": None}, None),
        ({"data": None, "models": [{"name": "a"}]}, [ModelInfo("a")]),
        ({"data": [{"id": "a", "context_length": True}]}, [ModelInfo("a")]),
        ({"error": "no"}, None),
        ("a", None),
        (None, None),
    ],
)
def test_parse_models_reads_every_format(value: Any, models: list[ModelInfo] | None) -> None:
    assert parse_models(value) == models


@pytest.mark.parametrize(
    ("item", "chats"),
    [
        ({"capabilities": ["embedding"]}, False),  # Ollama
        ({"capabilities": ["completion", "tools"]}, None),
        ({"pipeline_tag": "feature-extraction"}, False),  # Hugging Face
        ({"pipeline_tag": "text-generation"}, True),
        ({"metadata": {"tags": ["embed"]}}, False),  # DeepInfra
        ({"metadata": {"tags": ["vlm", "chat"]}}, True),
        ({"capabilities": ["chat", "embedding"]}, True),
        ({"metadata": ["chat"]}, None),
    ],
)
def test_parse_models_reads_what_a_model_is_for(item: dict[str, Any], chats: bool | None) -> None:
    parsed = parse_models([{"id": "a", **item}])
    assert parsed is not None and parsed[0].chat is chats


ROUTED = {
    # OpenRouter: https://openrouter.ai/docs/models, read 2026-11-26.
    "id": "vendor/seer",
    "context_length": 131_072,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "request": "0"},
    "supported_parameters": ["tools", "temperature"],
}


@pytest.mark.parametrize(
    ("item", "model"),
    [
        (ROUTED, ModelInfo("vendor/seer", 131_072, True, False, True, True, ModelPrice(3e-6, 15e-6))),
        (
            {**ROUTED, "pricing": {"prompt": "-1", "completion": "-1"}},
            ModelInfo("vendor/seer", 131_072, True, False, True, True),
        ),
        # Together: dollars per million tokens, as numbers.
        (
            {"id": "a", "type": "chat", "context_length": 8192, "pricing": {"input": 0.5, "output": 1.5}},
            ModelInfo("a", 8192, chat=True, price=ModelPrice(5e-7, 1.5e-6)),
        ),
        ({"id": "a", "type": "moderation"}, ModelInfo("a", chat=False)),
        # Mistral.
        (
            {
                "id": "a",
                "max_context_length": 32_768,
                "capabilities": {"completion_chat": False, "function_calling": False, "vision": True},
            },
            ModelInfo("a", 32_768, False, None, True, False),
        ),
        # LM Studio: https://www.lmstudio.ai/docs/api/rest-api, read 2026-11-26.
        (
            {"id": "a", "type": "vlm", "max_context_length": 4096},
            ModelInfo("a", 4096, vision=True, chat=True),
        ),
        ({"id": "a", "type": "embeddings"}, ModelInfo("a", chat=False)),
        ({"id": "a", "pricing": {"prompt": "free", "completion": None}}, ModelInfo("a")),
    ],
)
def test_parse_models_reads_kind_vision_and_price(item: dict[str, Any], model: ModelInfo) -> None:
    assert parse_models({"data": [item]}) == [model]


@pytest.mark.parametrize(
    "name",
    [
        "text-embedding-3-small", "nomic-embed-text:latest", "omni-moderation-latest", "BAAI/bge-m3",
        "dall-e-3", "gpt-image-1", "whisper-large-v3", "tts-1-hd", "playai-tts", "gpt-3.5-turbo-instruct",
        "davinci-002", "babbage-002", "gpt-4o-realtime-preview", "meta-llama/llama-guard-4-12b",
        "black-forest-labs/flux-1", "sora-2", "qwen3-4b-base", "mistral-ocr-latest", "bge-reranker-v2",
        "sentence-transformers/paraphrase-multi", "all-mpnet-base-v2",
        "stable-diffusion-3.5", "gpt-4o-mini-transcribe", "intfloat/e5-mistral",
    ],
)  # fmt: skip
def test_is_chat_model_knows_names_of_other_models(name: str) -> None:
    assert not is_chat_model(name)


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o", "llama-3.1-8b-instant", "qwen3:8b", "Qwen/Qwen2.5-7B-Instruct", "SmolLM2-135M-Instruct",
        "mistral-small-latest", "claude-sonnet-4-5", "deepseek-chat", "grok-4", "openai/gpt-oss-20b",
        "gemini-2.5-flash", "anthropic/claude-3.5-haiku", "adaptive-7b", "fluxion-chat", "basement-7b",
    ],
)  # fmt: skip
def test_is_chat_model_keeps_chat_models(name: str) -> None:
    assert is_chat_model(name)


@pytest.mark.anyio
async def test_price_of_the_list_counts_for_a_call() -> None:
    async with FakeServer(models_reply=Reply(body={"data": [ROUTED]})) as fake, a_client() as client:
        server = Server("fake", fake.url)
        assert cost_of(server, "vendor/seer", 1000, 100) is None
        await client.list_models(server)
        assert cost_of(server, "vendor/seer", 1000, 100) == pytest.approx(0.0045)


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
        (error(401, "no key"), "the server wants a key (401): no key"),
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
