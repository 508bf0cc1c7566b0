"""Files and replies for tests of the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.fake_server import Reply

AGREE = Reply(decision={"consensus": True, "direction": ""})


def write_persona(folder: Path, name: str, *, file: str = "", **fields: object) -> Path:
    """Write a persona."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (file or f"{name.lower()}.json")
    path.write_text(json.dumps({"name": name, "prompt": f"You are {name}.", **fields}))
    return path


def write_team(folder: Path, name: str, members: list[str], captain: str = "") -> Path:
    """Write a team."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"name": name, "members": members, "captain": captain}))
    return path


def write_task(folder: Path, *, questions: str = "", context: str = "", toml: str = "") -> Path:
    """Write a task."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("questions.txt", questions), ("context.txt", context), ("task.toml", toml)):
        if text:
            (folder / name).write_text(text)
    return folder
