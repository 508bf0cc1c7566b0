"""Pictures of clients in panels: the seats that see them, and what is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply
from tests.support.pictures import make_picture
from tests.support.proxy import ask, proxied

pytestmark = pytest.mark.anyio
ROWS = [
    {"id": "seer", "architecture": {"input_modalities": ["text", "image"]}},
    {"id": "blind", "architecture": {"input_modalities": ["text"]}},
]
MODELS = Reply(body=json.dumps({"data": ROWS}))


def picture(data: bytes, kind: str = "image/png") -> dict[str, Any]:
    return {
        "type": "image_url",
        "image_url": {"url": f"data:{kind};base64,{base64.b64encode(data).decode()}"},
    }


def look(*parts: Any, models: list[str], **fields: Any) -> dict[str, Any]:
    text = {"type": "text", "text": "What is in picture 1?"}
    body = ask(model="roundtable/vote", roundtable={"agents": 2, "models": models}, **fields)
    return body | {"messages": [{"role": "user", "content": [text, *parts]}]}


@pytest.mark.parametrize("is_stream", [False, True])
async def test_picture_goes_to_the_seats_that_see(here: Path, *, is_stream: bool) -> None:
    async with FakeServer("teal", models_reply=MODELS) as fake, proxied(fake) as one:
        body = look(picture(make_picture()), models=["seer", "blind"])
        made = await one.openai.chat.completions.create(
            **{name: body[name] for name in ("model", "messages")},
            extra_body={"roundtable": body["roundtable"]},
            stream=is_stream,
        )
        if is_stream:
            report = [chunk async for chunk in made][-1].model_extra["roundtable"]
        else:
            report = made.model_extra["roundtable"]
    assert len(report["pictures_seen_by"]) == 1
    sent = {request.body["model"]: json.dumps(request.body["messages"]) for request in fake.requests}
    assert "data:image/png;base64," in sent["seer"] and "data:image" not in sent["blind"]
    assert all("[picture 1]" in text for text in sent.values())
    header = read_record(next(paths.runs_dir().iterdir())).header
    assert [row["name"] for row in header.attachments] == ["picture 1"]


@pytest.mark.parametrize(
    ("part", "models", "word"),
    [
        (picture(make_picture()), ["blind"], "known to read pictures"),
        (picture(b"not a picture at all"), ["seer"], "picture"),
        ({"type": "image_url", "image_url": {"url": "http://10.0.0.1/x.png"}}, ["seer"], "data address"),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, ["seer"], "data address"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,***"}}, ["seer"], "base64"),
        ({"type": "input_audio", "input_audio": {}}, ["seer"], "roundtable/single"),
    ],
)
async def test_picture_that_cannot_be_used_is_refused_before_any_call(
    part: dict[str, Any], models: list[str], word: str
) -> None:
    async with FakeServer("teal", models_reply=MODELS) as fake, proxied(fake) as one:
        status, reply = await one.post(look(part, models=models, stream=True))
        assert status == 400 and word in reply["error"]["message"]
        assert not fake.requests


async def test_pictures_of_a_long_conversation_are_the_newest() -> None:
    colors = [(number * 20, 0, 0) for number in range(10)]
    parts = [picture(make_picture(color=color)) for color in colors]
    async with FakeServer("red", models_reply=MODELS) as fake, proxied(fake) as one:
        status, _ = await one.post(look(*parts, models=["seer"]))
    assert status == 200
    sent = json.dumps(fake.requests[0].body["messages"])
    assert sent.count("data:image/png") == 8 and sent.count("which is left out") == 2
