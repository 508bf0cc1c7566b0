"""Titles, tags and other requests of a client for itself cost one call; questions never do."""

from __future__ import annotations

import pytest

from roundtable_tui.proxy.reading.housekeeping import is_housekeeping
from tests.support.fake_server import FakeServer
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio

CASES = {
    # Open WebUI, backend/open_webui/config.py: DEFAULT_*_GENERATION_PROMPT_TEMPLATE
    "title": "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.",
    "tags": "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history",
    "follow-ups": "### Task:\nSuggest 3-5 relevant follow-up questions or prompts",
    "queries": "### Task:\nAnalyze the chat history to determine the necessity of generating search queries",
    "autocomplete": "### Task:\nYou are an autocompletion system. Continue the text in `<text>` based on the",
    # Continue, core/util/chatDescriber.ts
    "Continue": "Given the following... please reply with a title for the chat that is 3-4 words in length",
    # LibreChat, @librechat/agents
    "LibreChat": "Provide a concise, 5-word-or-less title for the conversation",
    "LibreChat language": "Analyze this conversation and provide:\n1. The detected language",
}
SYSTEM = {
    # opencode, packages/opencode/src/agent/prompt/title.txt
    "opencode": "You are a title generator. You output ONLY a thread title. Nothing else.",
    # crush, internal/agent/templates/title.md
    "crush": "You will generate a short title based on the first message a user begins a conversation with",
    # aider, aider/prompts.py
    "aider commit": "You are an expert software engineer that generates concise, one-line Git commit",
    "aider summary": "*Briefly* summarize this partial conversation about programming.",
}
QUESTIONS = (
    "What is a good title for a book about gates?",
    "Why does Open WebUI send '### Task:\nGenerate a concise, 3-5 word title'?",
    # Open WebUI's prompt for an answer from documents is a question.
    "### Task:\nRespond to the user query using the provided context, incorporating inline citations",
    "Analyze this conversation and say who is right.",
)


@pytest.mark.parametrize("name", CASES)
def test_housekeeping_prompt_of_a_client_is_recognised(name: str) -> None:
    assert is_housekeeping(ask(CASES[name]))


@pytest.mark.parametrize("name", SYSTEM)
def test_housekeeping_system_prompt_of_a_client_is_recognised(name: str) -> None:
    messages = [{"role": "system", "content": SYSTEM[name]}, {"role": "user", "content": "text"}]
    assert is_housekeeping({"messages": messages})


@pytest.mark.parametrize("text", QUESTIONS)
def test_housekeeping_question_is_not_one(text: str) -> None:
    assert not is_housekeeping(ask(text))
    assert not is_housekeeping(ask(text, max_tokens=32_000))
    assert is_housekeeping(ask(text, max_tokens=20))


async def test_housekeeping_request_to_a_panel_costs_one_call() -> None:
    async with FakeServer("Gates") as fake, proxied(fake) as one:
        status, body = await one.post(ask(CASES["title"], model="roundtable/debate"))
        assert status == 200 and body["choices"][0]["message"]["content"] == "Gates"
        assert body["roundtable"]["housekeeping"] is True
        assert len(fake.requests) == 1
        assert fake.requests[0].body["messages"] == [{"role": "user", "content": CASES["title"]}]
