"""The results of a bench as text."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from roundtable_tui.bench.across import ArmPair
from roundtable_tui.bench.compare import ArmSummary, Comparison
from roundtable_tui.bench.statistics.paired import detectable_difference, smallest_significant
from roundtable_tui.utils.format import count_of, display_width
from roundtable_tui.utils.text import single_line

_INTERVAL = "95 % interval"
_HEADER = (
    "arm", "right", _INTERVAL, "tokens", "calls", "seconds", "cost", "against", "difference", "p",
    "fixed", "broke",
)  # fmt: skip
_LESS_IMPORTANT = (
    "seconds",
    "cost",
    "against",
    "broke",
    "fixed",
    "calls",
    "95 % interval",
    "p",
    "difference",
)
_MAX_NAME_CHARS = 40
_DOMINATED = "*"
_ESTIMATED = "~"


def render_table(rows: Sequence[ArmSummary]) -> str:
    """Return the table of all arms with its notes; tokens, calls, seconds and cost are per question."""
    return "\n".join([*_align(make_cells(rows)), "", *list_notes(rows)]).rstrip()


def make_cells(rows: Sequence[ArmSummary]) -> list[list[str]]:
    """Return the cells of the table, its head first; without the column `cost` if no cost is known."""
    cells = [list(_HEADER), *(_render_row(row) for row in rows)]
    if all(row.cost is None for row in rows):
        place = _HEADER.index("cost")
        cells = [line[:place] + line[place + 1 :] for line in cells]
    return cells


def render_narrow_table(rows: Sequence[ArmSummary], columns: int) -> str:
    """Return the table without notes in at most `columns` cells: the less important columns are left out."""
    cells = make_cells(rows)
    for name in _LESS_IMPORTANT:
        if max(map(display_width, _align(cells))) <= columns:
            break
        if name in cells[0]:
            place = cells[0].index(name)
            cells = [line[:place] + line[place + 1 :] for line in cells]
    return "\n".join(_align(cells))


def render_pairs(pairs: Sequence[ArmPair], names: tuple[str, str]) -> str:
    """Return the table of two benches; the difference is that of the second from the first."""
    head = [
        "arm",
        *(single_line(name, _MAX_NAME_CHARS) for name in names),
        "difference",
        "p",
        "fixed",
        "broke",
    ]
    lines = [head]
    for pair in pairs:
        shares = [f"{share * 100:.1f} %" for share in pair.accuracies]
        name = single_line(pair.arm, _MAX_NAME_CHARS)
        lines.append([name, *shares, *_render_comparison(pair.comparison)[1:]])
    refused = [f"{line[0]}: {pair.comparison.refused}." for line, pair in zip(lines[1:], pairs, strict=True)
               if pair.comparison.refused]  # fmt: skip
    return "\n".join([*_align(lines), *refused])


def render_topics(rows: Sequence[ArmSummary]) -> str:
    """Return the accuracy of each arm per topic; "" if the questions have no topics."""
    return "\n".join(_align(cells)) if (cells := make_topic_cells(rows)) else ""


def make_topic_cells(rows: Sequence[ArmSummary]) -> list[list[str]]:
    """Return the cells of the table of topics, its head first; none if there are fewer than two topics."""
    topics = {topic: count for row in rows for topic, (_, count) in row.topics.items()}
    if len(topics) < 2:
        return []
    lines = [["topic", "questions", *(single_line(row.name, _MAX_NAME_CHARS) for row in rows)]]
    for topic in sorted(topics):
        found = [row.topics.get(topic) for row in rows]
        shares = [f"{one[0] * 100:.1f} %" if one else "-" for one in found]
        lines.append([single_line(topic, _MAX_NAME_CHARS), str(topics[topic]), *shares])
    return lines


def describe_power(questions: int, comparisons: int = 1) -> str:
    """Return what a bench of this size can show, to be said before it starts.

    Args:
        questions: the number of questions.
        comparisons: the number of arms that are compared.
    """
    fewest = smallest_significant(0.05 / max(1, comparisons))
    points = ceil(detectable_difference(questions) * 100)
    shown = count_of(questions, "question")
    if questions < fewest:
        return f"{shown} cannot show a difference: at least {fewest} must change, all in one direction."
    return (
        f"{shown} can show differences of about {points} points; "
        f"at least {fewest} must change, all in one direction."
    )


def _render_row(row: ArmSummary) -> list[str]:
    name = single_line(row.name, _MAX_NAME_CHARS) + (_DOMINATED if row.is_dominated else "")
    right = f"{row.right:.1f}".removesuffix(".0")
    return [
        name,
        f"{right} of {row.questions} ({row.accuracy * 100:.1f} %)",
        f"{row.low * 100:.1f} to {row.high * 100:.1f} %",
        f"{_ESTIMATED * row.is_estimated}{row.tokens:,.0f}",
        f"{row.calls:.1f}",
        f"{row.seconds:.1f}",
        "" if row.cost is None else f"${row.cost:.4f}",
        *_render_comparison(row.comparison),
    ]


def _render_comparison(found: Comparison | None) -> list[str]:
    if found is None:
        return ["", "", "", "", ""]
    if found.refused:
        return [found.baseline, "not compared", "", "", ""]
    return [
        found.baseline,
        f"{found.difference * 100:+.1f} ({found.low * 100:+.1f} to {found.high * 100:+.1f})",
        format_p(found.p_adjusted),
        str(found.fixed),
        str(found.broke),
    ]


def format_p(value: float) -> str:
    """Return a p value with two digits that count: `.011`, `<.0001`, `1`."""
    if value < 0.0001:
        return "<.0001"
    if value >= 0.995:
        return "1"
    digits = 2 if value >= 0.1 else 3 if value >= 0.01 else 4
    return f"{value:.{digits}f}".removeprefix("0")


def list_notes(rows: Sequence[ArmSummary]) -> list[str]:
    """Return the notes below the table, one line each."""
    notes = ["Tokens, calls, seconds and cost are means per question."]
    compared = [row.comparison for row in rows if row.comparison and not row.comparison.refused]
    if compared:
        corrected = f", corrected for {len(compared)} comparisons (Holm)" if len(compared) > 1 else ""
        notes.append(f"p: exact McNemar test on the questions that changed{corrected}.")
    if any(row.comparison and row.comparison.baseline.startswith("vote of") for row in rows):
        notes.append(
            "vote of N: the majority of as many single answers as the arm's tokens buy, per question."
        )
    if any(row.is_estimated for row in rows):
        notes.append(f"{_ESTIMATED} tokens were estimated where the server did not report them.")
    if any(row.is_dominated for row in rows):
        notes.append(f"{_DOMINATED} another arm is at least as accurate for fewer tokens.")
    for row in rows:
        name = single_line(row.name, _MAX_NAME_CHARS)
        if row.comparison and row.comparison.refused:
            notes.append(f"{name}: not compared, because {row.comparison.refused}.")
        if row.errors:
            notes.append(f"{name}: {count_of(row.errors, 'failed run')}, counted as wrong.")
        if row.missing:
            notes.append(f"{name}: {count_of(row.missing, 'result')} missing, not counted.")
        if row.comparison and row.comparison.exhausted:
            what = count_of(row.comparison.exhausted, "question")
            notes.append(f"{name}: on {what} the pool had fewer answers than the tokens buy.")
        if row.pass_at is not None and row.pass_all is not None:
            some, every = f"{row.pass_at * 100:.1f} %", f"{row.pass_all * 100:.1f} %"
            notes.append(f"{name}: at least one repeat right on {some}, all on {every}.")
    return notes


def _align(lines: Sequence[Sequence[str]]) -> list[str]:
    """Align columns with two spaces between; the first to the left, the others to the right."""
    widths = [max(display_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    out = []
    for line in lines:
        first, *rest = line
        cells = [first + " " * (widths[0] - display_width(first))]
        cells += [
            " " * (width - display_width(cell)) + cell for cell, width in zip(rest, widths[1:], strict=True)
        ]
        out.append("  ".join(cells).rstrip())
    return out
