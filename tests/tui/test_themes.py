"""Our own themes: what is written can be read, on every ground it stands on."""

from __future__ import annotations

import pytest
from textual.color import Color

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.themes import THEMES
from roundtable_tui.tui.widgets.transcript.palette import STREAM_COMPONENTS
from tests.support.pilot import kept, play

LEAST = 4.5
DRAWN = ("rule", "bar", "table-line", "thumb")
"""Lines, which nobody reads."""


def app(theme: str = "") -> RoundtableApp:
    return RoundtableApp(RunRequest(demo=True), Settings(theme=theme, animations=False, discovery=False))


def light(colour: Color) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: Color, other: Color) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def too_faint(shown: RoundtableApp) -> set[tuple[str, float]]:
    """Return the words on the screen that stand out too little, each with its contrast."""
    found = set()
    boxes = [box for box in shown.screen.query("#page, #box") if shown.screen.is_modal]
    region = boxes[0].region if boxes else shown.screen.region  # What lies behind is dimmed on purpose.
    for strip in shown.screen._compositor.render_strips()[region.y : region.bottom]:
        for text, style, _ in strip.crop(region.x, region.right):
            if style is None or not any(sign.isalnum() for sign in text):
                continue
            if style.color is None or style.bgcolor is None or style.bgcolor.is_default:
                continue
            ink, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
            if style.reverse:
                ink, ground = ground, ink
            assert not style.dim, "dim is left to the terminal"
            if (ratio := contrast(ink, ground)) < LEAST:
                found.add((text.strip(), round(ratio, 2)))
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_themes_all_texts_have_enough_contrast(theme: str) -> None:
    shown = app(theme)
    async with shown.run_test(size=(160, 50), notifications=True) as pilot:
        await pilot.pause()
        assert shown.theme == theme and too_faint(shown) == set()
        await play(pilot, kept("debate"), lambda event: event.t > 2.5)
        view = shown.screen.query("StreamView").first()
        for name in STREAM_COMPONENTS:
            style = view.get_component_rich_style(name)
            ground = Color.from_rich_color(style.bgcolor)
            if not name.endswith(DRAWN):
                assert contrast(Color.from_rich_color(style.color), ground) >= LEAST, name
        assert too_faint(shown) == set(), "in full flow"
        await play(pilot, kept("debate"))
        assert too_faint(shown) == set(), "at the end"
        shown.notify("copied", markup=False)
        for key, what in (("f1", HelpScreen), ("f2", None), ("f5", None)):
            await pilot.press(key)
            for _ in range(200):
                if len(shown.screen_stack) > 1 and (what is None or isinstance(shown.screen, what)):
                    break
                await pilot.pause(0.02)
            await pilot.pause(0.1)
            assert too_faint(shown) == set(), key
            await pilot.press("escape")
            await pilot.pause()
