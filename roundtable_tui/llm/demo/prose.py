"""The demo's writing: paragraphs with a list or a bold phrase now and then, talk at a table, and thinking."""

from __future__ import annotations

from random import Random

from roundtable_tui.llm.demo import corpus
from roundtable_tui.llm.demo.answers import answer
from roundtable_tui.llm.demo.asked import ParsedPrompt
from roundtable_tui.llm.demo.words import Chain, Speech, count, fill

MOST_WORDS, FEWEST_WORDS = 220, 60


def write(asked: ParsedPrompt, random: Random, seed: int, limit: int | None = None) -> str:
    """Return the reply to `asked`, at most about `limit` words."""
    if asked.words:
        return asked.words[0] if asked.agreed(random.random()) else asked.words[-1]
    speech = Speech(_chain(asked), random, asked.said)
    if asked.brief and not asked.marker:
        return _talk(asked, random, speech, limit)
    room = random.randint(FEWEST_WORDS, 150 if asked.marker else MOST_WORDS)
    ending = f"\n\n{asked.marker}\n{answer(asked, seed)}" if asked.marker else ""
    if limit is not None:
        room = min(room, max(0, limit - count(ending)))
    return (_essay(asked, random, speech, room) + ending).strip()


def think(asked: ParsedPrompt, random: Random) -> str:
    """Return some lines of thinking: 3 to 7 sentences."""
    chosen = random.sample(corpus.THOUGHTS, random.randint(3, 7))
    return " ".join(fill(t, random.choice(asked.topics)) for t in chosen)


def _chain(asked: ParsedPrompt) -> Chain:
    """Return a chain of the request's sentences and ours: a short question alone would only repeat itself."""
    own = [fill(s, topic) for s in (*corpus.POINTS, *corpus.DOUBTS) for topic in asked.topics[:2]]
    return Chain([*asked.material, *((s, 1) for s in own)])


def _talk(asked: ParsedPrompt, random: Random, speech: Speech, limit: int | None) -> str:
    spoken = [speech.pick(corpus.TALK, asked.topics)]
    if random.random() < 0.6 and (more := speech.sentence()) and count(more) < 24:
        spoken.append(more)
    if asked.names and random.random() < 0.5:
        spoken.append(speech.pick(corpus.ASIDES, asked.topics, random.choice(asked.names)))
    while limit is not None and len(spoken) > 1 and count(" ".join(spoken)) > limit:
        spoken.pop()
    return " ".join(spoken)


def _essay(asked: ParsedPrompt, random: Random, speech: Speech, room: int) -> str:
    """Return blocks of Markdown of about `room` words: an opening, paragraphs, an extra or two, an ending."""
    if room < 40:
        return speech.pick(corpus.TALK, asked.topics) if room >= 20 or not asked.marker else ""
    opening = corpus.OPENINGS if asked.round == 1 else corpus.REPLIES
    blocks = [_paragraph([speech.pick(opening, asked.topics)], random, speech)]
    extras = [] if asked.plain else random.sample(_EXTRAS, random.choice((0, 1, 1, 2)))
    ending = speech.pick(corpus.ENDINGS, asked.topics)
    while (left := room - count(" ".join(blocks)) - count(ending)) > 24:
        if extras and (extra := extras.pop()(asked, random, speech)) and count(extra) <= left:
            blocks.append(extra)
            continue
        doubt = len(blocks) > 1 and random.random() < 0.4
        first = speech.pick(corpus.DOUBTS if doubt else corpus.POINTS, asked.topics)
        blocks.append(_paragraph([first], random, speech))
    return "\n\n".join([*blocks, ending])


def _paragraph(sentences: list[str], random: Random, speech: Speech) -> str:
    for _ in range(random.randint(0, 3)):
        if made := speech.sentence():
            sentences.append(made)
    return " ".join(sentences)


def _list(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    items = [fill(i, random.choice(asked.topics)) for i in random.sample(corpus.ITEMS, 3)]
    numbered = random.random() < 0.4
    lines = [f"{n}. {item}" if numbered else f"- {item}" for n, item in enumerate(items, 1)]
    return speech.pick(corpus.LIST_LEADS, asked.topics) + "\n\n" + "\n".join(lines)


def _lead(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    return f"**{random.choice(corpus.LEADS)}:** {speech.pick(corpus.POINTS, asked.topics)}"


def _section(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    return f"### {random.choice(corpus.HEADINGS)}\n\n" + _paragraph(
        [speech.pick(corpus.POINTS, asked.topics)], random, speech
    )


def _code(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    return f"Put as code, the rule is short:\n\n```python\n{random.choice(corpus.CODES)}\n```"


def _table(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    rows = random.sample(corpus.ROWS, 3)
    lines = [
        "| option | for it | against it |",
        "| --- | --- | --- |",
        *(f"| {a} | {b} | {c} |" for a, b, c in rows),
    ]
    return "\n".join(lines)


def _quote(asked: ParsedPrompt, random: Random, speech: Speech) -> str:
    return f"> {speech.pick(corpus.POINTS, asked.topics)}"


# As often as they stand here.
_EXTRAS = [_list, _list, _list, _lead, _lead, _lead, _section, _code, _quote, _table]
