"""Generate the demo's text: an order-2 Markov chain over the request's sentences and a small corpus.

The random generator is the caller's, so that seats in one process do not affect each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from random import Random

from roundtable_tui.llm.demo.prompt_parser import CORPUS, WORDS, ParsedPrompt, digest
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MIN_WORDS, _MAX_WORDS, _MAX_WORDS_WITH_MARKER = 60, 220, 150
_MAX_SENTENCE_WORDS = 30
_TOKEN = lazy_compile(r"[\u3040-\u30ff\u3400-\u9fff]\s*|[^\s\u3040-\u30ff\u3400-\u9fff]+\s*")
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")
_PAIRS = (("(", ")"), ("“", "”"), ("«", "»"))
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


def count_words(text: str) -> int:
    """Return the number of words; in scripts without spaces, each character is a word."""
    return len(_TOKEN.findall(text))


class MarkovChain:
    """An order-2 Markov chain over sentences, by words or, in scripts without spaces, by characters."""

    def __init__(self, material: Sequence[tuple[str, int]]) -> None:
        """Take (sentence, weight) pairs."""
        self._starts: list[tuple[str, str]] = []
        self._followers: dict[tuple[str, str], list[str]] = {}
        for sentence, weight in material:
            tokens = [
                t if t[-1].isspace() or _is_cjk(t) else f"{t} " for t in _TOKEN.findall(sentence.strip())
            ]
            if len(tokens) < 3:
                continue
            for _ in range(weight):
                self._starts.append((tokens[0], tokens[1]))
                for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False):
                    self._followers.setdefault((a, b), []).append(c)

    def generate(self, random: Random) -> str:
        """Return a sentence, or "" if the chain did not reach an end in time."""
        if not self._starts:
            return ""
        a, b = random.choice(self._starts)
        out = [a, b]
        while not b.rstrip().endswith(_SENTENCE_ENDS):
            followers = self._followers.get((a, b))
            if not followers or len(out) >= _MAX_SENTENCE_WORDS * (4 if _is_cjk(b) else 1):
                return ""
            a, b = b, random.choice(followers)
            out.append(b)
        return "".join(out).strip()


class TextGenerator:
    """Writes the text of one reply. No sentence occurs twice, or was in an earlier reply of the seat."""

    def __init__(self, asked: ParsedPrompt, random: Random, seed: int) -> None:
        self._asked = asked
        self._random = random
        self._seed = seed
        # A short question alone would repeat itself, so sentences of the corpus are added.
        own = [
            (fill_template(sentence, topic), 1)
            for sentence in (*CORPUS["points"], *CORPUS["doubts"])
            for topic in asked.topics[:2]
        ]
        self._material = [*asked.material, *own]
        self._used = {_normalize(sentence) for sentence in asked.said}
        # Repeated by how often each occurs.
        self._extras = (
            [self._list] * 3 + [self._lead] * 3 + [self._section, self._code, self._quote, self._table]
        )

    @cached_property
    def _chain(self) -> MarkovChain:
        """The chain of sentences: many replies, such as decisions, do not need it."""
        return MarkovChain(self._material)

    def write(self, max_words: int | None = None) -> str:
        """Return the reply, of at most about `max_words` words."""
        asked, random = self._asked, self._random
        if asked.words:
            return asked.words[0 if asked.is_agreed(random.random()) else -1]
        if asked.is_brief and not asked.marker:
            return self._talk(max_words)
        room = random.randint(_MIN_WORDS, _MAX_WORDS_WITH_MARKER if asked.marker else _MAX_WORDS)
        ending = f"\n\n{asked.marker}\n{choose_answer(asked, self._seed)}" if asked.marker else ""
        if max_words is not None:
            room = min(room, max(0, max_words - count_words(ending)))
        return (self._essay(room) + ending).strip()

    def think(self) -> str:
        """Return a line of reasoning: 3 to 7 sentences."""
        chosen = self._random.sample(CORPUS["thoughts"], self._random.randint(3, 7))
        return " ".join(self._fill(template) for template in chosen)

    def _talk(self, max_words: int | None) -> str:
        """Return one to three sentences of a conversation."""
        random = self._random
        spoken = [self._pick("talk")]
        if random.random() < 0.6 and (more := self._sentence()) and count_words(more) < 24:
            spoken.append(more)
        if self._asked.names and random.random() < 0.5:
            spoken.append(self._pick("asides", random.choice(self._asked.names)))
        while max_words is not None and len(spoken) > 1 and count_words(" ".join(spoken)) > max_words:
            spoken.pop()
        return " ".join(spoken)

    def _essay(self, room: int) -> str:
        """Return Markdown of about `room` words: an opening, paragraphs, an extra or two, an ending."""
        asked, random = self._asked, self._random
        if room < 40:
            return self._pick("talk") if room >= 20 or not asked.marker else ""
        blocks = [self._paragraph("openings" if asked.round == 1 else "replies")]
        extras = [] if asked.is_plain else random.sample(self._extras, random.choice((0, 1, 1, 2)))
        ending = self._pick("endings")
        while (left := room - count_words(" ".join(blocks)) - count_words(ending)) > 24:
            if extras and (extra := extras.pop()()) and count_words(extra) <= left:
                blocks.append(extra)
                continue
            is_doubt = len(blocks) > 1 and random.random() < 0.4
            blocks.append(self._paragraph("doubts" if is_doubt else "points"))
        return "\n\n".join([*blocks, ending])

    def _paragraph(self, kind: str) -> str:
        """Return a sentence of the corpus and up to three of the chain."""
        sentences = [self._pick(kind)]
        sentences += [self._sentence() for _ in range(self._random.randint(0, 3))]
        return " ".join(filter(None, sentences))

    def _list(self) -> str:
        items = [self._fill(item) for item in self._random.sample(CORPUS["items"], 3)]
        is_numbered = self._random.random() < 0.4
        lines = [f"{n}. {item}" if is_numbered else f"- {item}" for n, item in enumerate(items, 1)]
        return self._pick("list_leads") + "\n\n" + "\n".join(lines)

    def _lead(self) -> str:
        return f"**{self._random.choice(CORPUS['leads'])}:** {self._pick('points')}"

    def _section(self) -> str:
        return f"### {self._random.choice(CORPUS['headings'])}\n\n{self._paragraph('points')}"

    def _code(self) -> str:
        return f"Put as code, the rule is short:\n\n```python\n{self._random.choice(CORPUS['codes'])}\n```"

    def _quote(self) -> str:
        return f"> {self._pick('points')}"

    def _table(self) -> str:
        rows = [["option", "for it", "against it"], ["---"] * 3, *self._random.sample(CORPUS["rows"], 3)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _fill(self, template: str, name: str = "") -> str:
        return fill_template(template, self._random.choice(self._asked.topics), name)

    def _sentence(self) -> str:
        """Return a new, well-formed sentence of the chain, or ""."""
        for _ in range(12):
            made = self._chain.generate(self._random)
            if made and _is_well_formed(made) and self._use(made):
                return made
        return ""

    def _pick(self, kind: str, name: str = "") -> str:
        """Return a new sentence of the corpus; one that was used before if all were."""
        filled = ""
        for template in self._random.sample(CORPUS[kind], len(CORPUS[kind])):
            filled = self._fill(template, name)
            if self._use(filled):
                break
        return filled

    def _use(self, sentence: str) -> bool:
        """Return True if `sentence` is new, and remember it."""
        key = _normalize(sentence)
        is_new = key not in self._used
        self._used.add(key)
        return is_new


def _normalize(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _is_cjk(token: str) -> bool:
    return "\u3040" <= token[0] <= "\u9fff"


def _is_well_formed(sentence: str) -> bool:
    """Return False for what a chain of two words gets wrong: no verb, half a condition, open brackets."""
    words = re.findall(r"[\w'’]+|[^\w\s]", sentence.lower())
    triples = list(zip(words, words[1:], words[2:], strict=False))
    is_english = sentence.isascii()
    return (
        len(sentence) >= 24
        and len(triples) == len(set(triples))
        and not (is_english and WORDS["verbs"].isdisjoint(words))
        and not (is_english and words[0] in WORDS["conjunctions"] and "," not in words)
        and all(sentence.count(a) == sentence.count(b) for a, b in _PAIRS)
        and sentence.count('"') % 2 == 0
    )
