"""Error bodies, streams and names of servers are read in linear time, whatever they hold."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest

from roundtable_tui import answers, answers_agree, engine, final_answer, llm, utils
from roundtable_tui.answers.marker import AnswerMarker
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.llm.errors.classify import classify_error
from roundtable_tui.llm.http.reset_time import find_reset
from roundtable_tui.llm.servers.model_list import parse_models
from roundtable_tui.llm.stream.body import ResponseBody
from roundtable_tui.llm.stream.chunk import ToolCallDelta
from roundtable_tui.llm.stream.tool_calls import ToolCalls
from roundtable_tui.utils.lazy_pattern import LazyPattern
from tests.support.growth import growth

MOST = 9
"""Four times the input may take so many times as long: linear work takes 4 times, quadratic work 16 times."""
BODIES = {
    "keys": ("", "sk-", ""),
    "keys in an error": ('{"error": {"message": "', "sk-", '"}}'),
    "tags": ("x", "<title", ""),
    "a page of titles": ("", "<title", ""),
    "messages": ('{"', 'msg": "a", "', ""),
    "messages without end": ("{", '"msg": "', ""),
    "lists": ("", "[", ""),
    "lists of lists": ('{"error": [', "[[[[[1]]]]],", "1]}"),
    "errors": ('{"error": [', '{"message": "a"},', "1]}"),
    "models": ("", "model ", ""),
    "tokens exceed": ("", "tokens exceeds ", ""),
    "waits": ("retry ", "1", " s"),
    "blanks": ("retry", " ", "1s"),
    "digits": ("maximum context ", "9", ""),
    "numbers": ("maximum context ", "999 ", ""),
    "backslashes": ('{"message": "', "\\\\", ""),
    "zero-width": ("", "\u200b", ""),
    "entities": ("", "&amp;", ""),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("kind", ["bytes", "value"])
def test_classify_error_takes_linear_time(name: str, kind: str) -> None:
    before, piece, after = BODIES[name]

    def classify(size: int) -> None:
        said = before + piece * size + after
        body = {"error": {"message": said, "code": said, "param": said}} if kind == "value" else said.encode()
        classify_error(429, {}, body, key="sk-proj-Q7x9Zp4LmN2vB8cTyU1wEr5")

    assert growth(classify, 12_000 // len(piece)) < MOST


def test_classify_error_of_thousands_of_digits_is_a_line() -> None:
    fault = classify_error(400, {}, b"maximum context length is " + b"9" * 6000 + b" tokens, not 777")
    assert fault.kind == "context" and len(fault.reason) < 300
    assert find_reset({}, message="retry in " + "9" * 6000 + "s") is None


def pieces_of_tools(size: int) -> None:
    calls = ToolCalls()
    for number in range(size):
        calls.add(ToolCallDelta(index=number % 2000, arguments='{"a":{}'))


def pieces_of_one_tool(size: int) -> None:
    calls = ToolCalls()
    for _ in range(size):
        calls.add(ToolCallDelta(index=0, arguments='{"a":{}}{'))


@pytest.mark.parametrize("work", [pieces_of_tools, pieces_of_one_tool])
def test_tool_calls_take_linear_time(work: Any) -> None:
    assert growth(work, 4000) < MOST


@pytest.mark.parametrize(
    "piece", [b"data: {\n", b"data: }\n\n", b"x\n", b":\n", b"{", b"data", b"event: a\n", b"\r"]
)
def test_response_body_takes_linear_time(piece: bytes) -> None:
    def read(size: int) -> None:
        body = ResponseBody()
        body.feed(b"data: 1\n\n")
        for _ in range(size):
            body.feed(piece)
        body.close()

    assert growth(read, 4000) < MOST


def test_parse_models_takes_linear_time() -> None:
    assert (
        growth(
            lambda size: parse_models([{"id": f"sk-{n}-" * 20} for n in range(size)], "sk-1234567890"), 100
        )
        < MOST
    )


# Every pattern there is.

PACKAGES = (llm, utils, engine, answers)
OF_THIS_MACHINE = ("roundtable_tui.llm.local", "roundtable_tui.llm.demo")


def find_modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # The other patterns of `answers` see bounded texts only; its functions are measured as a whole.
            if found.name.startswith(answers.__name__) and found.name != AnswerMarker.__module__:
                continue
            if not found.name.startswith(OF_THIS_MACHINE) and "subprocess_main" not in found.name:
                yield importlib.import_module(found.name)


Pattern = re.Pattern[str] | LazyPattern


def find_patterns(name: str, value: object) -> Iterator[tuple[str, Pattern]]:
    if isinstance(value, LazyPattern) or (isinstance(value, re.Pattern) and isinstance(value.pattern, str)):
        yield name, value
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from find_patterns(f"{name}[{number}]", item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from find_patterns(f"{name}[{key}]", item)


def all_patterns() -> dict[str, Pattern]:
    found = {
        label: pattern
        for module in find_modules()
        for name, value in vars(module).items()
        for label, pattern in find_patterns(
            f"{module.__name__.removeprefix('roundtable_tui.')}:{name}", value
        )
    }
    for made in (AnswerMarker("badegiko"), Quoter("badegiko")):
        for name, value in vars(made).items():
            found |= find_patterns(f"{type(made).__name__}.{name}", value)
    return found


PATTERNS = all_patterns()
_LITERALS = re.compile(r"[A-Za-z][a-z]*|\\?[^\w\s\\]")


def attacks(pattern: str) -> list[str]:
    """Return short texts that the pattern may begin to match: its words and signs, alone and in pairs."""
    words = list(dict.fromkeys(word.lstrip("\\") for word in _LITERALS.findall(pattern)))[:24]
    signs = [
        " ",
        "\n",
        "a",
        "1",
        "1 ",
        "a-",
        "-",
        "*",
        "[",
        "[[ANSWER",
        "<",
        "<<badegiko ",
        "```",
        "\\",
        "{}",
        "{",
        "…",
    ]
    pairs = [first + second for first, second in pairwise(words)]
    return list(dict.fromkeys([*signs, *words, *(f"{word} " for word in words), *pairs]))


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_takes_linear_time(name: str) -> None:
    found = PATTERNS[name]
    pattern = found.compiled if isinstance(found, LazyPattern) else found
    slow = {}
    for piece in attacks(pattern.pattern):

        def search(size: int, piece: str = piece) -> None:
            for _ in pattern.finditer("\n" + piece * (size // len(piece))):
                pass

        # Once for every text; what looks slow is measured again, as the first measurement may be wrong.
        if growth(search, 1000, tries=1) >= MOST and (ratio := growth(search, 1000)) >= MOST:
            slow[piece] = ratio
    assert not slow


def test_patterns_are_found() -> None:
    assert len(PATTERNS) > 60


@pytest.mark.parametrize(
    "piece", ["1 ", "(", "[1,", "the answer is ", "x <", "**", "$", "not ", "a and ", "5 km "]
)
def test_final_answer_and_comparison_take_linear_time(piece: str) -> None:
    def read(size: int) -> None:
        text = piece * (size // len(piece))
        final_answer(text)
        answers_agree(text, text + "1")

    assert growth(read, 12_000) < MOST
