"""What known servers answer, each from a response or a document that is cited: `DIALECTS` by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.fake_server.reply import Reply, chunk, error, event
from tests.support.fake_server.server import Script


@dataclass(frozen=True)
class Dialect:
    """How a server answers: arguments of a `FakeServer`."""

    script: Script
    source: str
    """Where it is documented or reported, and the date of that."""
    base: str = "/v1"
    elsewhere: Reply | None = None


def said(*deltas: Mapping[str, Any], finish: str | None = "stop", last: Mapping[str, Any] = {}) -> list[Any]:
    """Return the chunks of an answer; `last` is added to the chunk that ends it."""
    return [*(chunk({}, delta) for delta in deltas), {**chunk({}, {}, finish), **last}]


def _filtered() -> Reply:
    results = {"hate": {"filtered": False, "severity": "safe"}}
    first = {"id": "", "choices": [], "model": "", "object": "", "system_fingerprint": None}
    first["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": results}]
    return Reply(chunks=[first, *said({"role": "assistant", "content": ""}, {"content": "Oak."})])


def _refuse(names: Sequence[str], refusal: Reply) -> Script:
    """Refuse bodies that have one of these fields, and answer the others."""

    def answer(body: dict[str, Any], nth: int) -> Any:
        return refusal if any(name in body for name in names) else "Oak."

    return answer


def _flat(message: str, **more: Any) -> Reply:
    return Reply(status=400, body={"object": "error", "message": message, "param": None, **more})


_TOOL_CHOICE = "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"
_COMMENT = b": OPENROUTER PROCESSING\n\n"
_KEEP_ALIVE = b": keep-alive\n\n"
_FIELD_VIOLATION = 'Invalid JSON payload received. Unknown name "reasoning": Cannot find field.'

DIALECTS: dict[str, Dialect] = {
    "azure": Dialect(
        _filtered(),
        "https://github.com/AbanteAI/archive-old-cli-mentat/issues/429, 2023-12-28",
        base="/openai/deployments/gpt-4o",
    ),
    "openrouter": Dialect(
        Reply(
            raw=[
                _COMMENT,
                _COMMENT,
                *map(event, said({"content": "Oak."})),
                event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "cost": 0.25}}),
            ]
        ),
        "https://github.com/mnfst/llm-gateway/issues/2053, 2026-05-28 (comments); "
        "https://openrouter.ai/docs/api/reference/errors-and-debugging, read 2026-11-26",
        base="/api/v1",
    ),
    "groq": Dialect(
        _refuse(
            ["tools"],
            error(
                400,
                "Failed to call a function. Please adjust your prompt.",
                type="invalid_request_error",
                code="tool_use_failed",
                failed_generation='answer{"wood": "oak"}</function>',
            ),
        ),
        "https://github.com/huggingface/smolagents/issues/1119, 2025-04-01",
        base="/openai/v1",
    ),
    "mistral": Dialect(
        Reply(
            chunks=said(
                {"role": "assistant", "content": ""},
                {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Rain. "}]}]},
                {"content": [{"type": "text", "text": "Oak"}]},
                {"content": "."},
            )
        ),
        "https://github.com/BerriAI/litellm/issues/16272, 2025-11-05",
    ),
    "gemini": Dialect(
        _refuse(
            ["reasoning"],
            Reply(
                status=400,
                body=[
                    {
                        "error": {
                            "code": 400,
                            "message": _FIELD_VIOLATION,
                            "status": "INVALID_ARGUMENT",
                            "details": [{"fieldViolations": [{"description": _FIELD_VIOLATION}]}],
                        }
                    }
                ],
            ),
        ),
        "https://github.com/SuzumiyaAkizuki/ComfyUI-NewBie-LLM-Formatter/issues/3, 2026-01-10",
        base="/v1beta/openai",
    ),
    "anthropic": Dialect(
        # It ignores response_format, so the JSON comes in prose.
        Reply('Here it is:\n\n```json\n{"wood": "oak"}\n```'),
        "https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk, read 2026-11-26",
    ),
    "deepseek": Dialect(
        Reply(
            raw=[
                _KEEP_ALIVE,
                *map(event, said({"content": None, "reasoning_content": "Rain. "}, {"content": "Oak."})),
            ]
        ),
        "https://api-docs.deepseek.com/quick_start/rate_limit (keep-alive), read 2026-11-26",
        base="",
    ),
    "xai": Dialect(
        _refuse(
            ["stop"],
            Reply(
                status=400,
                body={
                    "code": "Client specified an invalid argument",
                    "error": "Argument not supported on this model: stop",
                },
            ),
        ),
        "https://github.com/BerriAI/litellm/pull/11563, 2025-06-09",
    ),
    "ollama": Dialect(
        Reply(
            chunks=said(
                {"role": "assistant", "content": "", "reasoning": "Rain"},
                {"content": "", "reasoning": ". "},
                {"content": "Oak."},
            )
        ),
        "https://github.com/dirac-run/dirac/pull/227, 2026-09-20",
    ),
    "lm studio": Dialect(
        lambda body, nth: (
            Reply(status=400, body={"error": _TOOL_CHOICE})
            if isinstance(body.get("tool_choice"), dict)
            else Reply(tool={"wood": "oak"})
        ),
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618, 2025-04-25; "
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/670, 2025-05-21",
        elsewhere=Reply(body={"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    ),
    "vllm": Dialect(
        _refuse(
            ["tools"],
            _flat(
                '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
                type="BadRequestError",
                code=400,
            ),
        ),
        "https://github.com/langchain4j/langchain4j/issues/3475, 2025-08-05",
    ),
    "sglang": Dialect(
        [Reply(chunks=said({"content": "The gate is"}, finish="abort")), "Oak."],
        "https://github.com/sgl-project/sglang/pull/6693, 2025-05-28",
    ),
    "llama.cpp": Dialect(
        _refuse(
            ["messages"],
            error(
                400,
                "the request exceeds the available context size",
                code=400,
                type="exceed_context_size_error",
                n_prompt_tokens=40_031,
                n_ctx=4096,
            ),
        ),
        "https://github.com/ggml-org/llama.cpp/pull/15780, 2025-09-03; measured with version 11549, 2026-10",
    ),
    "minimax": Dialect(
        Reply(
            body={"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}
        ),
        "https://platform.minimax.io/docs/api-reference/errorcode.md, read 2026-11-26",
    ),
    "perplexity": Dialect(
        Reply(
            chunks=said(
                {"role": "assistant", "content": "Oak[1]."},
                last={"citations": ["https://wood.example/oak"]},
            )
        ),
        "https://docs.perplexity.ai/docs/sonar/openai-compatibility, read 2026-11-26; `citations`: "
        "https://github.com/juspay/neurolink, docs/getting-started/providers/perplexity.md",
        base="",
    ),
    "litellm": Dialect(
        error(400, "No connected db.", type="no_db_connection", param=None, code="400"),
        "https://github.com/BerriAI/litellm/issues/12273, 2025-07-03",
    ),
}
