"""Chain: reads a text of any length passage by passage, then answers the question from the notes.

Source: ChainOfAgents of the VLLM framework; Chain of Agents, Zhang et al. 2024 (arXiv:2406.02818). Each
reader refines the notes of the one before. The variant `tree` (map and reduce) reads the passages in
parallel and merges neighbouring notes until few are left. A passage that one reader fails on goes to the
next; a passage that all fail on ends the run, and resuming the run tries it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal

from pydantic import Field, model_validator

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table, Turn
from roundtable_tui.modes.chain_passages import Passages
from roundtable_tui.modes.options import TextFile
from roundtable_tui.utils.chunking import TextChunk, split_chunks
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.texts import text_input

READ_PROMPT = """A long text is read passage by passage, to answer this:

{question}

Passage {number} of {count}:

{passage}

The notes on {before}:

{notes}

{rule}

Write notes that take their place and cover this passage too: whatever helps to answer, the most important
first, with names, figures and wording exact where they matter. Leave out what does not help. At most
{words} words; the notes alone, no answer yet."""

NO_NOTES = "(none: {why})"

MERGE_PROMPT = """A long text was read in passages, to answer this:

{question}

The notes on neighbouring passages, in their order:

{notes}

{rule}

Write one set of notes that takes their place: whatever helps to answer, each thing once, with names,
figures and wording exact; where they contradict each other, keep both sides. At most {words} words; the
notes alone, no answer yet."""

ANSWER_PROMPT = """The question:

{question}

{source}

{notes}

{rule}

The question once more:

{question}

Answer it from this alone. Where it does not say, say that it does not."""

FROM_NOTES = "It is about a text of {length:,} characters, read in {count} passages. The readers' notes:"
FROM_TEXT = "It is about this text:"
MAX_CHARS_PER_WORD = 12
"""Notes are cut at this many characters per allowed word, as some readers copy the text."""


class ChainOptions(Options):
    """Options of `chain`."""

    file: TextFile = Field(None, description="the text; default: the task's context, or stdin")
    variant: Literal["chain", "tree"] = Field("chain", description="in sequence, or in parallel and merged")
    agents: int = Field(3, ge=1, le=64, description="number of readers")
    chunk_size: int = Field(4000, ge=200, le=1_000_000, description="maximum characters of a passage")
    chunk_overlap: int = Field(
        200, ge=0, le=100_000, description="characters repeated from the passage before"
    )
    summary_words: int = Field(300, ge=20, le=5000, description="maximum words of the notes")
    merge_width: int = Field(4, ge=2, le=16, description="notes merged at a time (tree)")
    temperature: float | None = Field(
        None, ge=0, le=2, description="temperature of the readers; default: their own"
    )

    @model_validator(mode="after")
    def _fits(self) -> ChainOptions:
        if self.chunk_overlap * 2 > self.chunk_size:
            raise ValueError("a chunk_overlap of at most half the chunk_size")
        return self


async def chain(table: Table, options: ChainOptions) -> Answer:
    """Read the whole text, in sequence or as a tree, and answer from the notes."""
    text = read_texts(table, options)
    await table.text_sizes.ask_servers()
    passages = Passages(table, text, options.chunk_size, options.chunk_overlap)
    if not passages.parts:
        attach = by_interface(
            command_line="attach a file with --attach PATH",
            python="give it with attachments=",
            app="type /attach PATH",
        )
        raise NoAnswerError(f"chain needs a text: {attach}")
    notes, how, turn = [text], "the text fits into one passage", None
    if len(passages) == 1:
        turn = await answer_from_notes(table, options, notes, passages)
    if len(passages) > 1:  # Also if the one passage was refused as too long.
        if options.variant == "tree":
            notes, how = await read_as_tree(table, passages, options)
        else:
            notes, how = await read_in_turn(table, passages, options)
        turn = await answer_from_notes(table, options, notes, passages)
    how = f"{len(text):,} characters: {how}"
    if turn is None:
        how += "; no seat could answer from the notes: these are the notes"
        return Answer("\n\n".join(notes), how=how, kind="produced")
    how += f"; answered by {table.seat(turn.seat).name}"
    return Answer(turn.text, turn.seat, how, kind="produced")


def read_texts(table: Table, options: ChainOptions) -> str:
    """Return the text to read: the option `file`, then what is attached; else the task's context."""
    given = [text_input.read_verified(options.file)] if options.file else []
    given += [text for text in (table.material.join_texts(),) if text]
    return "\n\n".join(given) or (table.task.context if table.task else "")


async def read_in_turn(table: Table, passages: Passages, options: ChainOptions) -> tuple[list[str], str]:
    """Read the passages in sequence, refining the notes; return the last notes."""
    notes, number = "", 1
    doubtful: set[str] = set()
    while number <= len(passages):
        part = passages.parts[number - 1]
        table.start_phase("passage", number, of=len(passages))
        turn = await read_passage(table, passages, part, options, notes, doubtful)
        if turn is None:  # It is cut again.
            continue
        notes = limit_notes(table, turn, options, f"passage {number} of {len(passages)}")
        passages.mark_read(part)
        number += 1
    return [notes], f"{len(passages)} passages in turn"


async def read_passage(
    table: Table, passages: Passages, part: TextChunk, options: ChainOptions, notes: str, doubtful: set[str]
) -> Turn | None:
    """Return the turn of the first reader that can read a passage, else the last one.

    None if the rest of the text was cut again: the passage was too long for a reader's model. `doubtful` are
    asked last, and brought up to date.
    """
    prompt = build_read_prompt(table, passages, part, options, notes)
    at = (part.number - 1) % len(table.seats)
    readers = sorted([*table.seats[at:], *table.seats[:at]], key=lambda seat: seat.id in doubtful)
    for reader in readers:
        turn = await table.ask(reader, prompt, **build_read_options(options, f"passage {part.number}"))
        if turn.ok:
            doubtful.discard(reader.id)
            break
        if size := passages.find_smaller_size(part, turn):
            passages.cut_again(size)
            return None
        doubtful.add(reader.id)
    return turn


async def read_as_tree(table: Table, passages: Passages, options: ChainOptions) -> tuple[list[str], str]:
    """Read all passages in parallel, then merge neighbouring notes until `merge_width` are left."""
    while passages.find_unread():
        await read_side_by_side(table, passages, options)
    notes = passages.collect_notes()
    level = 0
    while len(notes) > options.merge_width:
        level += 1
        table.start_phase("merge", level)
        notes = await merge_notes(table, notes, options)
    return notes, f"{len(passages)} passages side by side, merged in {level} step{'s' if level != 1 else ''}"


async def read_side_by_side(table: Table, passages: Passages, options: ChainOptions) -> None:
    """Read the passages that are left in parallel, until all are read or one is too long for a model.

    Then no further one is begun, and those that are not read are cut again.
    """
    parts, count = passages.parts, len(passages)
    jobs = [part.number for part in passages.find_unread()]
    read_count = count - len(jobs)
    size: int | None = None

    def is_too_long(number: int, turn: Turn) -> bool:
        nonlocal size
        size = passages.find_smaller_size(parts[number - 1], turn)
        return size is not None

    table.start_phase("passages", read_count + 1, of=count)
    spread = table.work_queue(
        table.seats, jobs,
        lambda number: build_read_prompt(table, passages, parts[number - 1], options, None),
        reassign_failed=True, ends_queue=is_too_long, **build_read_options(options, "passage"),
    )  # fmt: skip
    async with aclosing(spread) as reading:
        async for number, turn in reading:
            if size is not None and not turn.ok:
                if turn.kind == "context":
                    table.discard_failures([turn])
                continue
            passages.mark_read(
                parts[number - 1], limit_notes(table, turn, options, f"passage {number} of {count}")
            )
            read_count += 1
            if read_count < count and size is None:
                table.start_phase("passages", read_count + 1, of=count)
    if size is not None:
        passages.cut_again(size)
    elif unread := passages.find_unread():
        raise build_unread_error("passage", unread[0].number, count)


async def merge_notes(table: Table, notes: Sequence[str], options: ChainOptions) -> list[str]:
    """Merge neighbouring notes, `merge_width` at a time; a single rest is not merged."""
    groups = [notes[i : i + options.merge_width] for i in range(0, len(notes), options.merge_width)]
    found = {number: group[0] for number, group in enumerate(groups, 1) if len(group) == 1}
    spread = table.work_queue(
        table.seats,
        [number for number in range(1, len(groups) + 1) if number not in found],
        lambda number: MERGE_PROMPT.format(
            question=table.question,
            notes=quote_notes(table, groups[number - 1]),
            rule=table.quoter.quoting_rule(),
            words=options.summary_words,
        ),
        reassign_failed=True,
        **build_read_options(options, "merge"),
    )
    async with aclosing(spread) as merging:
        async for number, turn in merging:
            found[number] = limit_notes(table, turn, options, f"group {number} of {len(groups)} notes")
    return require_all(found, len(groups), "group of notes")


def require_all(notes: Mapping[int, str], count: int, what: str) -> list[str]:
    """Return the notes in order. Raises NoAnswerError if any is missing because all readers were muted."""
    if missing := [number for number in range(1, count + 1) if number not in notes]:
        raise build_unread_error(what, missing[0], count)
    return [notes[number] for number in sorted(notes)]


def build_unread_error(what: str, number: int, count: int) -> NoAnswerError:
    """Build the error for what was not read because all readers were muted."""
    return NoAnswerError(f"{what} {number} of {count} was not read: all readers are muted")


async def answer_from_notes(
    table: Table, options: ChainOptions, notes: Sequence[str], passages: Passages
) -> Turn | None:
    """Have the captain, else another seat, answer from the notes.

    None if all fail, or if the text itself, in one passage, was too long for a model: then it is cut again.
    """
    table.start_phase("answer")
    length, count = passages.parts[-1].end, len(passages)
    source = FROM_TEXT if count == 1 else FROM_NOTES.format(length=length, count=count)
    prompt = ANSWER_PROMPT.format(
        question=build_question(table, options), source=source, rule=table.quoter.quoting_rule(),
        notes=quote_notes(table, notes, "text" if count == 1 else "notes"),
    )  # fmt: skip
    for writer in [table.captain, *table.seats] if table.captain else table.seats:
        turn = await table.ask(writer, prompt, label="answer", fresh=True)
        if turn.ok:
            return turn
        if count == 1 and (size := passages.find_smaller_size(passages.parts[0], turn)):
            passages.cut_again(size)
            return None
        table.notice(f"{writer.name} could not answer from the notes; the next one tries", writer)
    return None


def build_question(table: Table, options: ChainOptions) -> str:
    """Return the question after its instructions and background, unless that is the text itself."""
    has_own_text = bool(options.file or table.material.texts)
    context = table.task.context if table.task and has_own_text else ""
    parts = (
        context, quote_background(table), table.previous_stage_output, table.instructions,
        table.final_instructions, table.question,
    )  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def quote_background(table: Table) -> str:
    """Return what came with the question besides its text: earlier questions, pictures, passages."""
    material = table.material
    parts = (material.quote_earlier(table.quoter), material.picture_note(), table.quoted_passages)
    return "\n\n".join(part for part in parts if part)


def build_read_prompt(
    table: Table, passages: Passages, part: TextChunk, options: ChainOptions, notes: str | None
) -> str:
    """Build a reader's prompt: the question, one passage, and the notes so far (None in a tree)."""
    alone = notes is None
    why = "others read the rest" if alone else "this is the first passage"
    question = "\n\n".join(filter(None, (quote_background(table), table.question)))
    place = f"passage {part.number}, characters {part.start} to {part.end}"
    return READ_PROMPT.format(
        question=question, number=part.number, count=len(passages), words=options.summary_words,
        passage=table.quoter.quote(place, passages.text_of(part)), rule=table.quoter.quoting_rule(),
        before="the rest" if alone else "what came before",
        notes=table.quoter.quote("notes", notes) if notes else NO_NOTES.format(why=why),
    )  # fmt: skip


def quote_notes(table: Table, notes: Sequence[str], label: str = "notes") -> str:
    """Quote notes in order."""
    return "\n\n".join(table.quoter.quote(f"{label} {n}", text) for n, text in enumerate(notes, 1))


def build_read_options(options: ChainOptions, label: str) -> dict[str, Any]:
    """Return the options for asking readers."""
    return {"label": label, "temperature": options.temperature, "fresh": True}


def limit_notes(table: Table, turn: Turn, options: ChainOptions, what: str) -> str:
    """Return the notes of a turn, cut to the limit. Raises NoAnswerError if the turn has none."""
    if not turn.ok:
        raise NoAnswerError(f"{what} could not be read by any reader; resuming the run retries it")
    most = options.summary_words * MAX_CHARS_PER_WORD
    notes = table.quoter.strip_boundaries(turn.text)
    if len(notes) <= most:
        return notes
    table.notice(f"the notes on {what} are far too long and are cut", table.seat(turn.seat))
    return notes[: split_chunks(notes, most)[0].end].rstrip()


MODE = Mode(
    layout="notes",
    name="chain",
    summary="reads a text of any length passage by passage and answers from the notes",
    options=ChainOptions,
    run=chain,
    team="chain",
    seats="copies",
    needs_text=True,
)
