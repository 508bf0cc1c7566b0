"""What the parts of a prompt are called, and how long they are: for a prompt that is refused as too long."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from roundtable_tui.engine.calls.context_fitting import list_texts
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.llm.types import ChatRequest, Message
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line

_MAX_NAME_CHARS = 80
_CUT_MARK = "[...]"


class PartName(NamedTuple):
    """What a part is called, and what makes it shorter."""

    name: str
    advice: str


QUESTION = PartName("the question", "shorten it")
PERSONA = PartName("the persona's prompt", "shorten it")
EARLIER = PartName("what was asked and answered before", "ask without following up")
PREVIOUS_STAGE = PartName("the answer of the stage before", "ask that stage for a shorter one")
YOUR_MESSAGES = PartName("your messages", "shorten them")
_OLDER_ROUNDS = PartName("the older rounds", "use fewer rounds")
_ANSWERS = PartName("the quoted answers", "use fewer seats")
_MODE = PartName("what the mode adds", "use a mode with shorter prompts")
_RESULTS = PartName("the results of tools", "use fewer tools")
_TOOLS = PartName("the descriptions of the tools", "use fewer tools")
_PICTURES = PartName("the pictures", "attach fewer")
_MAX_TOKENS = PartName("max_tokens", "lower it")


class _Label(NamedTuple):
    """The labels of one kind of quotation, and the name of what is quoted."""

    pattern: re.Pattern[str]
    name: Callable[[re.Match[str]], PartName]


_LABELS = (
    _Label(
        re.compile(r"text: (.+)"),
        lambda label: PartName(
            f"the attached text {single_line(label[1], _MAX_NAME_CHARS)}",
            "use mode chain or smaller passages",
        ),
    ),
    _Label(re.compile(r"text\b"), lambda label: PartName("the text", "use mode chain or smaller passages")),
    _Label(
        re.compile(r"passage \d"),
        lambda label: PartName("the passage of the text", f"lower {parameter_name('chunk_size')}"),
    ),
    _Label(
        re.compile(r"\[\d"),
        lambda label: PartName("the passages of documents", f"use fewer ({parameter_name('passages')})"),
    ),
    _Label(re.compile(r"result of "), lambda label: _RESULTS),
    _Label(re.compile(r"discussion$"), lambda label: PartName("the discussion", "use fewer turns")),
    _Label(re.compile(r"notes(?: \d+)?$"), lambda label: PartName("the notes", "ask for shorter ones")),
    _Label(re.compile(r"summary$"), lambda label: _OLDER_ROUNDS),
)


class KnownText(NamedTuple):
    """A text that the run knows, wherever it stands in a prompt."""

    part: PartName
    text: str


class ShortForm(NamedTuple):
    """A text of the mode that a prompt has in short where it does not fit otherwise."""

    text: str
    short: str
    step: str
    """What is then said to have been done."""


@dataclass(frozen=True, slots=True)
class Background:
    """The question of a run and what else is in its prompts."""

    question: str
    context: str = ""
    known_texts: tuple[KnownText, ...] = field(default=(), repr=False)
    """The texts that may be the long part of a prompt, the question among them."""
    short_forms: tuple[ShortForm, ...] = ()


class PartFinder:
    """Says which parts the prompt of a request has."""

    def __init__(self, quoter: Quoter, texts: Sequence[KnownText]) -> None:
        """Create it for the known texts of a run. The longest is looked for first: it may contain others."""
        self._quoter = quoter
        known = sorted((one for one in texts if one.text), key=lambda one: -len(one.text))
        self._own_texts: list[KnownText] = []
        """What they say beside their quotations."""
        self._quoted: list[tuple[str, KnownText]] = []
        """The quotations in them, with their labels."""
        for source in known:
            own, quotations = self._quotations(source.text)
            self._own_texts.append(KnownText(source.part, own.strip()))
            self._quoted += [(label, KnownText(source.part, text)) for label, text in quotations]

    def find_parts(self, request: ChatRequest) -> Mapping[PartName, list[str]]:
        """Return the texts of a request by the part that they belong to."""
        found: defaultdict[PartName, list[str]] = defaultdict(list)
        messages = list(request.messages)
        for at, message in enumerate(messages):
            is_first = not any(one["role"] == "user" for one in messages[:at])
            self._add_message(found, message, is_older=at < len(messages) - 1, is_first=is_first)
        found[_RESULTS] += list_texts(request.exchanges)
        for tool in request.tools:
            found[_TOOLS].append(f"{tool.name} {tool.description} {json.dumps(tool.parameters)}")
        return found

    def _add_message(
        self, found: defaultdict[PartName, list[str]], message: Message, *, is_older: bool, is_first: bool
    ) -> None:
        """Add the parts of a message. The first question has the material; what follows are rounds."""
        is_system = message["role"] == "system"
        rest, quotations = self._quotations(message["content"])
        for label, text in quotations:
            other = _OLDER_ROUNDS if is_older and not is_system else _ANSWERS
            if (known := self._find_known(label, text)) is not None:
                found[known].append(text)
            else:
                found[_name_label(label) or other].append(self._take_known(found, text))
        is_round = is_older and not is_system and not is_first
        found[_OLDER_ROUNDS if is_round else _MODE].append(self._take_known(found, rest))

    def _take_known(self, found: defaultdict[PartName, list[str]], text: str) -> str:
        """Return a text without the known ones in it, which are added to their parts."""
        for part, own in self._own_texts:
            if own and (count := text.count(own)):
                text = text.replace(own, "")
                found[part] += [own] * count
        return text

    def _find_known(self, label: str, text: str) -> PartName | None:
        """Return the part that has this quotation, which may be shortened here; None for others."""
        begin = text.partition(_CUT_MARK)[0].strip()
        for known_label, known in self._quoted:
            if label == known_label and (text == known.text or (begin and begin in known.text)):
                return known.part
        return None

    def _quotations(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """Return the text without what it quotes, and the labels and texts of its quotations."""
        quoted: list[tuple[str, str]] = []

        def take(label: str, content: str) -> str:
            quoted.append((label, content))
            return ""

        return self._quoter.replace_quoted(text, take), quoted


def _name_label(label: str) -> PartName | None:
    """Return what a label says of its quotation; None for the answer of a seat."""
    return next((one.name(match) for one in _LABELS if (match := one.pattern.match(label))), None)


def describe_longest(sizes: Mapping[PartName, int], pictures: int, max_tokens: int | None) -> str:
    """Return the hint for a refused prompt: its longest part, and what makes it shorter.

    Args:
        sizes: the tokens of the parts.
        pictures: the tokens of the pictures.
        max_tokens: the token limit of the answer, which some servers add to the prompt.
    """
    sizes = {**sizes, _PICTURES: pictures, _MAX_TOKENS: max_tokens or 0}
    longest = max(sizes, key=lambda part: sizes[part])
    part = f"{longest.name} (about {sizes[longest]:,} tokens)"
    return f"The longest part is {part}: {longest.advice}, or use a larger context"
