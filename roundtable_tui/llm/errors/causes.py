"""Causes that servers name in a refusal: moderation, region, account, routing, sign-in of a proxy.

Several of them arrive as 403 or 404, whose usual meaning (a wrong key, a wrong address) would mislead.
Sources: the error references of OpenAI, Azure, OpenRouter, Gemini, Alibaba, MiniMax, Moonshot and Zhipu.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from roundtable_tui.llm.errors.extract import ErrorDetails
from roundtable_tui.llm.types import FailureKind
from roundtable_tui.utils.lazy_pattern import lazy_compile


def _any_of(*patterns: str) -> re.Pattern[str]:
    return lazy_compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedCause:
    """A cause with a line of its own: the kind for the program, the label and the hint for the user."""

    kind: FailureKind
    label: str
    hint: str
    statuses: frozenset[int | None]
    pattern: re.Pattern[str]
    codes: frozenset[str] = frozenset()
    is_about_key: bool = True
    """Without a key, the hint says that none is set; counts for the kind "auth"."""

    def matches(self, status: int | None, details: ErrorDetails) -> bool:
        """Return whether an error with this status has this cause."""
        if status not in self.statuses:
            return False
        return bool(self.codes & set(details.codes)) or self.pattern.search(details.text) is not None


_REFUSALS: frozenset[int | None] = frozenset({None, 400, 401, 403, 404, 422})

LOADING = NamedCause(
    "server",
    "the server is still loading the model",
    "Ask again when it has finished",
    frozenset({None, 500, 503}),
    _any_of(r"\bloading (?:the )?model|model .{0,80}(?:is )?(?:still |currently )(?:loading|being loaded)"),
)
"""llama.cpp, and Hugging Face's endpoints."""

MODERATION = NamedCause(
    "request",
    "the server's moderation refused the prompt",
    "Rephrase the question, or choose another model",
    _REFUSALS | {421, 451},
    _any_of(
        r"content management policy|moderation (?:block|fail|error)|flagged (?:by|as|for)|was flagged",
        r"requires moderation|considered high risk|inappropriate content|content (?:policy|filter)",
        r"usage polic(?:y|ies)|(?:input|output) new_sensitive|sensitive (?:content|words?|information)",
    ),
    frozenset(
        {
            "content_filter", "content_policy_violation", "moderation_blocked", "data_inspection_failed",
            "datainspectionfailed", "responsibleaipolicyviolation", "content_filter_error", "1301",
            "input_moderation", "base_resp_1026", "base_resp_1027",
        }
    ),
)  # fmt: skip

_CAUSES: tuple[NamedCause, ...] = (
    NamedCause(
        "auth",
        "the organization of this key must be verified for that",
        "Verify it in the account's settings, or choose another model",
        _REFUSALS,
        # That streaming needs it is learned: the request is sent again without.
        _any_of(r"\A(?!.*\bstream).*organi[sz]ation must be verified"),
    ),
    NamedCause(
        "request",
        "the server does not serve this country or region",
        "Choose another server, or one in front of it that is allowed to ask",
        _REFUSALS | {451},
        _any_of(
            r"(?:country|region|territory|location).{0,60}not (?:supported|available|allowed)",
            r"(?:not (?:available|supported)|unavailable) in your (?:country|region|location)",
            r"\Aerror code: 1009\Z",  # Cloudflare
        ),
        frozenset({"unsupported_country_region_territory"}),
    ),
    MODERATION,
    LOADING,
    NamedCause(
        "request",
        "no provider of this model is allowed by the account's settings",
        "Change them at https://openrouter.ai/settings/privacy, or choose another model",
        frozenset({None, 404, 503}),
        _any_of(
            r"no endpoints .{0,40}matching your .{0,40}(?:data policy|guardrail|privacy)",
            r"no allowed providers",
            r"all providers have been ignored",
        ),
    ),
    NamedCause(
        "request",
        "no provider of this model accepts these parameters",
        "Set fewer parameters, or choose another model",
        frozenset({None, 404}),
        _any_of(r"no endpoints found that"),
    ),
    NamedCause(
        "auth",
        "this key has no access to this model",
        "Choose a model that the key may use, or allow it in the account",
        frozenset({None, 401, 403, 404}),
        _any_of(
            r"(?:not|n't) have access to (?:the )?model|no access to (?:the )?model",
            r"not allowed to access (?:the )?model",
            r"model .{0,80}(?:is )?not (?:enabled|allowed|activated) for",
            r"key not allowed to access model|access to (?:the )?model .{0,60}(?:is )?(?:denied|restricted)",
            r"not have access to (?:this|that|the requested) model|unable to access model",
            r"model .{0,80}is blocked at the|not activated the model",
        ),
        frozenset(
            {
                "key_model_access_denied",
                "team_model_access_denied",
                "model_access_denied",
                "modelnotopen",
                "model_permission_blocked_org",
                "model_permission_blocked_project",
            }
        ),
    ),
    NamedCause(
        "model",
        "this model does not answer chats",
        "Choose a chat model",
        frozenset({None, 400, 404, 405, 422, 500}),
        _any_of(
            r"does not support (?:the )?chat\b|not a chat model",
            r"only supported in v1/(?:responses|completions)",
            r"not supported in the v1/chat/completions|does not support chat completions?",
            r"not supported (?:for|by|with) (?:the )?chat completions?",
        ),
    ),
    NamedCause(
        "model",
        "this model has no chat template",
        "Choose an instruct model, or start the server with a template (chat-template of vLLM)",
        frozenset({None, 400, 500}),
        _any_of(r"chat template is (?:no longer allowed|not set|missing)", r"provide a chat template"),
    ),
    NamedCause(
        "model",
        "the server has loaded no model",
        "Load one there (LM Studio: `lms load`)",
        frozenset({None, 400, 404, 500, 503}),
        _any_of(r"no models? (?:is |are |has been )?(?:currently )?loaded"),
    ),
    NamedCause(
        "server",
        "the server has too little memory for this model",
        "Choose a smaller model or context, or free memory on the server",
        frozenset({None, 400, 500, 503}),
        _any_of(
            r"requires more (?:system |gpu )?memory|out of memory|failed to allocate",
            r"insufficient (?:system )?(?:memory|resources)",
        ),
    ),
    NamedCause(
        "auth",
        "the server's own key for the provider behind it was refused or is missing",
        "Set it where that server runs",
        frozenset({None, 400, 401, 403, 500}),
        _any_of(
            r"litellm\.(?:AuthenticationError|PermissionDeniedError)",
            r"api_key client option must be set|missing credentials\. please pass",
        ),
        is_about_key=False,
    ),
    NamedCause(
        "auth",
        "the server does not accept requests from this network address",
        "Allow the address in the account, or use another network",
        _REFUSALS,
        _any_of(
            r"ip address .{0,20}not (?:authorized|allowed)|virtual network/firewall|ip .{0,40}not in allow"
        ),
        frozenset({"ip_not_authorized"}),
        is_about_key=False,
    ),
    NamedCause(
        "auth",
        "the account of this key is not active",
        "Look into the account's messages, or use another key",
        _REFUSALS,
        _any_of(r"account has been (?:deactivated|suspended|disabled)|account is (?:suspended|deactivated)"),
        frozenset({"account_deactivated"}),
    ),
    NamedCause(
        "auth",
        "this API is not enabled for the project of this key",
        "Enable it in the account's console",
        _REFUSALS,
        _any_of(r"api has not been used in project|api .{0,40}is disabled|it is disabled\. enable it"),
        frozenset({"service_disabled"}),
    ),
    NamedCause(
        "quota",
        "the credit does not pay for this request",
        "Top up the account, lower max_tokens, or choose another model",
        frozenset({402}),
        _any_of(r"fewer max_tokens|prompt tokens limit exceeded"),
    ),
    NamedCause(
        "auth",
        "the server wants a key",
        "",
        frozenset({None, 400, 401, 500}),
        _any_of(r"no connected db"),
        frozenset({"no_db_connection"}),
    ),
    NamedCause(
        "unreachable",
        "the proxy wants a user and a password",
        "Write them into the proxy variable: http://USER:PASSWORD@HOST:PORT",
        frozenset({407}),
        _any_of(r""),
    ),
)


def find_cause(status: int | None, details: ErrorDetails) -> NamedCause | None:
    """Return the cause that an error names, or None."""
    return next((cause for cause in _CAUSES if cause.matches(status, details)), None)
