"""Persona files of other programs: what is taken from them, what is left out, and what is refused."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.errors import FileError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.resources.importing import read_foreign_file, save_imported
from roundtable_tui.resources.importing.png import SIGNATURE
from tests.support.cli_run import CommandResult, cli_run

__all__ = ["cli_run"]

SECRETS = {
    "api_key": "sk-secret", "base_url": "https://evil.example/v1", "server": "evil", "headers": {"X": "y"},
    "file": "/etc/passwd", "model": "gpt-5",
}  # fmt: skip
V1 = {
    "name": "Vera", "description": "{{char}} is a ship's doctor.", "personality": "calm",
    "scenario": "At sea with {{user}}.", "first_mes": "Hello!", "mes_example": "",
}  # fmt: skip
V2: dict[str, Any] = {
    "spec": "chara_card_v2", "spec_version": "2.0",
    "data": {**V1, "system_prompt": "Stay in character.", "tags": ["sea"], "extensions": SECRETS, **SECRETS},
}  # fmt: skip
V3 = {**V2, "spec": "chara_card_v3", "data": {**V2["data"], "nickname": "Doc", "assets": [{"uri": "x"}]}}
ASSISTANT = {
    "id": "asst_1", "object": "assistant", "name": "Vera", "description": "A ship's doctor",
    "instructions": "You are Vera, a ship's doctor.", "temperature": 1.4, "top_p": 0.9,
    "tools": [{"type": "code_interpreter"}], **SECRETS,
}  # fmt: skip
OPEN_WEBUI = {
    "id": "vera", "name": "Vera", "base_model_id": "llama3",
    "meta": {"description": "Doctor", "toolIds": ["x"]},
    "params": {"system": "You are Vera, a ship's doctor.", "temperature": 0.3, "num_ctx": 8, **SECRETS},
}  # fmt: skip
PRESET = {
    "presetId": "1", "title": "Vera", "endpoint": "openAI", "promptPrefix": "You are Vera, a ship's doctor.",
    "temperature": 0.3, **SECRETS,
}  # fmt: skip
AGENT = {
    "id": "agent_1", "name": "Vera", "provider": "openAI", "instructions": "You are Vera, a ship's doctor.",
    "model_parameters": {"temperature": 0.3, "model": "gpt-5"}, **SECRETS,
}  # fmt: skip
KINDS: dict[str, Any] = {
    "card V1": V1, "card V2": V2, "card V3": V3, "assistant": ASSISTANT,
    "assistants": {"object": "list", "data": [ASSISTANT]}, "Open WebUI": [OPEN_WEBUI],
    "Open WebUI info": [{"id": "vera", "info": OPEN_WEBUI}],
    "LibreChat preset": PRESET, "LibreChat agent": AGENT,
    "prompt list": [{"act": "Vera", "prompt": "You are Vera, a ship's doctor.", **SECRETS}],
    "names and prompts": {"Vera": "You are Vera, a ship's doctor."},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_read_foreign_file_json_gives_persona_without_servers_keys_or_paths(
    tmp_path: Path, kind: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(KINDS[kind]))
    (found,) = read_foreign_file(tmp_path / "a.json")
    assert found.persona.name == ("Doc" if kind == "card V3" else "Vera")
    assert "You are Vera" in found.persona.prompt and "ship's doctor" in found.persona.prompt
    assert (found.persona.model, found.persona.server) == ("", "")
    written = found.persona.model_dump_json() + repr(found.left_out)
    assert not any(secret in written for secret in ("sk-secret", "evil.example", "/etc/passwd"))
    if "api_key" in json.dumps(KINDS[kind]) and "Open" not in kind:
        assert {"api_key", "base_url", "server", "model"} <= set(found.left_out)


def test_read_foreign_file_card_fills_macros_and_names_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(V2))
    (found,) = read_foreign_file(tmp_path / "a.json")
    assert found.persona.prompt.split("\n\n") == [
        "You are Vera.", "Stay in character.", "Vera is a ship's doctor.", "Personality: calm",
        "Scenario: At sea with the user.",
    ]  # fmt: skip
    assert {"first_mes", "tags", "extensions"} <= set(found.left_out)


def test_read_foreign_file_takes_sampling_settings(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([ASSISTANT, OPEN_WEBUI]))
    assistant, model = read_foreign_file(tmp_path / "a.json")
    assert (assistant.persona.temperature, assistant.persona.params) == (1.4, {"top_p": 0.9})
    assert (model.persona.creativity, model.persona.temperature) == (0.3, None)
    assert {"num_ctx", "base_model_id", "meta.toolIds", "api_key"} <= set(model.left_out)


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def picture(*chunks: bytes) -> bytes:
    return SIGNATURE + chunk(b"IHDR", bytes(13)) + b"".join(chunks) + chunk(b"IEND", b"")


def encoded(card: Any) -> bytes:
    return base64.b64encode(json.dumps(card).encode())


@pytest.mark.parametrize(
    "part",
    [
        chunk(b"tEXt", b"chara\0" + encoded(V2)),
        chunk(b"zTXt", b"chara\0\0" + zlib.compress(encoded(V2))),
        chunk(b"iTXt", b"chara\0\0\0\0\0" + encoded(V2)),
        chunk(b"iTXt", b"chara\0\1\0en\0x\0" + zlib.compress(encoded(V2))),
    ],
    ids=["tEXt", "zTXt", "iTXt", "iTXt, compressed"],
)
def test_read_foreign_file_picture_has_card_in_any_text_chunk(tmp_path: Path, part: bytes) -> None:
    (tmp_path / "a.png").write_bytes(picture(chunk(b"tEXt", b"Comment\0x"), part))
    assert read_foreign_file(tmp_path / "a.png")[0].persona.name == "Vera"


def test_read_foreign_file_picture_prefers_card_of_third_version(tmp_path: Path) -> None:
    parts = [chunk(b"tEXt", b"chara\0" + encoded(V2)), chunk(b"tEXt", b"ccv3\0" + encoded(V3))]
    (tmp_path / "a.png").write_bytes(picture(*parts))
    assert read_foreign_file(tmp_path / "a.png")[0].persona.name == "Doc"


BAD: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "bomb": (
        lambda: picture(chunk(b"zTXt", b"chara\0\0" + zlib.compress(bytes(50_000_000)))),
        "unpacks to more than 8 MB",
    ),
    "damaged": (picture(chunk(b"zTXt", b"chara\0\0abc")), "has a text that cannot be unpacked"),
    "cut": (picture(chunk(b"tEXt", b"chara\0" + encoded(V2)))[:60], "is cut off"),
    "no card": (picture(), "is a picture without a character card"),
    "not base64": (picture(chunk(b"tEXt", b"chara\0\xff\xfe!")), "is not JSON"),
    "nested": (b'{"a":' * 700 + b"1" + b"}" * 700, "nested more than 64 levels deep"),
    "broken": (b'{"name": ', "is not JSON"),
    "other": (b'{"a": 1}', "holds no persona that can be read. Known are character cards"),
}


@pytest.mark.parametrize("name", BAD)
def test_read_foreign_file_bad_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    data, expected = BAD[name]
    (tmp_path / "a.json").write_bytes(data() if callable(data) else data)
    with pytest.raises(FileError) as caught:
        read_foreign_file(tmp_path / "a.json")
    assert expected in str(caught.value) and "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_read_foreign_file_any_picture_is_read_or_refused(tmp_path_factory: Any, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.png"
    path.write_bytes(SIGNATURE + data)
    with pytest.raises(FileError):
        read_foreign_file(path)


def test_read_foreign_file_prompt_table_gives_a_persona_per_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        '\ufeff"act","prompt"\n"Vera","You are ""Vera"",\na doctor."\n"Empty",""\n'
    )
    (found,) = read_foreign_file(tmp_path / "a.csv")
    assert (found.persona.name, found.persona.prompt) == ("Vera", 'You are "Vera",\na doctor.')


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_read_foreign_file_prompt_table_with_any_delimiter_names_rows_without_prompt(
    tmp_path: Path, delimiter: str
) -> None:
    rows = [("act", "prompt"), ("Vera", "You are Vera."), ("Empty", ""), ("June", "You are June.")]
    (tmp_path / "a.csv").write_text("\n".join(delimiter.join(row) for row in rows))
    found = read_foreign_file(tmp_path / "a.csv")
    assert [one.persona.name for one in found] == ["Vera", "June"]
    assert [one.left_out for one in found] == [(), ("1 entry without a prompt",)]


def test_read_foreign_file_list_names_entries_without_prompt(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [ASSISTANT, {**ASSISTANT, "instructions": ""}, {}]}))
    (found,) = read_foreign_file(tmp_path / "a.json")
    assert found.left_out[-1] == "2 entries without a prompt"


def test_read_foreign_file_open_front_matter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nname: Vera\n")
    with pytest.raises(FileError, match="front matter without an end"):
        read_foreign_file(tmp_path / "a.md")
    (tmp_path / "a.md").write_text("---\n\nYou are Vera.\n")
    assert read_foreign_file(tmp_path / "a.md")[0].persona.prompt.endswith("You are Vera.")


def test_read_foreign_file_markdown_has_name_and_settings_in_front_matter(tmp_path: Path) -> None:
    (tmp_path / "vera.md").write_text(
        '---\nname: "Vera"\ndescription: A doctor\ntemperature: 0.2\nmodel: gpt-5\n---\nYou are Vera.\n'
    )
    (found,) = read_foreign_file(tmp_path / "vera.md")
    assert (found.persona.name, found.persona.role, found.persona.creativity) == ("Vera", "A doctor", 0.2)
    assert (found.persona.prompt, found.left_out) == ("You are Vera.", ("model",))
    (tmp_path / "vera.md").write_text("# Vera of Kiel\n\nYou are Vera.\n")
    assert read_foreign_file(tmp_path / "vera.md")[0].persona.name == "Vera of Kiel"


def test_save_imported_never_replaces_a_persona(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ASSISTANT))
    (found,) = read_foreign_file(tmp_path / "a.json")
    names = [save_imported(found, tmp_path / "mine")[1].name for _ in range(3)]
    assert names == ["vera.json", "vera-2.json", "vera-3.json"]
    library = PersonaLibrary.load(tmp_path / "mine")
    assert library.problems == [] and library.get("Vera 2").persona.prompt == ASSISTANT["instructions"]


def test_personas_import_writes_ours_and_names_what_is_left_out(
    tmp_path: Path, roundtable_home: Path, cli_run: Callable[..., CommandResult]
) -> None:
    (tmp_path / "a.PNG").write_bytes(picture(chunk(b"tEXt", b"chara\0" + encoded(V2))))
    (tmp_path / "b.json").write_text("[]")
    result = cli_run("personas", "import", str(tmp_path / "a.PNG"), str(tmp_path / "b.json"))
    assert result.code == 2 and "b.json: holds no persona that can be read" in result.err
    assert "Vera: " in result.out and "left out: first_mes, tags, extensions" in result.out
    assert (roundtable_home / "personas" / "vera.json").exists()
    assert "Vera " in cli_run("personas").out
    assert cli_run("personas", "import").code == 2


def test_library_load_foreign_files_are_named_once_with_how_to_import_them(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(V2))
    for name in ("a.yaml", "b.png", "README.md"):
        (tmp_path / name).write_text("x")
    assert [
        str(problem).removeprefix(f"{tmp_path}") for problem in PersonaLibrary.load(tmp_path).problems
    ] == [
        ": a.yaml, b.png: not the JSON file of a persona. To import it: roundtable personas import FILE",
        "/card.json: is a persona file of another program. To import it: roundtable personas import FILE",
    ]
