"""Takes the pictures in screenshots/ again: `python -m tests.docs.screenshots`; with `tools`, only that one.

The written examples of the demo are run in several modes at a fixed seed, then shown as far as each picture
needs; nothing in a picture depends on how fast this machine is.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import patch

from tests.docs import tool_debate
from tests.support.fake_server import FakeServer
from tests.support.paths import ROOT

SEED, PACE = 7, "80"
OUT = ROOT / "screenshots"


async def main() -> None:
    """Hold the runs and take the pictures."""
    from textual.pilot import Pilot

    from roundtable_tui.config import Settings
    from roundtable_tui.engine import events
    from roundtable_tui.engine.record.recorder import RunRecord, read_record
    from roundtable_tui.setup.open_run import build_run
    from roundtable_tui.setup.request import RunRequest
    from roundtable_tui.setup.server_pool import ServerPool
    from roundtable_tui.tui.app import RoundtableApp
    from roundtable_tui.tui.screens.main.screen import MainScreen
    from roundtable_tui.tui.session import Session
    from tests.support.pilot import play

    settings = Settings(animations=False, discovery=False)

    async def held(task: str, mode: str = "") -> RunRecord:
        backends = ServerPool(settings, os.environ)
        run = await build_run(RunRequest(task=task, mode=mode, demo=True, seed=SEED), backends)
        await run.execute()
        await backends.aclose()
        assert run.folder is not None
        return read_record(run.folder)

    async def take(
        name: str,
        size: tuple[int, int],
        scene: Callable[[Pilot[int]], Awaitable[None]],
        *,
        is_running: bool = False,
    ) -> None:
        app = RoundtableApp(RunRequest(demo=True, mode="debate"), settings)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.screen.query_one("#prompt").cursor_blink = False  # type: ignore[attr-defined]
            await app.workers.wait_for_complete()
            with patch.object(Session, "is_running", is_running):  # Decides which keys and hints are shown.
                await scene(pilot)
                screen = app.screen_stack[0]
                assert isinstance(screen, MainScreen)
                screen.update_choices()
                screen.refresh_bindings()
                await pilot.pause()
            (OUT / f"{name}.svg").write_text(app.export_screenshot(title="Roundtable"), encoding="utf-8")
            print(f"screenshots/{name}.svg")

    async def held_with_tools() -> RunRecord:
        async with FakeServer(tool_debate.script) as fake:
            documents = Path.home() / "bridge"
            tool_debate.write_documents(documents)
            request = RunRequest(
                question=tool_debate.QUESTION, mode="debate", base_url=fake.url, model="scripted", seed=SEED,
                roots=(documents,), options={"max_rounds": 2},
            )  # fmt: skip
            backends = ServerPool(settings, os.environ)
            run = await build_run(request, backends)
            await run.execute()
            await backends.aclose()
        assert run.folder is not None
        return read_record(run.folder)

    with_tools = await held_with_tools()

    async def tools(pilot: Pilot[int]) -> None:
        await play(
            pilot, with_tools, lambda event: isinstance(event, events.PhaseStarted) and event.number == 2
        )

    await take("tools", (160, 30), tools, is_running=True)
    if sys.argv[1:] == ["tools"]:
        return
    debate, talk = await held("decision"), await held("salon")
    pro, vote, council = [await held("maths", mode) for mode in ("pro", "vote", "council")]
    second = next(e.t for e in debate.events if isinstance(e, events.PhaseStarted) and e.number == 2)

    async def welcome(pilot: Pilot[int]) -> None:
        await pilot.pause()

    async def flow(pilot: Pilot[int]) -> None:
        await play(pilot, debate, lambda event: event.t > second + 1.8)

    async def verdict(pilot: Pilot[int]) -> None:
        await play(pilot, debate)

    async def discussion(pilot: Pilot[int]) -> None:
        await play(
            pilot, talk, lambda event: isinstance(event, events.TurnStarted) and event.seat == "scribe"
        )

    async def synthesis(pilot: Pilot[int]) -> None:
        await play(pilot, pro)

    async def majority(pilot: Pilot[int]) -> None:
        await play(pilot, vote)

    async def ranking(pilot: Pilot[int]) -> None:
        await play(pilot, council)

    async def editor(pilot: Pilot[int]) -> None:
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor

        found = PersonaLibrary.load().get("iris")
        pilot.app.push_screen(PersonaEditor(found.persona, path=found.path, origin=found.origin))
        await pilot.pause(0.5)

    await take("welcome", (120, 32), welcome)
    await take("debate", (120, 40), flow, is_running=True)
    await take("verdict", (120, 40), verdict)
    await take("roundtable", (120, 40), discussion, is_running=True)
    await take("pro", (160, 46), synthesis)
    await take("vote", (160, 46), majority)
    await take("council", (160, 46), ranking)
    await take("editor", (140, 40), editor)
    await take("narrow", (80, 24), flow, is_running=True)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for name in [name for name in os.environ if name.startswith(("XDG_", "ROUNDTABLE_"))]:
            del os.environ[name]
        os.environ |= {"HOME": home, "ROUNDTABLE_DEMO_PACE": PACE}  # Paths in the pictures begin with ~.
        asyncio.run(main())
