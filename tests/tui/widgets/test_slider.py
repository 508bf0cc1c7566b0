from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from roundtable_tui.tui.widgets.forms.slider import Slider

pytestmark = pytest.mark.anyio


class Host(App[None]):
    def __init__(self, slider: Slider) -> None:
        super().__init__()
        self.slider, self.told = slider, list[float]()

    def compose(self) -> ComposeResult:
        yield self.slider

    def on_slider_changed(self, event: Slider.Changed) -> None:
        self.told.append(event.value)


KEYS = [
    (0.5, "left", 0.45),
    (0.5, "right", 0.55),
    (0.725, "left", 0.7),
    (0.725, "right", 0.75),
    (0.15, "right", 0.2),
    (0.0, "left", 0.0),
    (1.0, "right", 1.0),
    (0.5, "home", 0.0),
    (0.5, "end", 1.0),
    (0.5, "0", 0.0),
    (0.5, "9", 0.9),
]


async def test_slider_keys_set_value() -> None:
    app = Host(Slider())
    async with app.run_test() as pilot:
        for start, key, value in KEYS:
            app.slider.value = start
            await pilot.pause()
            app.told.clear()
            await pilot.press(key)
            assert app.slider.value == value, key
            assert app.told == ([value] if value != start else [])


async def test_slider_steps_over_whole_range_stay_exact() -> None:
    app = Host(Slider(0.0))
    async with app.run_test() as pilot:
        for steps in [1] * 21 + [-1] * 21:
            app.slider.action_move(steps)
        await pilot.pause()
        up = [round(0.05 * n, 2) for n in range(1, 21)]
        assert app.told == [*up, *reversed(up[:-1]), 0.0]


async def test_slider_mouse_clicks_and_drags_set_value() -> None:
    app = Host(Slider(0.5))
    async with app.run_test(size=(101, 5)) as pilot:
        await pilot.click(app.slider, offset=(20, 0))
        assert app.slider.value == 0.2
        await pilot.hover(app.slider, offset=(80, 0))
        assert app.slider.value == 0.2, "only a held handle follows"
        await pilot.mouse_down(app.slider, offset=(20, 0))
        await pilot.hover(app.slider, offset=(70, 3))
        await pilot.mouse_up(app.slider, offset=(70, 3))
        assert app.slider.value == 0.7


async def test_slider_handle_drawn_at_value_within_ends() -> None:
    app = Host(Slider(7.0, low=0.0, high=2.0))
    async with app.run_test(size=(11, 3)) as pilot:
        drawn = {}
        for value in (-1.0, 1.0, 2.0):
            app.slider.value = value
            await pilot.pause()
            drawn[value] = app.slider.render_line(0).text
        assert drawn == {-1.0: "●" + "━" * 10, 1.0: "━" * 5 + "●" + "━" * 5, 2.0: "━" * 10 + "●"}
        await pilot.resize_terminal(1, 3)
        assert app.slider.render_line(0).text == "●"
