"""One timer for all: who is drawn when, and how often."""

from __future__ import annotations

import time

import pytest

from roundtable_tui.tui.widgets.transcript import DrawScheduler, StreamView, get_scheduler
from roundtable_tui.tui.widgets.transcript.draw_scheduler import RATES_HZ, get_fastest_level, get_next_level
from tests.support.stream_host import Host, shown, view_of


@pytest.mark.anyio
async def test_scheduler_all_views_share_one_timer_paused_when_idle() -> None:
    async with Host(4).run_test(size=(80, 10)) as pilot:
        views = list(pilot.app.query(StreamView))
        ticker = get_scheduler(pilot.app)
        assert {view._ticker for view in views} == {ticker}
        ticker.flush_all()
        assert not ticker._awake
        for number, view in enumerate(views):
            view.feed("a.1", f"text {number}")
        assert len(ticker._awake) == 4
        ticker.flush_all()
        assert [shown(view)[0] for view in views] == [f"text {number}" for number in range(4)]
        assert not ticker._awake


@pytest.mark.anyio
async def test_scheduler_new_text_is_drawn_without_flush() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view_of(pilot).feed("a.1", "by itself")
        for _ in range(100):
            await pilot.pause(0.01)
            if shown(view_of(pilot))[0] == "by itself":
                return
        pytest.fail("the ticker drew nothing")


@pytest.mark.anyio
async def test_scheduler_slice_ends_lets_other_events_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roundtable_tui.tui.widgets.transcript.draw_scheduler._MAX_SLICE_S", -1.0)
    async with Host(4).run_test(size=(80, 10)) as pilot:
        views = list(pilot.app.query(StreamView))
        ticker = get_scheduler(pilot.app)
        ticker.flush_all()
        for view in views:
            view.feed("a.1", "text")
        ticker._tick()
        assert len(ticker._waiting) == 3
        for _ in range(100):
            await pilot.pause(0.01)
            if [shown(view)[0] for view in views] == ["text"] * 4:
                return
        pytest.fail("not all was drawn")


@pytest.mark.anyio
async def test_scheduler_removed_view_is_released() -> None:
    async with Host(2).run_test(size=(80, 10)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "text")
        await view.remove()
        assert view not in get_scheduler(pilot.app)._awake
        view.feed("a.1", "more")
        assert view not in get_scheduler(pilot.app)._awake


@pytest.mark.parametrize(("streams", "rate"), [(1, 30), (3, 20), (8, 15), (32, 10)])
def test_scheduler_few_streams_have_higher_rate(streams: int, rate: float) -> None:
    assert RATES_HZ[get_fastest_level(streams, False)] == rate
    assert RATES_HZ[get_fastest_level(streams, True)] <= 10


def test_next_level_load_changes_rate_within_bounds() -> None:
    level = 1
    for _ in range(20):
        level = get_next_level(level, 1, 0.9)
    assert RATES_HZ[level] == 5
    assert get_next_level(level, 1, 0.4) == level
    for _ in range(20):
        level = get_next_level(level, 1, 0.05)
    assert RATES_HZ[level] == 20


@pytest.mark.anyio
async def test_scheduler_many_streams_lower_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Host(6).run_test(size=(90, 10)) as pilot:
        ticker = get_scheduler(pilot.app)
        now = [100.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "process_time", lambda: now[0] * 0.4)
        for _ in range(60):
            now[0] += 0.05
            for view in pilot.app.query(StreamView):
                view.feed("a.1", "word ")
            ticker._tick()
        assert ticker.rate == 15


@pytest.mark.anyio
async def test_scheduler_ssh_limits_rate_to_ten_per_second() -> None:
    app = Host()
    assert DrawScheduler(app, environ={"SSH_TTY": "/dev/pts/1"}).rate == 10


@pytest.mark.anyio
async def test_view_no_color_draws_grey_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        view.feed("a.1", "# Title\n- item `code`\n```py\nreturn 'a'\n```\n")
        view.flush()
        for strip in view.render_lines(view.size.region):
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    if colour is not None and colour.triplet is not None:
                        assert len(set(colour.triplet)) == 1
