"""Pictures in runs: which seats get them, how that is known, and runs without the file."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.material.picture_files import PICTURES_FOLDER
from roundtable_tui.engine.record.recorder import EVENTS_FILE
from roundtable_tui.engine.run import Run
from roundtable_tui.history.export import export_run
from roundtable_tui.history.reader import read_run
from roundtable_tui.llm.client import Client
from roundtable_tui.llm.request.capabilities import ServerCapabilities, downgrade
from roundtable_tui.llm.types import CallError, Server
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.resume import resume
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.pictures import make_picture

pytestmark = pytest.mark.anyio
AGREE = Reply(decision={"consensus": True, "direction": ""})
SCRIPT = {"Captain": AGREE, "": "A teal gate."}
MODELS = Reply(
    body=json.dumps(
        {"data": [
            {"id": "seer", "architecture": {"input_modalities": ["text", "image"]}},
            {"id": "blind", "architecture": {"input_modalities": ["text"]}},
            {"id": "unknown"},
        ]}
    )
)  # fmt: skip


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    made = ServerPool(Settings(), {})
    yield made
    await made.aclose()


@pytest.fixture
def photo(here: Path) -> Path:
    (here / "photo.png").write_bytes(make_picture())
    return Path("photo.png")


async def ask(pool: ServerPool, fake: FakeServer, photo: Path, mode: str = "pro", **wish: Any) -> Run:
    """Return an executed run with a seat that sees, one that is blind, and one of which nothing is known."""
    given = {
        "personas": ("Ada", "Iris", "Theo"), "models": {"Ada": "seer", "Iris": "blind", "Theo": "unknown"},
        "model": "blind", "attachments": (photo,), **wish,
    }  # fmt: skip
    run = await build_run(RunRequest("What is it?", mode=mode, base_url=fake.url, **given), pool)
    await run.execute()
    return run


def pictures_by_model(fake: FakeServer) -> dict[str, set[int]]:
    """Return the numbers of pictures in the requests to each model; checks where they stand."""
    found: dict[str, set[int]] = {}
    for seen in fake.requests:
        user = next(message for message in seen.body["messages"] if message["role"] == "user")
        parts = user["content"] if isinstance(user["content"], list) else []
        assert [part["type"] for part in parts] in ([], ["image_url", "text"])
        if parts:
            assert parts[0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
        found.setdefault(seen.body["model"], set()).add(len(parts) // 2)
    return found


@pytest.mark.parametrize("mode", ["pro", "debate", "council", "auto", "fanout", "roundtable"])
async def test_picture_goes_only_to_seats_whose_model_is_known_to_see(
    pool: ServerPool, photo: Path, mode: str
) -> None:
    options = {"turns": 4} if mode == "roundtable" else {}
    async with FakeServer(SCRIPT, models_reply=MODELS) as fake:
        run = await ask(pool, fake, photo, mode, options=options)
        assert run.result is not None and run.result.answer.text, run.result
        found = pictures_by_model(fake)
        assert found["seer"] == {1} and found["blind"] == {0}
        assert found.get("unknown", {0}) == {0}
        assert all("photo.png" in json.dumps(seen.body) for seen in fake.requests if "Ada" in seen.system)
    told = [event.text for event in run.events if isinstance(event, events.Notice)]
    seen_by = re.compile(
        r"photo\.png \(40 x 20 pixels\): seen by Ada[^;]*; not by Iris[^(]* \(not known to read"
    )
    assert any(seen_by.match(text) for text in told), told


async def test_picture_that_no_seat_sees_is_not_sent_and_a_notice_says_so(
    pool: ServerPool, photo: Path
) -> None:
    async with FakeServer("I cannot see.", models=["fake"]) as fake:
        run = await ask(pool, fake, photo, models={}, model="fake", mode="single", personas=())
        assert pictures_by_model(fake) == {"fake": {0}}
    told = [event.text for event in run.events if isinstance(event, events.Notice)]
    assert told[0].startswith(
        "photo.png (40 x 20 pixels): seen by no seat: no model is known to read pictures"
    )


async def test_record_has_hash_and_size_and_the_picture_stands_beside_it(
    pool: ServerPool, photo: Path
) -> None:
    async with FakeServer(SCRIPT, models_reply=MODELS) as fake:
        run = await ask(pool, fake, photo)
    assert run.folder is not None
    row = read_run(run.folder).header.attachments[0]
    assert (row["name"], row["width"], row["height"], row["bytes"]) == (
        "photo.png",
        40,
        20,
        photo.stat().st_size,
    )
    assert [path.name for path in (run.folder / PICTURES_FOLDER).iterdir()] == [f"{row['sha256']}.png"]
    assert b"iVBOR" not in (run.folder / EVENTS_FILE).read_bytes()
    for form in ("md", "html"):
        assert "photo.png (40 x 20 pixels)" in export_run(run.folder, form)
    assert json.loads(export_run(run.folder, "json"))["attachments"][0]["sha256"] == row["sha256"]


async def test_picture_needs_no_file_to_resume_fork_and_follow_up(pool: ServerPool, photo: Path) -> None:
    async with FakeServer(SCRIPT, models_reply=MODELS) as fake:
        run = await ask(pool, fake, photo)
        photo.unlink()
        assert run.folder is not None
        header = (run.folder / EVENTS_FILE).read_text("utf-8").splitlines(keepends=True)[0]
        forked = await fork(ForkRequest(run.folder), pool)
        await forked.execute()
        follow_up = RunRequest(
            "And now?", base_url=fake.url, mode="single", model="seer", follow_up_of=run.folder
        )
        next_run = await build_run(follow_up, pool)
        await next_run.execute()
        for made in (forked, next_run):
            assert made.folder is not None and len(list((made.folder / PICTURES_FOLDER).iterdir())) == 1
        fake.requests.clear()
        (run.folder / EVENTS_FILE).write_text(header, "utf-8")
        await (await resume(ResumeRequest(run.folder), pool)).execute()
        assert pictures_by_model(fake)["seer"] == {1}
        (beside,) = (run.folder / PICTURES_FOLDER).iterdir()
        beside.write_bytes(make_picture(color="red"))
        (run.folder / EVENTS_FILE).write_text(header, "utf-8")
        fake.requests.clear()
        again = await resume(ResumeRequest(run.folder), pool)
        await again.execute()
        assert pictures_by_model(fake)["seer"] == {0}, "a picture that was exchanged is not sent"
    told = [event.text for event in again.events if isinstance(event, events.Notice)]
    assert "photo.png (40 x 20 pixels) is not beside the record any more: no seat sees it" in told


async def test_refused_picture_is_left_out_and_the_model_is_blind_from_then_on(
    pool: ServerPool, photo: Path
) -> None:
    def refuse(request: dict[str, Any], nth: int) -> Any:
        has_picture = any(isinstance(message["content"], list) for message in request["messages"])
        return (
            error(500, "image input is not supported - hint: provide the mmproj")
            if has_picture
            else "A gate."
        )

    wish = {"mode": "single", "personas": (), "models": {}, "model": "seer"}
    async with FakeServer(refuse, models_reply=MODELS) as fake:
        run = await ask(pool, fake, photo, **wish)
        assert run.result is not None and run.result.answer.text == "A gate." and len(fake.requests) == 2
        (ended,) = [event for event in run.events if isinstance(event, events.TurnFinished)]
        assert "the model reads no pictures: it answered without them" in ended.warnings
        again = await ask(pool, fake, photo, **wish)
        assert len(fake.requests) == 3
    told = [event.text for event in again.events if isinstance(event, events.Notice)]
    assert "seen by no seat" in told[0]


@pytest.mark.parametrize(
    ("path", "body", "sees"),
    [
        ("/props", {"modalities": {"vision": True}}, True),
        ("/props", {"modalities": {"vision": False}}, False),
        ("/api/show", {"capabilities": ["completion", "vision"]}, True),
        ("/api/show", {"capabilities": ["completion"]}, False),
        ("/api/v0/models", {"data": [{"id": "fake", "type": "vlm"}]}, True),
        ("/api/v0/models", {"data": [{"id": "fake", "type": "llm"}]}, False),
        ("/props", [1, "two"], None),
        ("/props", {"modalities": "vision"}, None),
    ],
)
async def test_find_vision_asks_llama_cpp_ollama_and_lm_studio(
    path: str, body: Any, sees: bool | None
) -> None:
    client = Client()
    async with FakeServer("x", elsewhere=Reply(body=json.dumps(body))) as fake:
        assert await client.find_vision(Server("fake", fake.url), "fake") is sees
        assert path in fake.strays
    await client.aclose()


async def test_find_vision_takes_the_setting_where_the_server_does_not_say(pool: ServerPool) -> None:
    async with FakeServer("x") as fake:
        found = ServerSettings("cloud", fake.url, vision_models="large-*, Small-Vision")
        server = ServerPool(Settings(servers={"cloud": found}), {}).from_settings(found)
        seen = [await pool.client.find_vision(server, name) for name in ("large-1", "small-vision", "small")]
    assert seen == [True, True, None]


@pytest.mark.parametrize(
    ("line", "is_learned"),
    [
        (
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            True,
        ),
        ("unsupported content[].type", True),
        ("Invalid content type. image_url is only supported by certain models.", True),
        ("No endpoints found that support image input", True),
        ("messages[0]: unknown variant `image_url`, expected `text`", True),
        ("'messages.0.content' : value must be a string", True),
        ("fake is not a multimodal model", True),
        ("Invalid image detected at index 0", False),
        ("failed to process image", False),
        ("image is too large: 30 MB exceeds the limit", False),
        ("temperature is not supported", False),
    ],
)
def test_downgrade_learns_that_a_model_reads_no_pictures(line: str, is_learned: bool) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "What?"}]
    fault = CallError("request", line, status=400, detail=line)
    found = downgrade(ServerCapabilities(), fault, {"messages": [{"role": "user", "content": parts}]})
    assert (found is not None and not found.capabilities.pictures) is is_learned
    plain = downgrade(ServerCapabilities(), fault, {"messages": [{"role": "user", "content": "What?"}]})
    assert plain is None or plain.capabilities.pictures, "without pictures nothing is learned about them"


async def test_picture_counts_in_the_budget(pool: ServerPool, photo: Path) -> None:
    async with FakeServer("A gate.", models_reply=MODELS) as fake:
        wish: dict[str, Any] = {"mode": "single", "personas": (), "models": {}}
        seeing = await ask(pool, fake, photo, model="seer", budget=1500, **wish)
        blind = await ask(pool, fake, photo, model="blind", budget=1500, **wish)
        assert [seen.body["model"] for seen in fake.requests] == ["blind"]
    assert seeing.result is not None and "would be needed" in seeing.result.error
    assert blind.result is not None and blind.result.answer.text == "A gate."
