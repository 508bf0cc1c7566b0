"""What users of local servers, gateways and providers meet first, named with what to do about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.types import Limits
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, failed, finished, pieces_of, waits


def said(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


PAGE_413 = "<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>"

# Status, body, kind, label, hint.
NAMED: list[tuple[int, Any, str, str, str]] = [
    # Ollama
    (400, said('"bge-m3" does not support chat'), "model", "does not answer chats", "Choose a chat model"),
    (500, said("model requires more system memory (5.5 GiB) than is available (3.1 GiB)"),
     "server", "too little memory", "Choose a smaller model"),
    # LM Studio, with status 400: https://github.com/Gitlawb/openclaude/issues/353, 2026-04-04;
    # https://github.com/anomalyco/opencode/issues/11141, 2026-01-29;
    # https://github.com/cline/cline/issues/3664, 2025-05-20.
    (400, said("No models loaded. Please load a model in the developer page or use the 'lms load' command.",
               code="model_not_found"), "model", "has loaded no model", "lms load"),
    (400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length"
                    " (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length"},
     "context", "13,055 tokens, the limit is 4,096", "Shorten"),
    (400, {"error": "Trying to keep the first 10136 tokens when context the overflows. However, the model is"
                    " loaded with context length of only 7866 tokens, which is not enough."},
     "context", "10,136 tokens, the limit is 7,866", "Shorten"),
    (400, {"error": "Cannot truncate prompt with n_keep (5000) >= n_ctx (4096)"},
     "context", "5,000 tokens, the limit is 4,096", "Shorten"),
    (400, {"error": "The model has crashed without additional information. (Exit code: 6)"},
     "server", "the server failed (400)", ""),
    (400, {"error": "Model unloaded."}, "server", "the server failed (400)", ""),
    (400, said('Failed to load model "m". Error: Model loading was stopped due to insufficient system'
               " resources."),
     "server", "too little memory", "Choose a smaller model"),
    # vLLM: https://github.com/David-Li0406/Preference-Leakage/issues/6, 2025-04-23.
    (400, {"object": "error", "code": 400, "message": "As of transformers v4.44, default chat template is no"
           " longer allowed, so you must provide a chat template if the tokenizer does not define one."},
     "model", "has no chat template", "chat-template"),
    (404, {"object": "error", "code": 404, "message": "The model does not support Chat Completions API"},
     "model", "does not answer chats", "Choose a chat model"),
    # LiteLLM: https://github.com/BerriAI/litellm/issues/8612, 2025-02-18.
    (401, said("litellm.AuthenticationError: AuthenticationError: OpenAIException - The api_key client option"
               " must be set either by passing api_key to the client or by setting the OPENAI_API_KEY"
               " environment variable", code="401"),
     "auth", "the server's own key", "Set it where that server runs"),
    (400, said("Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", type="budget_exceeded"),
     "quota", "the quota is used up", "Top up"),
    # A proxy in front of a server
    (413, PAGE_413, "request", "larger than a proxy in front of the server accepts", "client_max_body_size"),
    # Gemini and xAI, whose refusals of a key have status 400
    (400, [said("API key not valid. Please pass a valid API key.", code=400, status="INVALID_ARGUMENT")],
     "auth", "the key was refused (400)", ""),
    (400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: ab***cd."},
     "auth", "the key was refused (400)", ""),
    (403, said("Generative Language API has not been used in project 1 before or it is disabled.", code=403),
     "auth", "this API is not enabled", ""),
    # Credit and access with status 403
    (403, {"error": "Your newly created team doesn't have any credits or licenses yet."},
     "quota", "the quota is used up (403)", "Top up"),
    (403, said("Key limit exceeded (total limit).", code=403), "quota", "the quota is used up (403)", ""),
    (403, {"message": "Your account does not have access to this model"},
     "auth", "no access to this model", ""),
    (403, said("The model `m` is blocked at the organization level."), "auth", "no access to this model", ""),
    (403, {"error": "Access to model m is restricted and you are not in the authorized list"},
     "auth", "no access to this model", ""),
    # Azure
    (404, said("The API deployment for this resource does not exist.", code="DeploymentNotFound"),
     "model", "does not have this model", ""),
    (403, said("Access denied due to Virtual Network/Firewall rules.", code="AccessDenied"),
     "auth", "from this network address", "Allow the address"),
    # OpenAI
    (404, said("This model is only supported in v1/responses and not in v1/chat/completions.", param="model"),
     "model", "does not answer chats", "Choose a chat model"),
    (401, said("Your account has been deactivated.", code="account_deactivated"),
     "auth", "the account of this key is not active", ""),
    # NVIDIA; Cloudflare; Alibaba
    (404, {"status": 404, "title": "Not Found", "detail": "Function 'x': Not found for account 'y'"},
     "model", "does not have this model", ""),
    (403, "error code: 1009", "request", "does not serve this country or region", ""),
    (400, said("Access denied, please make sure your account is in good standing.", code="Arrearage"),
     "quota", "the quota is used up", "Top up"),
    # Status 200 with an error inside: Baidu, iFlytek, Zhipu
    (200, {"error_code": 17, "error_msg": "Open api daily request limit reached"},
     "rate", "the limit of a day is used up", "Wait for its reset"),
    (200, {"code": 11200, "message": "AppIdNoAuthError:(app_id no auth)"}, "auth", "the key was refused", ""),
    (200, {"code": 1113, "msg": "余额不足", "success": False}, "quota", "the quota is used up", "Top up"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "label", "hint"), NAMED)
def test_classify_error_of_servers_in_use_names_the_cause(
    status: int, body: Any, kind: str, label: str, hint: str
) -> None:
    fault = classify_error(status, {}, body if isinstance(body, str) else json.dumps(body), key="sk-12345678")
    assert (fault.kind, label in fault.reason) == (kind, True), fault
    assert hint in fault.hint


@pytest.mark.anyio
async def test_key_that_litellm_lacks_is_not_said_to_be_missing_here() -> None:
    body = said(
        "litellm.AuthenticationError: OpenAIException - The api_key client option must be set", code="401"
    )
    async with FakeServer(Reply(status=401, body=body)) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url))
    assert "Set it where that server runs" in last.message and "api_key_env" not in last.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("message", "hint"),
    [("No models loaded.", "lms load"), ('"fake" does not support chat', "Choose a chat model")],
)
async def test_call_hint_of_a_named_cause_is_kept_beside_the_list_of_models(message: str, hint: str) -> None:
    async with FakeServer(Reply(status=400, body=said(message))) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(retries=0)))
    assert hint in last.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        said("Loading model", code=503, type="unavailable_error"),  # llama.cpp
        {"error": "Model vendor/seer is currently loading", "estimated_time": 20.0},  # Hugging Face
    ],
)
async def test_call_to_a_server_that_loads_its_model_waits_for_it(body: Any) -> None:
    """It takes longer than the retries of a call, and ends after the time for a first token."""

    def answer(_: dict[str, Any], nth: int) -> Any:
        return Reply(status=503, body=body) if nth < 12 else "Oak."

    async with FakeServer(answer) as fake, a_client() as client:
        pieces = await pieces_of(client, fake.url, limits=Limits(retries=1))
    assert finished(pieces).text == "Oak." and len(fake.requests) == 12
    assert "the server is still loading the model (503)" in waits(pieces)[0].reason
    async with FakeServer(Reply(status=503, body=body)) as fake, a_client() as client:
        last = failed(await pieces_of(client, fake.url, limits=Limits(retries=1, first_token_s=0.05)))
    assert "still loading the model" in last.message and "Ask again when it has finished" in last.message
