"""What a conversation asks of the demo: its question, its round, and how it wants to be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from roundtable_tui.llm.demo import reading
from roundtable_tui.llm.demo.topics import topics


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A conversation as the demo understands it."""

    question: str
    topics: tuple[str, ...]
    """Phrases of the question that can stand in a sentence: `the backend`, `Rust`."""
    round: int
    """From 1: how often this seat has answered, plus one; or what the prompt says."""
    marker: str
    """The answer marker the reply must end with, or nothing."""
    answers: tuple[str, ...]
    """The deliverables that the last message quotes."""
    names: tuple[str, ...]
    """The others, where they are named."""
    plain: bool
    """No Markdown wanted."""
    brief: bool
    """One to three sentences wanted."""
    words: tuple[str, ...]
    """One of these words is the whole reply, if there are any; the first agrees, the last does not."""
    seat: str
    """What tells one seat from another: the system prompt and the model."""
    material: tuple[tuple[str, int], ...]
    """Sentences of the request with their weights."""
    said: tuple[str, ...]
    """Sentences this seat has said already."""

    def agreed(self, random: float) -> bool:
        """Say whether the table agrees: as the quoted answers do; else in round 3, sometimes in round 2."""
        if len(self.answers) > 1:
            return len(set(self.answers)) == 1
        return self.round >= 3 or (self.round == 2 and random < 0.34)


def parse_prompt(messages: Sequence[Mapping[str, Any]], model: str = "") -> ParsedPrompt:
    """Read a chat request's messages."""
    turns = [(str(m.get("role") or ""), _ends(text_of(m.get("content")))) for m in messages]
    system = "\n".join(text for role, text in turns if role in ("system", "developer"))
    asked = [text for role, text in turns if role == "user"] or [system]
    own = [text for role, text in turns if role == "assistant"]
    everything = "\n".join([system, *asked])
    markers = reading.MARKER.findall(everything)
    question = reading.question_in(asked, system)
    speaker = reading.lead_in(asked[-1])
    return ParsedPrompt(
        question=question,
        topics=topics(question),
        round=reading.round_in(asked[-1], len(own)),
        marker=_last_marker(markers),
        answers=reading.answers_in(asked[-1]),
        names=reading.names_in(system, [*asked, *own], speaker),
        plain=bool(speaker) or reading.wants_plain(everything),
        brief=bool(speaker) or reading.wants_brief(everything),
        words=reading.one_word_of(asked[-1]),
        seat=str(digest(system, model)),
        material=reading.material(system, asked),
        said=tuple(s for text in own for s in reading.sentences(text)),
    )


def text_of(content: Any) -> str:
    """Return the text of a message's content, which may be a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(p.get("text") or "") for p in content if isinstance(p, Mapping))
    return ""


def digest(*parts: object) -> int:
    """Return a number for `parts` that is the same on every machine and in every process."""
    data = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def _last_marker(markers: Sequence[str]) -> str:
    """Return the last marker; one whose word was struck out, as in quotations, is nobody's."""
    return next((m for m in reversed(markers) if "*" not in m), "")


def _ends(text: str, most: int = 20_000) -> str:
    """Return a long text without its middle: a reply of 200 words needs no more, and reading costs time."""
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[-most // 2 :]}"
