"""Answers that become longer than they may."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.llm.output_limit import OutputLimit, OutputMeter, choose_output_limit
from roundtable_tui.llm.types import ChatRequest, Limits, StreamEvent
from tests.support.fake_server import FakeServer, Reply
from tests.support.llm_call import a_client, failed, finished, pieces_of, request

pytestmark = pytest.mark.anyio


async def outcome(
    script: Any, *, asked: ChatRequest | None = None, limits: Limits | None = None
) -> tuple[list[StreamEvent], FakeServer]:
    async with FakeServer(script) as fake, a_client() as client:
        return await pieces_of(client, fake.url, asked, limits), fake


SAMPLES = {
    "prose": (
        "The town needs four bridges, because the river divides it twice, and each half "
        "must be reached from both banks. The council, however, hasn't decided who will "
        "pay for them. ",
        36,
    ),
    "long words": (
        "Notwithstanding multidimensional environmental considerations, international "
        "organisations increasingly emphasise interdisciplinary collaboration between "
        "telecommunications manufacturers. ",
        15,
    ),
    "word list": (
        "responsibility international characteristics infrastructure telecommunications "
        "environmental recommendations understanding administration communication "
        "representatives ",
        11,
    ),
    "german": (
        "Die Stadt braucht vier Brücken, weil der Fluss sie zweimal teilt. Die "
        "Bundesregierung verabschiedete gestern neue Datenschutzbestimmungen. ",
        27,
    ),
    "chinese": (
        "城市需要四座桥，因为河流把它分成了两个部分。中国政府高度重视科技创新和经济社会的可持续发展，有关部门应当加强监督管理。",
        26,
    ),
    "japanese": (
        "この町には四つの橋が必要です。インターネットやコンピューターの技術は、私たちの生活を大きく変えました。",
        31,
    ),
    "korean": (
        "이 도시에는 네 개의 다리가 필요합니다. 인공지능 기술의 발전은 우리의 생활 방식을 바꾸고 있습니다. ",
        26,
    ),
    "thai": (
        "เมืองนี้ต้องการสะพานสี่แห่งเพราะแม่น้ำแบ่งเมืองออกเป็นสองส่วน ",
        19,
    ),
    "hindi": (
        "शहर को चार पुलों की आवश्यकता है क्योंकि नदी इसे दो बार विभाजित करती है। ",
        19,
    ),
    "russian": (
        "Городу нужны четыре моста, потому что река делит его дважды. Международное "
        "сотрудничество способствует развитию. ",
        24,
    ),
    "emoji": (
        "😂🎉👍🏽🔥👨‍👩‍👧‍👦🇩🇪✅ 😂😂😂😂\n",
        28,
    ),
    "python": (
        "    def find(self, name: str) -> int | None:\n        for number, row in enumerate(self._rows):\n"
        "            if row['name'] == name and not row.is_hidden:\n"
        + " " * 16
        + "return number\n        return None\n\n",
        47,
    ),
    "indented": (" " * 72 + "x = 1\n" + " " * 68 + "}\n" + " " * 64 + "return\n", 8),
    "tabs": ("\t" * 12 + "}\n" + "\t" * 11 + "};\n", 6),
    "json": (
        '{\n        "name": "ada",\n        "value": 12,\n        "active": true\n    },\n    ',
        22,
    ),
    "table": ("| name" + " " * 25 + "| value" + " " * 34 + "|\n|" + "-" * 30 + "|" + "-" * 40 + "|\n", 13),
    "boxes": ("├" + "─" * 30 + "┼" + "─" * 40 + "┤\n│ name" + " " * 25 + "│ value" + " " * 34 + "│\n", 20),
    "rules": ("-" * 80 + "\n" + "=" * 80 + "\n" + "*" * 80 + "\n" + "." * 80 + "\n", 9),
    "html": (
        '<div class="item"><span id="s1">text</span></div>\n',
        17,
    ),
    "letters": (
        "a b c d e f g h i j k l m n o p q r s t u v w x y z ",
        26,
    ),
    "dates": (
        "2024-01-15 10:30:00, 3.14159, 1,234,567.89, 50%, 2nd, x86, H2O. ",
        37,
    ),
}
"""Texts, and their tokens: the fewest of five tokenizers (OpenAI, Anthropic, DeepSeek, Mistral)."""


def count_accepted(text: str, limit: OutputLimit, size: int = 5) -> float:
    """Return the share of a text that is received before it is stopped."""
    meter = OutputMeter(limit)
    for start in range(0, len(text), size):
        if meter.add(text[start : start + size]):
            return start / len(text)
    return 1.0


def numbers(count: int) -> list[str]:
    return [f"{n} " for n in range(count)]


async def test_call_ignoring_max_tokens_is_stopped_in_proportion() -> None:
    endless = Reply(pieces=numbers(60_000), burst=True)
    lengths = {}
    for most in (200, 2000):
        pieces, _ = await outcome(endless, asked=request(max_tokens=most))
        last = failed(pieces)
        assert last.kind == "too_long" and f"max_tokens ({most:,}), which the server ignores" in last.message
        lengths[most] = len(last.text)
    assert 200 < lengths[200] < 4 * 200 * 5
    assert lengths[2000] > 5 * lengths[200]


async def test_call_within_max_tokens_of_long_tokens_is_not_stopped() -> None:
    pieces, _ = await outcome(
        Reply(pieces=["characteristically "] * 15 + numbers(185)), asked=request(max_tokens=200)
    )
    assert len(finished(pieces).text) > 800


async def test_call_has_a_limit_without_max_tokens_which_is_not_sent() -> None:
    limits = Limits(answer_tokens=1000)
    pieces, fake = await outcome(Reply(pieces=numbers(3000), burst=True), limits=limits)
    assert "about 1,000 tokens" in failed(pieces).message and "--answer-tokens" in failed(pieces).message
    assert 4000 <= len(failed(pieces).text) < 5000
    assert not {"max_tokens", "max_completion_tokens"} & fake.requests[0].body.keys()


async def test_call_counts_the_reasoning_in_its_limit() -> None:
    reply = Reply(reasoning=" ".join(map(str, range(900))), pieces=numbers(900), burst=True)
    pieces, _ = await outcome(reply, limits=Limits(answer_tokens=1500))
    assert failed(pieces).kind == "too_long" and failed(pieces).reasoning.endswith("899")
    pieces, _ = await outcome(reply, limits=Limits(answer_tokens=2500))
    assert finished(pieces).text.endswith("899 ")


def test_default_limit_is_32768_tokens() -> None:
    limit = choose_output_limit(Limits().answer_tokens, None, None)
    assert (limit.tokens, limit.max_bytes) == (32_768, 131_072)


def test_limit_is_capped_by_the_known_window() -> None:
    limit = choose_output_limit(32_768, None, 1024)
    assert limit.tokens == 1024 and limit.max_bytes < 131_072 and "1,024 tokens" in limit.reason
    assert choose_output_limit(32_768, 200, 1024).tokens == 200


def test_meter_counts_bytes_of_all_scripts() -> None:
    meter = OutputMeter(choose_output_limit(100, None, None))
    assert meter.add("桥" * 130) == ""
    assert meter.add("桥" * 10) != ""


@pytest.mark.parametrize("name", SAMPLES)
def test_meter_does_not_stop_an_answer_within_its_tokens(name: str) -> None:
    text, tokens = SAMPLES[name]
    for times in (1, 100):
        assert count_accepted(text * times, choose_output_limit(32_768, tokens * times, None)) == 1.0


@pytest.mark.parametrize("name", ["prose", "german", "python", "json", "letters"])
def test_meter_stops_an_answer_in_proportion_to_ignored_max_tokens(name: str) -> None:
    text, tokens = SAMPLES[name]
    for times in (10, 100):
        accepted = count_accepted(text * times * 3, choose_output_limit(32_768, tokens * times, None))
        assert accepted * 3 < 2 + 200 / (tokens * times)


def test_meter_counts_the_same_in_pieces_of_any_size() -> None:
    limit = choose_output_limit(32_768, 1000, None)
    text = "".join(text for text, _ in SAMPLES.values()) * 40
    assert count_accepted(text, limit, 1) == pytest.approx(count_accepted(text, limit, 7), abs=0.001)


def test_meter_uses_the_tokens_that_the_server_reports_while_it_answers() -> None:
    meter = OutputMeter(choose_output_limit(32_768, 1000, None))
    meter.note_reported(1100)
    assert meter.add("go on") == ""
    meter.note_reported(1300)
    assert "max_tokens (1,000)" in meter.add("go on")


async def test_call_is_stopped_by_reported_tokens_but_not_after_its_end() -> None:
    def chunk(text: str, tokens: int, finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
        return {"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": tokens}}

    running = Reply(chunks=[chunk(f"part{n}", 100 * n) for n in range(1, 20)])
    pieces, _ = await outcome(running, asked=request(max_tokens=500))
    assert failed(pieces).kind == "too_long" and failed(pieces).text.endswith("part7part8")
    pieces, _ = await outcome(Reply(chunks=[chunk("whole", 9000, "stop")]), asked=request(max_tokens=500))
    assert finished(pieces).text == "whole"


def test_context_stops_prose_in_proportion_before_the_limit_of_the_run() -> None:
    text, tokens = SAMPLES["prose"]
    limit = choose_output_limit(32_768, None, tokens * 100)
    assert (limit.tokens, limit.source) == (tokens * 100, "context")
    assert count_accepted(text * 300, limit) * 3 < 2


def test_limit_of_the_run_holds_below_the_context() -> None:
    limit = choose_output_limit(1000, None, 900)
    meter = OutputMeter(limit)
    assert "about 1,000 tokens" in meter.add("characteristically " * 250)


async def test_call_repeating_a_paragraph_is_stopped_before_4000_characters() -> None:
    paragraph = (
        "The town needs four bridges, because the river divides it twice, and each half must be reached"
        " from both banks.\n"
    )
    repeated = f"{paragraph}The council has said so, and nothing has changed since.\n\n"
    pieces, _ = await outcome(Reply(pieces=[repeated] * 200, burst=True))
    assert failed(pieces).kind == "too_long" and len(failed(pieces).text) < 4000


async def test_answers_are_not_stopped_by_an_unlisted_window() -> None:
    async with FakeServer(Reply(pieces=numbers(2000))) as fake, a_client() as client:
        pieces = await pieces_of(client, fake.url, request(), Limits(), context=1_000_000)
    assert finished(pieces).text.endswith("1999 ")
