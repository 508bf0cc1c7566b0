"""The plot of accuracy against tokens as SVG without scripts, styles or links to other files."""

from __future__ import annotations

from html import escape

from roundtable_tui.bench.output.points import ParetoPlot
from roundtable_tui.utils.text import single_line

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 190, 20, 50
_COLOURS = ("#2f6fd0", "#b0802a", "#1f7a3d", "#b3261e", "#7a4fbf", "#0f7f8a")
_FAINT = "#80858f"
_MAX_NAME_CHARS = 24


def render_svg(plot: ParetoPlot) -> str:
    """Return an `svg` element: an arm is a dot with its interval, the line is votes of the pool."""
    inner_width, inner_height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x_of(tokens: float) -> float:
        return _LEFT + plot.x_of(tokens) * inner_width

    def y_of(accuracy: float) -> float:
        return _TOP + (1 - plot.y_of(accuracy)) * inner_height

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" fill="currentColor">',
        "<title>Accuracy against tokens per question</title>",
    ]
    for tick in plot.accuracy_ticks:
        y = y_of(tick)
        out += [
            _line(_LEFT, y, WIDTH - _RIGHT, y, _FAINT, 0.3),
            _text(_LEFT - 8, y + 4, f"{tick * 100:.0f} %", "end"),
        ]
    for value in plot.token_ticks:
        x = x_of(value)
        out += [
            _line(x, _TOP, x, HEIGHT - _BOTTOM, _FAINT, 0.3),
            _text(x, HEIGHT - _BOTTOM + 18, f"{value:,}", "middle"),
        ]
    middle = _LEFT + inner_width / 2
    out.append(_text(middle, HEIGHT - 10, "tokens per question (logarithmic)", "middle"))
    if plot.curve:
        places = " ".join(f"{x_of(tokens):.1f},{y_of(right):.1f}" for _, right, tokens in plot.curve)
        out.append(f'<polyline points="{places}" fill="none" stroke="{_FAINT}" stroke-width="2"/>')
        for size, right, tokens in plot.curve:
            title = f"<title>vote of {size}: {right * 100:.1f} % at {tokens:,.0f} tokens</title>"
            out.append(_dot(x_of(tokens), y_of(right), 2.5, _FAINT, title))
    for number, point in enumerate(plot.points):
        colour, x = _COLOURS[number % len(_COLOURS)], x_of(point.tokens)
        opacity = 0.55 if point.is_dominated else 1
        name = escape(single_line(point.name, _MAX_NAME_CHARS))
        said = f"{name}: {point.accuracy * 100:.1f} % ({point.low * 100:.1f} to {point.high * 100:.1f} %)"
        out += [
            f'<g stroke="{colour}" opacity="{opacity}"><title>{said} at {point.tokens:,.0f} tokens</title>',
            _line(x, y_of(point.low), x, y_of(point.high), colour, 1),
            _dot(x, y_of(point.accuracy), 5, colour),
            _dot(WIDTH - _RIGHT + 16, _TOP + 10 + 20 * number, 5, colour),
            "</g>",
            _text(WIDTH - _RIGHT + 28, _TOP + 14 + 20 * number, name + ("*" if point.is_dominated else "")),
            _text(x + 8, y_of(point.accuracy) - 6, point.mark),
        ]
    if plot.curve:
        y = _TOP + 14 + 20 * len(plot.points)
        out += [
            _line(WIDTH - _RIGHT + 10, y - 4, WIDTH - _RIGHT + 22, y - 4, _FAINT, 1),
            _text(WIDTH - _RIGHT + 28, y, f"votes of 1 to {plot.curve[-1][0]}"),
        ]
    return "\n".join([*out, "</svg>"])


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, opacity: float) -> str:
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="1.5" opacity="{opacity}"/>'


def _dot(x: float, y: float, radius: float, colour: str, title: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}">{title}</circle>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    """Return a text element; `text` is escaped already."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
