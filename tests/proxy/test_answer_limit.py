"""`max_tokens` in a panel: a limit of its answer."""

from __future__ import annotations

import pytest

from roundtable_tui.proxy.running.answer_limit import limit_answer
from tests.support.fake_server import FakeServer
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "limit", "tokens", "expected"),
    [
        ("one two three four", None, None, "one two three four"),
        ("one two three four", 5, None, "one two three four"),
        ("one two three four", 2, 4, "one two"),
        ("one two three four", 3, 4, "one two three"),
        ("abcdefgh", 1, 4, "ab"),
        ("é" * 40, 10, None, "é" * 20),
    ],
)
def test_limit_answer_cuts_between_words(
    text: str, limit: int | None, tokens: int | None, expected: str
) -> None:
    assert limit_answer(text, limit, tokens) == expected


@pytest.mark.parametrize("is_stream", [False, True])
async def test_panel_max_tokens_bounds_the_answer_and_no_turn(*, is_stream: bool) -> None:
    long = " ".join(["word"] * 400)
    async with FakeServer(long) as fake, proxied(fake) as one:
        made = await one.openai.chat.completions.create(
            **ask(model="roundtable/vote:agents=2", max_tokens=100), stream=is_stream
        )
        if is_stream:
            chunks = [chunk async for chunk in made]
            text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
            reason = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
        else:
            text, reason = made.choices[0].message.content, made.choices[0].finish_reason
            usage = made.usage
            assert usage.completion_tokens - usage.completion_tokens_details.reasoning_tokens == 100
    assert reason == "length" and 0 < len(text) <= 0.3 * len(long) and set(text.split()) == {"word"}
    assert all("max_tokens" not in request.body for request in fake.requests)
    assert "at most 70 words" in fake.requests[0].user
