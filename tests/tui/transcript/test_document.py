"""The transcript as a model: turns, attempts, reasoning, and rows that depend on the outcome alone."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from roundtable_tui.tui.widgets.transcript import StreamDocument
from tests.support.torture import examples
from tests.support.transcript import document, rows, texts, width_of

TURNS = ["a.1", "a.2", "a.3"]
BITS = [
    "word ",
    "a **b** ",
    "\n",
    "\n\n",
    "- item\n",
    "```\n",
    "| a | b |\n",
    "|---|---|\n",
    "日本",
    "long " * 30,
]
KINDS = ["done", "cut", "failed", "stopped"]
STEP = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from(TURNS), st.sampled_from(["", "Round 1", "x" * 90])),
    st.tuples(st.just("answer"), st.sampled_from(TURNS), st.sampled_from(BITS)),
    st.tuples(st.just("reasoning"), st.sampled_from(TURNS), st.sampled_from(BITS)),
    st.tuples(st.just("reset"), st.sampled_from(TURNS), st.just("")),
    st.tuples(st.just("restate"), st.sampled_from(TURNS), st.sampled_from(BITS)),
    st.tuples(st.sampled_from(KINDS), st.sampled_from(TURNS), st.sampled_from(["", "why"])),
    st.tuples(st.just("wait"), st.sampled_from(TURNS), st.sampled_from(["", "in line"])),
    st.tuples(st.just("toggle"), st.sampled_from(TURNS), st.just("")),
    st.tuples(st.just("width"), st.integers(10, 70), st.just("")),
    st.tuples(st.just("digest"), st.just(0), st.just("")),
    st.tuples(st.just("look"), st.integers(0, 60), st.just("")),
)  # fmt: skip


class Told:
    """What a turn should be: the plain account that the document is compared with."""

    def __init__(self, title: str) -> None:
        self.title, self.answer, self.reasoning, self.kind, self.note = title, "", "", "", ""
        self.chosen_open: bool | None = None


def apply(made: StreamDocument, told: dict[str, Told], step: tuple[str, object, str]) -> None:
    what, where, text = step
    if what == "width":
        assert isinstance(where, int)
        made.set_width(where)
    elif what == "digest":
        made.parse_pending()
        made.take_changes()
    elif what == "look":
        assert isinstance(where, int)
        made.rewrap(where, 10)
        for block, row in made.iter_rows(where, 10):
            block.row(row)
    else:
        turn(made, told, what, str(where), text)


def turn(made: StreamDocument, told: dict[str, Told], what: str, where: str, text: str) -> None:
    begun = where in told
    if what == "toggle":
        is_open = made.toggle_reasoning(where)
        if begun and told[where].reasoning:
            told[where].chosen_open = is_open
        return
    if what in ("answer", "reasoning") and not text:
        return
    it = told.setdefault(where, Told(text if what == "begin" else ""))
    if what == "begin":
        made.begin(where, text)
        if begun:
            it.answer = it.reasoning = it.kind = it.note = ""
    elif what in ("answer", "reasoning"):
        made.feed(where, text, reasoning=what == "reasoning")
        setattr(it, what, getattr(it, what) + text)
        if it.kind == "waiting":
            it.kind = it.note = ""
    elif what == "reset":
        made.reset(where)
        it.answer = it.reasoning = it.kind = it.note = ""
    elif what == "restate":
        made.resplit(where, "thought " + text, text)
        it.answer, it.reasoning = text, "thought " + text
        if it.kind == "waiting":
            it.kind = it.note = ""
    elif what == "wait":
        made.show_wait(where, text)
        if it.kind in ("", "waiting"):
            it.kind, it.note = ("waiting", text) if text else ("", "")
    else:
        made.end(where, text, what)
        it.kind, it.note = what, text


def from_told(told: dict[str, Told], width: int) -> StreamDocument:
    made = document(width)
    for name, it in told.items():
        made.begin(name, it.title)
        made.feed(name, it.reasoning, reasoning=True)
        made.feed(name, it.answer)
        if it.kind == "waiting":
            made.show_wait(name, it.note)
        elif it.kind:
            made.end(name, it.note, it.kind)
        if it.chosen_open is not None and it.reasoning and made.toggle_reasoning(name) != it.chosen_open:
            made.toggle_reasoning(name)
    made.parse_pending()
    return made


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(STEP, max_size=40))
@example(
    [("width", 10, ""), *[("reasoning", "a.1", "|---|---|\n")] * 3]
)  # Cells below each other in a margin.
@example([("answer", "a.1", "word "), ("done", "a.1", ""), ("digest", 0, ""), ("answer", "a.1", "word ")])
def test_document_any_event_order_shows_same_rows_as_final_state(
    steps: list[tuple[str, object, str]],
) -> None:
    made, told = document(), {}
    for step in steps:
        apply(made, told, step)
    made.parse_pending()
    assert rows(made) == rows(from_told(told, made.width))
    assert made.height == len(rows(made))
    assert all(width_of(row) <= max(10, made.width) for row in rows(made))
    for name, it in told.items():
        assert (made.get_answer(name), made.get_reasoning(name)) == (it.answer, it.reasoning)


def test_document_text_after_the_end_continues_the_last_line() -> None:
    made = document()
    made.feed("a.1", "one ")
    made.end("a.1")
    made.parse_pending()
    made.feed("a.1", "two")
    made.end("a.1")
    made.parse_pending()
    assert [text for text in texts(made) if text.strip()] == ["one two"]


def test_document_plain_text_keeps_tabs_and_failures() -> None:
    made = document()
    made.begin("a.1", "Round 1")
    made.feed("a.1", "all:\n\tcc -o a\x1b[31m a.c\n")
    made.end("a.1", "2 s")
    made.begin("a.2", "Round 2")
    made.end("a.2", "no such model", "failed")
    assert made.to_plain_text() == (
        "## Round 1\n\nall:\n\tcc -o a␛[31m a.c\n\n## Round 2\n\n[failed: no such model]\n"
    )


def test_turn_reasoning_line_shows_duration_and_tokens() -> None:
    now = [10.0]
    made = StreamDocument(clock=lambda: now[0])
    made.set_width(60)
    made.feed("a.1", "hm " * 4, reasoning=True)
    now[0] = 22.0
    made.parse_pending()
    assert texts(made) == ["▾ thinking 12 s", "│ hm hm hm hm"]
    assert made.has_pending
    now[0] = 22.5
    made.feed("a.1", "Yes.")
    made.end("a.1", reasoning_tokens=340)
    made.parse_pending()
    assert texts(made)[0] == "▸ thought for 12 s · 340 tokens"
    assert not made.has_pending


def test_resplit_reasoning_counts_time_from_first_piece() -> None:
    now = [5.0]
    made = StreamDocument(clock=lambda: now[0])
    made.set_width(60)
    made.feed("a.1", "I think so.")
    now[0] = 17.0
    made.resplit("a.1", "I think so.", "Yes.")
    made.parse_pending()
    assert texts(made) == ["▸ thought for 12 s · ~2 tokens", "", "Yes."]


def test_fold_line_tail_fits_and_is_sanitized() -> None:
    made = document(30)
    made.begin("a.1", quiet=True)
    made.feed("a.1", "\x1b[2J日本語 " * 50, reasoning=True)
    made.parse_pending()
    (line,) = texts(made)
    assert "\x1b" not in line
    assert line.startswith("▸ thinking 0 s  …")


def test_document_unclosed_fence_does_not_affect_next_turn() -> None:
    made = document()
    made.begin("a.1", "One")
    made.feed("a.1", "```\ncode")
    made.end("a.1", "cut off", "cut")
    made.begin("a.2", "Two")
    made.feed("a.2", "# Title")
    made.parse_pending()
    assert [text.strip("─ ") for text in texts(made) if text.strip("─ ")] == [
        "One", "code", "✂ cut off", "Two", "Title",
    ]  # fmt: skip
