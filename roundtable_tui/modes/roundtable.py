"""Roundtable: personas discuss the questions of the task, one at a time, for a number of turns.

Source: the project airoundtable. A speaker names the next one; a seat that has waited too long comes first.
From time to time the moderator asks a new question or for a second opinion; the last turns conclude; a
scribe writes a summary. At every turn each seat knows the theme, the background and the participants.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from roundtable_tui.answers.grouping import word_overlap
from roundtable_tui.engine import Answer, Entry, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.board import MODERATOR, PERSON, display_name
from roundtable_tui.engine.signatures import strip_signature

_INTRODUCTION_SHARE = 0.2
"""Share of the smallest context that the introductions may fill."""
MAX_INTRODUCTION_CHARS = 600
"""Characters of a persona's text in the introductions."""
_FIRST_SENTENCE = re.compile(
    r"^(?:\b(?:Mrs?|Ms|Dr|Prof|St)\.|[^.!?]|[.!?](?! [^\W\d_a-zß-öø-ÿ]))*[.!?](?: |$)|^[^.!?]*$"
)
_SECOND_PERSON = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_THIRD_PERSON = re.compile(r"^(?:He|She|They|It)\b")
MAX_SILENT_TURNS = 3
"""Empty turns in a row after which a seat is not called again."""

SPEAKER = """{persona}

You take part in a spoken discussion with {others}. The theme: {theme}
{context}{instructions}
Speak as {name} only, and say what {name} would say now; never write lines for others. Take up what was
said before you. To hand the word to somebody, name them.

{rule}"""

INSTRUCTIONS = """Speak freely and informally, in one to three sentences, without lists, headings or markup.
Do not introduce yourself again."""

OPENING = "The discussion begins. Theme: {theme}"
NEW_TOPIC = "The moderator puts a new question to the table: {topic}"
OPINION = "Say what you make of the last point, and ask one of the others, by name, for a second opinion."
TIME_LEFT = "{minutes} left."
WRAP_UP = "The time is nearly up: come to your conclusion."
YOUR_TURN = "{name}, you have the word."

SUMMARY = """{persona}

You listened to a discussion between {others}. The theme: {theme}
{context}"""

SUM_UP = """The discussion is over. What was said:

{transcript}

{instructions}"""

SUMMARY_INSTRUCTIONS = """Sum it up for somebody who was not there: what the table agrees on, where it
differs and who held what, and what follows. Be short and plain; add nothing that was not said."""


class RoundtableOptions(Options):
    """Options of `roundtable`."""

    turns: int = Field(10, ge=1, le=500, description="turns of the discussion")
    wrap_up_turns: int = Field(3, ge=0, le=50, description="last turns, in which everyone concludes")
    topic_slots: int = Field(4, ge=0, le=100, description="a new question about every N turns; 0: never")
    opinion_slots: int = Field(4, ge=0, le=100, description="a second opinion about every N turns; 0: never")
    introductions: bool = Field(True, description="introduce everyone at the start")
    minutes_per_turn: float = Field(
        1.0, ge=0, le=60, description="minutes per turn in the announced time left; 0: no announcement"
    )
    patience: int = Field(
        0, ge=0, le=100, description="turns a seat may wait before it speaks; 0: twice the number of seats"
    )
    repeats: int = Field(
        3, ge=0, le=100, description="end after N turns in a row without anything new; 0: never"
    )
    summary: bool = Field(True, description="close with a summary")


async def roundtable(table: Table, options: RoundtableOptions) -> Answer:
    """Run turns of one speaker at a time, then the summary."""
    topics = list(table.task.questions) if table.task else []
    theme = table.question or (topics[0] if topics else "")
    topics = [topic for topic in topics if topic != theme]
    set_system_prompts(table, theme)
    await table.text_sizes.ask_servers()
    table.start_phase("discussion", of=1 + options.summary)
    table.post(MODERATOR, "topic", OPENING.format(theme=theme))
    if options.introductions:
        table.post(MODERATOR, "speech", introduce_all(table))

    waited = {seat.id: 0 for seat in table.seats}
    silences: Counter[str] = Counter()  # Empty turns in a row, by seat.
    spoken: list[Turn] = []
    repeated = 0
    speaker: Seat | None = None
    rounds = table.rounds("turn", options.turns, phases=False)
    for number in rounds:
        speaker = choose_speaker(table, speaker, spoken, waited, silences, options)
        if speaker is None:
            table.notice("no seat can speak any more: the discussion ends")
            break
        cues = build_cues(table, number, rounds.limit - number + 1, topics, options)
        turn = await table.ask(speaker, build_turn_prompt(table, speaker, cues), label="speech")
        waited = {seat: 0 if seat == speaker.id else turns + 1 for seat, turns in waited.items()}
        said = strip_other_speakers(table, turn.text, speaker) if turn.ok else ""
        if said:
            repeated = repeated + 1 if is_repetition(said, speaker, spoken) else 0
            spoken.append(replace(turn, text=said))
            table.post(speaker, "speech", said)
            silences[speaker.id] = 0
        else:
            silences[speaker.id] += 1
        if options.repeats and repeated >= options.repeats:
            table.notice("the discussion repeats itself and ends")
            break

    if not spoken:
        raise NoAnswerError("no seat spoke")
    transcript = "\n\n".join(f"{get_author_name(e)}: {e.content}" for e in table.board)
    how = f"{len(spoken)} turns by {len({turn.seat for turn in spoken})} of {len(table.seats)} seats"
    if not options.summary:
        return Answer(transcript, how=how, kind="produced")
    table.start_phase("summary", number=2, of=2)
    summary = await sum_up(table, theme, transcript, spoken)
    if summary is None:
        table.notice("there is no summary: the answer is the discussion itself")
        return Answer(transcript, how=f"{how}; no summary", kind="produced")
    table.post(summary.seat, "summary", summary.text)
    how += f"; summary by {table.seat(summary.seat).name}"
    return Answer(summary.text, summary.seat, how, kind="produced")


def set_system_prompts(table: Table, theme: str) -> None:
    """Set the system prompts: persona, theme, background, participants, how to speak."""
    given = table.task.instructions if table.task else ""

    def speaker(seat: Seat) -> str:
        others = join_names([other.name for other in table.seats if other is not seat])
        return SPEAKER.format(
            persona=seat.persona.prompt,
            others=others,
            theme=theme,
            name=seat.name,
            context=format_background(table),
            instructions=(given or INSTRUCTIONS) + "\n",
            rule=table.quoter.quoting_rule(),
        )

    for seat in table.seats:
        seat.system_prompt_factory = speaker


def format_background(table: Table) -> str:
    """Return the context of the task as a paragraph of a prompt."""
    return f"\nBackground:\n{table.context}\n\n" if table.context else ""


def introduce_seats(seats: Sequence[Seat]) -> str:
    """Build the moderator's introduction of the participants: names, roles, and what their personas say."""
    lines, descriptions = [], []
    for seat in seats:
        # A role with commas of its own would read as several people.
        role = f" ({seat.role})" if re.search("[,;]", seat.role) else f", {seat.role}" if seat.role else ""
        name = seat.persona.full_name or seat.name
        lines.append(f"{name}{role}")
        if said := describe_persona(name, seat.persona.prompt):
            descriptions.append(said)
    return "\n\n".join(("At the table: " + "; ".join(lines) + ".", *descriptions))


def introduce_all(table: Table) -> str:
    """Introduce the participants, by names and roles only where their personas would fill a small context."""
    whole = introduce_seats(table.seats)
    names = whole.partition("\n\n")[0]
    if table.text_sizes.limit_by_context(len(whole), _INTRODUCTION_SHARE) >= len(whole):
        if names != whole:
            table.allow_short_form(whole, names, "the introductions have names and roles only")
        return whole
    table.notice("the introductions have names and roles only: a model has little context")
    return names


def describe_persona(name: str, prompt: str) -> str:
    """Return what a persona's text says after its first sentence, which assigns the role; "" for nothing.

    A text in the third person begins with the name, as in airoundtable; one that addresses the persona is
    quoted, so that no other seat takes it for its own.
    """
    rest = " ".join(_FIRST_SENTENCE.sub("", " ".join(prompt.split()), count=1).split())
    if not rest:
        return ""
    if len(rest) > MAX_INTRODUCTION_CHARS:
        rest = rest[:MAX_INTRODUCTION_CHARS].rpartition(". ")[0] or rest[:MAX_INTRODUCTION_CHARS] + "…"
    rest = rest if rest[-1] in ".!?…" else f"{rest}."
    if _SECOND_PERSON.search(rest):
        return f"Notes of {name}: “{rest}”"
    return _THIRD_PERSON.sub(name, rest, count=1) if _THIRD_PERSON.match(rest) else f"{name}: {rest}"


def choose_speaker(
    table: Table, last: Seat | None, spoken: Sequence[Turn], waited: Mapping[str, int],
    silences: Mapping[str, int], options: RoundtableOptions,
) -> Seat | None:  # fmt: skip
    """Return the next speaker: a seat that waited too long, else the one named last, else a random one of
    those with the fewest turns; None if no seat is left. No seat speaks twice in a row; a seat with an empty
    turn skips a round, and after too many empty turns in a row it is not called again.
    """
    there = [s for s in table.seats if not s.muted and silences[s.id] < MAX_SILENT_TURNS]
    free = [s for s in there if s is not last or len(table.seats) == 1]
    able = [s for s in free if not silences[s.id] or waited[s.id] >= len(table.seats)] or free
    if not able or all(silences[s.id] for s in there):
        return None
    longest = max(able, key=lambda seat: waited[seat.id])
    if waited[longest.id] >= (options.patience or 2 * len(table.seats)):
        return longest
    if spoken and (named := find_last_named(spoken[-1].text, able)):
        return named
    turns = Counter(turn.seat for turn in spoken)
    fewest = min(turns[seat.id] for seat in able)
    return table.random.choice([seat for seat in able if turns[seat.id] == fewest])


def find_last_named(text: str, seats: Sequence[Seat]) -> Seat | None:
    """Return the seat whose name occurs last in a text, as a whole word."""
    places = {seat: [m.end() for m in re.finditer(whole_word_pattern(seat.name), text)] for seat in seats}
    named = [seat for seat in seats if places[seat]]
    return max(named, key=lambda seat: places[seat][-1], default=None)


def whole_word_pattern(name: str) -> str:
    """Return a pattern for a name as a whole word; some scripts have no spaces."""
    letter = r"[^\W\u0e00-\U0010ffff]"
    return rf"(?<!{letter}){re.escape(name)}(?!{letter})"


def build_cues(
    table: Table, number: int, left: int, topics: list[str], options: RoundtableOptions
) -> list[str]:
    """Return the moderator's cues before a turn: new topic, second opinion, time left. Consumes topics."""
    cues = []
    new_topic = options.topic_slots and table.random.randrange(options.topic_slots) == 0
    opinion = options.opinion_slots and table.random.randrange(options.opinion_slots) == 0
    wrapping_up = left <= options.wrap_up_turns
    if number > 1 and topics and new_topic and not wrapping_up:
        topic = topics.pop(table.random.randrange(len(topics)))
        table.post(MODERATOR, "topic", NEW_TOPIC.format(topic=topic))
    elif number > 1 and opinion and not wrapping_up:
        cues.append(OPINION)
    if options.minutes_per_turn:
        minutes = max(1, round(left * options.minutes_per_turn))
        cues.append(TIME_LEFT.format(minutes=f"{minutes} minute{'s' if minutes > 1 else ''}"))
    if wrapping_up:
        cues.append(WRAP_UP)
    return cues


def build_turn_prompt(table: Table, speaker: Seat, cues: Sequence[str]) -> str:
    """Build a speaker's prompt: everything said since its last turn, then the moderator's cues."""
    said = [
        f"{get_author_name(entry)}: {entry.content}"
        if entry.author == MODERATOR
        else table.quoter.quote(get_author_name(entry), entry.content)
        for entry in table.board.news(speaker.id)
        if entry.author != PERSON  # Messages of the user are added to prompts by the engine.
    ]
    return "\n\n".join([*said, " ".join([*cues, YOUR_TURN.format(name=speaker.name)])])


def strip_other_speakers(table: Table, text: str, speaker: Seat) -> str:
    """Remove the speaker's name tag from a reply, and everything after it starts to speak for others."""
    own = (speaker.name, speaker.persona.full_name, speaker.last_name, "Assistant")
    names = [name for seat in table.seats for name in (seat.name, seat.persona.full_name)]
    names.insert(0, display_name(MODERATOR))
    others = "|".join(re.escape(name) for name in names if name and name not in own)
    text = table.quoter.before_first_boundary(text)
    cut = re.compile(rf"^[ \t]*[*_]*(?:{others})[*_]*[ \t]*:", re.MULTILINE).search(text, 1)
    return strip_signature(text[: cut.start()] if cut else text, own).strip()


def is_repetition(speech: str, speaker: Seat, spoken: Sequence[Turn]) -> bool:
    """Return True if a speech nearly repeats the previous one of its speaker."""
    before = next((turn.text for turn in reversed(spoken) if turn.seat == speaker.id), None)
    return before is not None and (speech == before or word_overlap([speech, before]) > 0.95)


async def sum_up(table: Table, theme: str, transcript: str, spoken: Sequence[Turn]) -> Turn | None:
    """Ask the captain, else the most frequent speakers, for the summary; None if all fail."""
    counts = {seat: sum(turn.seat == seat.id for turn in spoken) for seat in table.seats}
    by_turns = sorted(table.seats, key=lambda seat: -counts[seat])
    instructions = (table.task.summarize if table.task else "") or SUMMARY_INSTRUCTIONS
    others = join_names([seat.name for seat in table.seats])
    for scribe in [*([table.captain] if table.captain else []), *by_turns[:2]]:
        scribe.system_prompt_factory = lambda seat: SUMMARY.format(
            persona=seat.persona.prompt, others=others, theme=theme, context=format_background(table)
        )
        quoted = table.quoter.quote("discussion", transcript)
        prompt = SUM_UP.format(
            transcript=f"{quoted}\n\n{table.quoter.quoting_rule()}", instructions=instructions
        )
        turn = await table.ask(scribe, prompt, label="summary", fresh=True)
        if turn.ok:
            return turn
        table.notice(f"no summary by {scribe.name}: {turn.error}", scribe)
    return None


def get_author_name(entry: Entry) -> str:
    """Return the display name of an entry's author at the time it was posted."""
    return display_name(entry.author, entry.name)


def join_names(names: Sequence[str]) -> str:
    """Join names for a sentence: a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "nobody else"


MODE = Mode(
    layout="thread",
    name="roundtable",
    summary="personas discuss in turns, calling on each other, and a scribe sums up",
    options=RoundtableOptions,
    run=roundtable,
    team="salon",
    has_one_answer=False,
    captain=False,
)
