"""The screens and their styles are read while the app is idle."""

from __future__ import annotations

import pytest
from textual.css import stylesheet

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from tests.support import fast_textual
from tests.support.waits import until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("preloaded")]


async def test_new_kind_of_widget_after_the_start_parses_only_its_own_styles(monkeypatch) -> None:
    parsed: list[str] = []
    parse = stylesheet.parse

    def count(scope: str, css: str, *args: object, **kwargs: object) -> object:
        parsed.append(css)
        return parse(scope, css, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(stylesheet.Stylesheet, "_parse_rules", fast_textual.parse_rules)
    monkeypatch.setattr(stylesheet, "parse", count)
    app = RoundtableApp(RunRequest(demo=True), Settings(discovery=False))
    async with app.run_test() as pilot:
        await until(pilot, lambda: any("batch.tcss" in path for path, _ in app.stylesheet.source), "the last")
        await app.workers.wait_for_complete()
        for number in range(3):
            for one in range(40):  # Textual keeps 64.
                css = f"New{number} {{ width: {one}; }}"
                app.stylesheet.add_source(css, ("new.py", f"{number}.{one}"), True)
            parsed.clear()
            app.stylesheet.parse()
            assert len(parsed) == 40
