"""The results of a bench as one self-contained HTML page: table, plot, topics, and every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from roundtable_tui.bench.arms import count_compared
from roundtable_tui.bench.compare import ArmOutcome, ArmSummary, BenchResults, Place, collect_outcomes
from roundtable_tui.bench.output.points import make_plot
from roundtable_tui.bench.output.svg_plot import render_svg
from roundtable_tui.bench.output.table import (
    describe_power,
    format_p,
    list_notes,
    make_cells,
    make_topic_cells,
)
from roundtable_tui.bench.questions.model import BenchQuestion, hash_questions
from roundtable_tui.reports.html import escape_line, render_page_head
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

MAX_LISTED_QUESTIONS = 2000
_MAX_CHARS = 200
_TEXT_COLUMNS = 1
"""Columns of the tables that are aligned to the left."""


def render_page(results: BenchResults, rows: Sequence[ArmSummary], name: str = "") -> str:
    """Return the page.

    Args:
        results: the results of the bench.
        rows: the rows of its table, see `summarize`.
        name: what the questions are called.
    """
    title = f"Bench: {single_line(name, 80)}" if name else "Bench"
    facts = [
        count_of(len(results.questions), "question"), count_of(len(results.arms), "arm"),
        f"questions {hash_questions(results.questions)}",
    ]  # fmt: skip
    if results.repeats > 1:
        facts.insert(2, count_of(results.repeats, "repeat"))
    compared = count_compared(results.arms)
    out = [
        render_page_head(title),
        f'<header>\n<h1>{escape(title)}</h1>\n<p class="meta">{escape(" · ".join(facts))}</p>\n',
        f'<p class="note">{escape(describe_power(len(results.questions), compared))}</p>\n</header>\n',
        _render_cells(make_cells(rows)),
        _render_list(list_notes(rows)),
    ]
    if compared_rows := [row for row in rows if row.comparison and not row.comparison.refused]:
        out += ["<h2>Comparisons</h2>\n", _render_cells(_make_comparison_cells(compared_rows))]
    if plot := make_plot(results, rows):
        out += ["<h2>Accuracy against tokens</h2>\n", render_svg(plot), "\n"]
    out += ["<h2>Tokens per question</h2>\n", _render_cells(_make_token_cells(rows))]
    if topics := make_topic_cells(rows):
        out += ["<h2>Topics</h2>\n", _render_cells(topics)]
    out += ["<h2>Answers</h2>\n", *_render_answers(results), "</body>\n</html>\n"]
    return "".join(out)


def _make_comparison_cells(rows: Sequence[ArmSummary]) -> list[list[str]]:
    """Return what the table above leaves out: clustered standard errors, and p before Holm's correction."""
    cells = [
        [
            "arm",
            "against",
            "difference",
            "standard error, clustered",
            "95 % interval, bootstrap",
            "p",
            "p (Holm)",
        ]
    ]
    for row in rows:
        if (found := row.comparison) is None:
            continue
        interval = f"{found.low * 100:+.1f} to {found.high * 100:+.1f}"
        figures = [f"{found.difference * 100:+.1f}", f"{found.standard_error * 100:.1f}", interval]
        values = [format_p(found.p), format_p(found.p_adjusted)]
        cells.append([single_line(row.name, _MAX_CHARS), found.baseline, *figures, *values])
    return cells


def _make_token_cells(rows: Sequence[ArmSummary]) -> list[list[str]]:
    """Return where the tokens of each arm go: debates have long prompts, of which servers cache a part."""
    cells = [["arm", "prompts", "of these cached", "answers", "all"]]
    for row in rows:
        parts = (row.tokens - row.completion_tokens, row.cached_tokens, row.completion_tokens, row.tokens)
        cells.append([single_line(row.name, _MAX_CHARS), *(f"{part:,.0f}" for part in parts)])
    return cells


def _render_answers(results: BenchResults) -> Iterator[str]:
    """Yield the table of all questions with the answer of each arm."""
    outcomes = [collect_outcomes(results, arm) for arm in results.arms]
    names = [single_line(arm.name, _MAX_CHARS) for arm in results.arms]
    yield "<details open><summary>Every question with its known answer</summary>\n<table>\n<tr>"
    yield "".join(f"<th>{escape(head)}</th>" for head in ("question", "known answer", *names))
    yield "</tr>\n"
    for question in results.questions[:MAX_LISTED_QUESTIONS]:
        cells = [_render_answer(question, found, results.repeats) for found in outcomes]
        shown = f'<span class="note">{_escape(question.id)}</span> {_escape(question.question)}'
        yield f"<tr><td>{shown}</td><td>{_escape(question.gold)}</td>{''.join(cells)}</tr>\n"
    yield "</table>\n</details>\n"
    if left := len(results.questions) - MAX_LISTED_QUESTIONS:
        yield f'<p class="note">{count_of(left, "more question")}</p>\n' if left > 0 else ""


def _render_answer(question: BenchQuestion, found: Mapping[Place, ArmOutcome], repeats: int) -> str:
    parts = []
    for repeat in range(repeats):
        one = found.get((question.id, repeat))
        if one is None:
            parts.append('<span class="note">missing</span>')
        elif one.is_error:
            parts.append(f'<span class="error">failed: {_escape(one.reason or "no answer")}</span>')
        else:
            mark, cls = ("✓", "") if one.score > 0.5 else ("✗", ' class="error"')
            reason = f' <span class="note">{_escape(one.reason)}</span>' if one.reason else ""
            parts.append(f"<span{cls}>{mark} {_escape(one.answer)}</span>{reason}")
    return f"<td>{'<br>'.join(parts)}</td>"


def _render_cells(cells: Sequence[Sequence[str]]) -> str:
    out = ["<table>\n"]
    for number, line in enumerate(cells):
        tag = "td" if number else "th"
        shown = [
            f"<{tag}{'' if place < _TEXT_COLUMNS else ' class=right'}>{escape(cell)}</{tag}>"
            for place, cell in enumerate(line)
        ]
        out.append(f"<tr>{''.join(shown)}</tr>\n")
    return "".join([*out, "</table>\n"])


def _render_list(lines: Sequence[str]) -> str:
    return '<ul class="note">\n' + "".join(f"<li>{escape(line)}</li>\n" for line in lines) + "</ul>\n"


def _escape(text: str) -> str:
    return escape_line(text, _MAX_CHARS)
