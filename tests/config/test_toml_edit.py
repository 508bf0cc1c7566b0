"""Settings changed from forms: one server, one value, and all that stands around them stays."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from roundtable_tui import config
from roundtable_tui.config import LimitSettings, ServerSettings, Settings
from roundtable_tui.config.fields import (
    GENERAL_SETTINGS,
    LIMIT_SETTINGS,
    SERVER_SETTINGS,
    format_input,
    parse_input,
)
from roundtable_tui.config.server_entries import validate_form
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import paths

SECRET = "sk-proj-abcdefghijklmnop1234567890"
FILE = """\
# what I like
mode = "debate"      # it is the default, and said all the same
theme = "nord"       # calm
strange = [
    1,  # one
    2,
]

[servers.home]       # the box under the desk
base_url = "http://localhost:11434/v1"   # Ollama
colour = "grey"

# the dear one
[servers.cloud]
base_url = "https://api.example.com/v1"
api_key_env = "CLOUD_KEY"
# only four at once
concurrency = 4

# clocks
[limits]
idle = 60

[options]
"""


@pytest.fixture
def file() -> Path:
    path = paths.settings_file()
    path.write_text(FILE, encoding="utf-8")
    return path


def test_settings_of_the_file_all_have_a_declaration() -> None:
    plain = {f.name for f in fields(Settings)} - {"servers", "limits", "keys", "options", "unknown"}
    assert {one.name for one in GENERAL_SETTINGS} == plain
    assert {one.name for one in LIMIT_SETTINGS} == {f.name for f in fields(LimitSettings)}
    assert {one.name for one in SERVER_SETTINGS} == {f.name for f in fields(ServerSettings)}


def test_a_value_changes_and_every_comment_stays(file: Path) -> None:
    config.update_settings(theme="gruvbox")
    assert file.read_text() == FILE.replace('"nord"       # calm', '"gruvbox"       # calm')


def test_a_list_over_several_lines_is_left_alone_or_goes_whole(file: Path) -> None:
    config.save(replace(config.load(), unknown={"strange": [3]}))
    assert "strange = [\n    3,\n]\n" in file.read_text() and "# one" not in file.read_text()
    assert config.load().unknown["strange"] == [3]


def test_a_server_is_added_at_the_end(file: Path) -> None:
    new = ServerSettings("lan", "http://10.0.0.2:8000/v1", api_key_cmd="pass show lan")
    assert config.set_server(new).servers["lan"] == new
    added = '\n[servers.lan]\nbase_url = "http://10.0.0.2:8000/v1"\napi_key_cmd = "pass show lan"\n'
    assert file.read_text() == FILE + added


def test_a_server_changes_on_its_own_line(file: Path) -> None:
    home = replace(config.load().servers["home"], base_url="http://box:11434/v1")
    config.set_server(home, old_name="home")
    assert file.read_text() == FILE.replace("localhost", "box")


def test_a_server_is_renamed_with_all_that_is_said_of_it(file: Path) -> None:
    config.update_settings(server="home")
    before = file.read_text()
    home = replace(config.load().servers["home"], name="under the desk")
    got = config.set_server(home, old_name="home")
    assert got.server == "under the desk" and list(got.servers) == ["under the desk", "cloud"]
    assert got.unknown["servers"] == {"under the desk": {"colour": "grey"}}
    assert file.read_text() == before.replace('server = "home"', 'server = "under the desk"').replace(
        "[servers.home]", '[servers."under the desk"]'
    )


def test_a_server_goes_with_what_is_said_of_it_alone(file: Path) -> None:
    config.update_settings(server="cloud")
    got = config.remove_server("cloud")
    assert (got.server, list(got.servers)) == ("", ["home"])
    start, end = FILE.index("# the dear one"), FILE.index("# clocks")
    assert file.read_text() == FILE[:start] + FILE[end:]


def test_a_broken_file_is_not_touched() -> None:
    path = paths.settings_file()
    path.write_text("mode = ")
    for change in (
        lambda: config.set_server(ServerSettings("a", "http://a/v1")),
        lambda: config.remove_server("a"),
    ):
        with pytest.raises(FileError):
            change()
    assert path.read_text() == "mode = "


FINE = {"name": "home", "base_url": "http://localhost:11434/v1", "concurrency": ""}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": ""}, "name", "give it a name"),
        ({"name": "CLOUD"}, "name", "already"),
        ({"name": "Demo"}, "name", "another name"),
        ({"base_url": ""}, "base_url", "is missing"),
        ({"base_url": "localhost:11434"}, "base_url", "http://"),
        ({"base_url": f"https://me:{SECRET}@h/v1"}, "base_url", "Take it out"),
        ({"api_key_env": SECRET}, "api_key_env", "looks like a key"),
        ({"api_key_env": "two words"}, "api_key_env", "name of an environment variable"),
        ({"api_key_cmd": f"echo {SECRET}"}, "api_key_cmd", "looks like a key"),
        ({"api_key_cmd": "pass 'x"}, "api_key_cmd", "quotation mark"),
        ({"api_key_env": "A_KEY", "api_key_cmd": "pass x"}, "api_key_cmd", "keep one"),
        ({"model": SECRET}, "model", "looks like a key"),
        ({"concurrency": "-1"}, "concurrency", "whole number from 0 to 1,024"),
        ({"concurrency": "1.5"}, "concurrency", "whole number"),
    ],
)
def test_what_is_wrong_with_a_server_is_told_at_its_field(
    typed: dict[str, str], field: str, words: str
) -> None:
    found = validate_form(FINE | typed, other_names=["cloud"])
    assert list(found) == [field] and words in found[field]
    assert SECRET not in found[field]


def test_a_server_that_is_right_has_no_faults() -> None:
    assert validate_form(FINE | {"api_key_env": "HOME_KEY", "model": "qwen3:8b", "concurrency": "2"}) == {}


BY_NAME = {one.name: one for one in (*GENERAL_SETTINGS, *LIMIT_SETTINGS)}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("agents", " 5 ", 5), ("agents", "", None), ("budget", "200k", 200_000), ("budget", "1_000", 1000),
        ("budget", "1.5m", 1_500_000), ("max_cost", "0.50", 0.5), ("idle", "90", 90.0), ("model", " x ", "x"),
        ("mode", "pro", "pro"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_as_it_is_meant(name: str, text: str, value: object) -> None:
    got = parse_input(BY_NAME[name], text, ("pro", "debate") if name == "mode" else ())
    assert got == value and type(got) is type(value)
    assert parse_input(BY_NAME[name], format_input(got)) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("agents", "65", "a whole number from 1 to 64, not 65"), ("agents", "nan", "not nan"),
        ("agents", "inf", "not inf"), ("agents", "many", "not many"), ("agents", "2.5", "not 2.5"),
        ("idle", "", "not nothing"), ("idle", "0", "a number from 1 to 86,400"),
        ("max_cost", "-1", "from 0 to 1,000,000"), ("model", SECRET, "looks like a key"),
        ("mode", "debat", "Did you mean debate?"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(name: str, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")) as caught:
        parse_input(BY_NAME[name], text, ("pro", "debate") if name == "mode" else ())
    assert SECRET not in str(caught.value)
