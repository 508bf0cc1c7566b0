"""The choice of a server and model for a seat of a running run."""

from __future__ import annotations

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import Seat
from roundtable_tui.errors import UsageError
from roundtable_tui.llm.types import Server
from roundtable_tui.model_choice.choice import ModelChoice, resolve_persona_model
from roundtable_tui.resources import Persona
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer

pytestmark = pytest.mark.anyio


async def test_model_choice_and_persona_resolve_server_and_model_of_a_seat() -> None:
    async with FakeServer(models=["m", "n"]) as fake:
        settled = Settings(servers={"home": ServerSettings("home", fake.url, model="m")})
        made = ServerPool(settled, {})
        try:
            here = await made.get_server(name="home")
            ada = Persona(name="Ada", prompt="You are Ada.")
            seat = Seat("ada", ada, Server("other", "http://x.test/v1"), "x")

            async def voice(**fields: str) -> tuple[str, str]:
                server, model = await resolve_persona_model(
                    Persona(name="B", prompt="B", **fields), seat, RunRequest(), made
                )
                return server.name, model

            assert await voice() == ("other", "x")
            assert await voice(model="y") == ("other", "y")
            assert await voice(server="home") == ("home", "m")
            assert await voice(server="home", model="n") == ("home", "n")
            demo = await resolve_persona_model(
                Persona(name="B", prompt="B", server="home"), seat, RunRequest(demo=True), made
            )
            assert demo == (seat.server, "x"), "in the demo everybody is the demo"
            assert await ModelChoice.parse("server\nhome\nn").resolve(seat, made) == (here, "n")
            assert await ModelChoice.parse("z").resolve(seat, made) == (seat.server, "z")
            assert (await ModelChoice.parse("demo").resolve(seat, made))[0].name == "demo"
            with pytest.raises(UsageError, match=r"^B: there is no server called away"):
                await voice(server="away")
        finally:
            await made.aclose()
