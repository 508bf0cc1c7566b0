"""Generate the demo's text: sentences of a small corpus, about the topics of the request.

The random generator is the caller's, so that seats in one process do not affect each other.
"""

from __future__ import annotations

import re
from random import Random

from roundtable_tui.llm.demo.prompt_parser import CORPUS, ParsedPrompt, digest, split_sentences
from roundtable_tui.llm.demo.reply import split_tokens
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MIN_TOKENS, _MAX_TOKENS, _MAX_TOKENS_WITH_MARKER = 80, 260, 200
_SENTENCE_TOKENS = 32
"""About the longest sentence of the corpus."""
_CHOICES = lazy_compile(r"(?:^|[\s(])\(?([A-H])[).:]\s+\S")
_ALTERNATIVES = lazy_compile(
    r"(?:[:,]|\bbetween|\bprefer|\bchoose|\bbetter)\s+(?:an?\s+|the\s+)?([^,:?]{2,40}?)\s+(?:or|and)\s+(?:an?\s+|the\s+)?([^,:?]{2,40}?)\?"
)
_YES_NO = lazy_compile(
    r"^(?:is|are|was|were|am|do|does|did|can|could|should|shall|will|would|has|have|had|may|must|might)\b",
    re.IGNORECASE,
)
_NUMBER = lazy_compile(r"\b(?:how (?:many|much|old|long|far)|what (?:is|number|year)\b.*\d)", re.IGNORECASE)


def list_answers(question: str) -> tuple[str, ...]:
    """Return two or more short answers that fit the form of `question`, regardless of its subject."""
    letters = sorted(set(_CHOICES.findall(question)))
    if len(letters) > 1:
        return tuple(letters)
    if pair := _ALTERNATIVES.search(question):
        return pair[1].strip().capitalize(), pair[2].strip().capitalize()
    if _NUMBER.search(question):
        return tuple(map(str, Random(digest("numbers", question)).sample(range(2, 100), 3)))
    if _YES_NO.match(question):
        return "Yes, with a trial first.", "No, not yet.", "Only if it can be undone."
    return tuple(Random(digest("stances", question)).sample(CORPUS["stances"], 4))


def choose_answer(asked: ParsedPrompt, seed: int) -> str:
    """Return this seat's answer: its own in round 1, that of most seats in round 2, of all from round 3."""
    answers = list_answers(asked.question)
    if asked.round >= 3 or (asked.round == 2 and digest(seed, asked.seat, "second") % 3):
        return answers[digest(seed, "common", asked.question) % len(answers)]
    return answers[digest(seed, asked.seat, asked.question) % len(answers)]


def fill_template(template: str, topic: str, name: str = "") -> str:
    """Return a sentence of the corpus with `topic` and `name`; its first letter becomes a capital."""
    text = template.replace("{topic}", topic).replace("{name}", name)
    return text[:1].upper() + text[1:]


class TextGenerator:
    """Writes the text of one reply. No sentence occurs twice, or was said before by this seat or another."""

    def __init__(self, asked: ParsedPrompt, random: Random, seed: int) -> None:
        self._asked = asked
        self._random = random
        self._seed = seed
        self._used = {sentence for reply in asked.replies for sentence in split_sentences(reply)}
        self._used.update(asked.statements)
        # Repeated by how often each occurs.
        self._extras = (
            [self._list] * 3 + [self._lead] * 3 + [self._quote] * 2 + [self._section, self._code, self._table]
        )

    def write(self, max_tokens: int | None = None) -> str:
        """Return the reply, of at most `max_tokens` if that leaves room for a sentence."""
        asked, random = self._asked, self._random
        if asked.words:
            return asked.words[0 if asked.is_agreed(random.random()) else -1]
        if asked.is_brief and not asked.marker:
            return self._talk(max_tokens)
        room = random.randint(_MIN_TOKENS, _MAX_TOKENS_WITH_MARKER if asked.marker else _MAX_TOKENS)
        ending = f"\n\n{asked.marker}\n{choose_answer(asked, self._seed)}" if asked.marker else ""
        if max_tokens is not None:
            room = min(room, max_tokens - _count_tokens(ending))
        return (self._essay(room) + ending).strip()

    def think(self) -> str:
        """Return a line of reasoning: 3 to 7 sentences."""
        chosen = self._random.sample(CORPUS["thoughts"], self._random.randint(3, 7))
        return " ".join(self._fill(template) for template in chosen)

    def _talk(self, max_tokens: int | None) -> str:
        """Return one to three sentences of a conversation."""
        random = self._random
        spoken = [self._pick("talk")]
        if random.random() < 0.6:
            spoken.append(self._pick("points"))
        if self._asked.names and random.random() < 0.5:
            spoken.append(self._pick("asides", random.choice(self._asked.names)))
        while max_tokens is not None and len(spoken) > 1 and _count_tokens(" ".join(spoken)) > max_tokens:
            spoken.pop()
        return " ".join(spoken)

    def _essay(self, room: int) -> str:
        """Return Markdown of at most `room` tokens: an opening, paragraphs, an extra or two, an ending."""
        asked, random = self._asked, self._random
        if room < 2 * _SENTENCE_TOKENS:
            return self._pick("talk") if room >= _SENTENCE_TOKENS or not asked.marker else ""
        ending = self._pick("endings")
        room -= _count_tokens(ending)
        blocks = [self._paragraph("openings" if asked.round == 1 else "replies", room)]
        extras = [] if asked.is_plain else random.sample(self._extras, random.choice((0, 1, 1, 2)))
        while (left := room - _count_tokens(" ".join(blocks))) > _SENTENCE_TOKENS:
            if extras:
                if _count_tokens(extra := extras.pop()()) <= left:
                    blocks.append(extra)
                continue
            is_doubt = len(blocks) > 1 and random.random() < 0.4
            blocks.append(self._paragraph("doubts" if is_doubt else "points", left))
        return "\n\n".join([*blocks, ending])

    def _paragraph(self, kind: str, room: int) -> str:
        """Return one to four sentences, the first of a kind; the others if they fit into `room` tokens."""
        text = self._pick(kind)
        for _ in range(self._random.randint(0, 3)):
            longer = f"{text} {self._pick('points')}"
            if _count_tokens(longer) > room:
                break
            text = longer
        return text

    def _list(self) -> str:
        items = [self._fill(item) for item in self._random.sample(CORPUS["items"], 3)]
        is_numbered = self._random.random() < 0.4
        lines = [f"{n}. {item}" if is_numbered else f"- {item}" for n, item in enumerate(items, 1)]
        return self._pick("list_leads") + "\n\n" + "\n".join(lines)

    def _lead(self) -> str:
        return f"**{self._random.choice(CORPUS['leads'])}:** {self._pick('points')}"

    def _section(self) -> str:
        return f"### {self._random.choice(CORPUS['headings'])}\n\n{self._pick('points')}"

    def _code(self) -> str:
        return f"Put as code, the rule is short:\n\n```python\n{self._random.choice(CORPUS['codes'])}\n```"

    def _quote(self) -> str:
        """Return a sentence of the request as a quotation, or one of the corpus."""
        statements = self._asked.statements
        return f"> {self._random.choice(statements) if statements else self._pick('points')}"

    def _table(self) -> str:
        rows = [["option", "for it", "against it"], ["---"] * 3, *self._random.sample(CORPUS["rows"], 3)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _fill(self, template: str, name: str = "") -> str:
        return fill_template(template, self._random.choice(self._asked.topics), name)

    def _pick(self, kind: str, name: str = "") -> str:
        """Return a new sentence of the corpus; one that was used before if all were."""
        filled = ""
        for template in self._random.sample(CORPUS[kind], len(CORPUS[kind])):
            filled = self._fill(template, name)
            if filled not in self._used:
                break
        self._used.add(filled)
        return filled


def _count_tokens(text: str) -> int:
    return len(split_tokens(text))
