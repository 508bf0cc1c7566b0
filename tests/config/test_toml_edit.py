"""Settings changed from forms: one server, one value, and all that stands around them stays."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui import config
from roundtable_tui.config import LimitSettings, ServerSettings, Settings
from roundtable_tui.config.fields import (
    GENERAL_SETTINGS,
    LIMIT_SETTINGS,
    SERVER_SETTINGS,
    format_input,
    parse_input,
)
from roundtable_tui.config.request_extras import SERVER_TABLES
from roundtable_tui.config.server_entries import validate_form
from roundtable_tui.config.toml_edit import MAX_CHARS, flatten, parse, rename_table, update_toml
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import paths
from tests.support.torture import examples

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


def test_settings_every_field_is_declared() -> None:
    tables = {"servers", "limits", "keys", "options", "permissions", "mcp", "unknown"}
    plain = {f.name for f in fields(Settings)} - tables
    assert {one.name for one in GENERAL_SETTINGS} == plain
    assert {one.name for one in LIMIT_SETTINGS} == {f.name for f in fields(LimitSettings)}
    assert {one.name for one in SERVER_SETTINGS} == {f.name for f in fields(ServerSettings)} - set(
        SERVER_TABLES
    )


def test_update_settings_keeps_every_comment(file: Path) -> None:
    config.update_settings(theme="gruvbox")
    assert file.read_text() == FILE.replace('"nord"       # calm', '"gruvbox"       # calm')


def test_save_list_over_several_lines_is_kept_or_removed_whole(file: Path) -> None:
    config.save(replace(config.load(), unknown={"strange": [3]}))
    assert "strange = [3]\n" in file.read_text() and "# one" not in file.read_text()
    assert config.load().unknown["strange"] == [3]


def test_set_server_new_one_is_added_at_the_end(file: Path) -> None:
    new = ServerSettings("lan", "http://10.0.0.2:8000/v1", api_key_cmd="pass show lan")
    assert config.set_server(new).servers["lan"] == new
    added = '\n[servers.lan]\nbase_url = "http://10.0.0.2:8000/v1"\napi_key_cmd = "pass show lan"\n'
    assert file.read_text() == FILE + added


def test_set_server_changes_only_its_own_line(file: Path) -> None:
    home = replace(config.load().servers["home"], base_url="http://box:11434/v1")
    config.set_server(home, old_name="home")
    assert file.read_text() == FILE.replace("localhost", "box")


def test_set_server_rename_updates_references_and_keeps_comments(file: Path) -> None:
    config.update_settings(server="home")
    before = file.read_text()
    home = replace(config.load().servers["home"], name="under the desk")
    got = config.set_server(home, old_name="home")
    assert got.server == "under the desk" and list(got.servers) == ["under the desk", "cloud"]
    assert got.unknown["servers"] == {"under the desk": {"colour": "grey"}}
    assert file.read_text() == before.replace('server = "home"', 'server = "under the desk"').replace(
        "[servers.home]", '[servers."under the desk"]'
    )


def test_remove_server_removes_its_table_and_comments_only(file: Path) -> None:
    config.update_settings(server="cloud")
    got = config.remove_server("cloud")
    assert (got.server, list(got.servers)) == ("", ["home"])
    start, end = FILE.index("# the dear one"), FILE.index("# clocks")
    assert file.read_text() == FILE[:start] + FILE[end:]


def test_edit_invalid_file_is_unchanged() -> None:
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
def test_validate_form_reports_problems_by_field(typed: dict[str, str], field: str, words: str) -> None:
    found = validate_form(FINE | typed, other_names=["cloud"])
    assert list(found) == [field] and words in found[field]
    assert SECRET not in found[field]


def test_validate_form_valid_server_has_no_problems() -> None:
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
def test_parse_input_valid_text_gives_value(name: str, text: str, value: object) -> None:
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
def test_parse_input_invalid_text_raises(name: str, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")) as caught:
        parse_input(BY_NAME[name], text, ("pro", "debate") if name == "mode" else ())
    assert SECRET not in str(caught.value)


def test_parse_too_long_text_raises() -> None:
    line = "x = 1\n"
    assert parse("#" * (MAX_CHARS - len(line) - 1) + "\n" + line, None) == {"x": 1}
    with pytest.raises(FileError, match=r"a.toml: is too large \(0.3 MB\). At most 0.3 MB of TOML is read."):
        parse("#" * (MAX_CHARS - len(line)) + "\n" + line, Path("a.toml"))


# --- update_toml ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "new", "expected"),
    [
        # A key is added before the blank line and the comments of the next table.
        (
            "a = 1\n\n# of t\n[t]\nx = 1\n",
            {"a": 1, "b": 2, "t": {"x": 1}},
            "a = 1\nb = 2\n\n# of t\n[t]\nx = 1\n",
        ),
        (
            "[t]\nx = 1\n\n# of u\n[u]\ny = 1\n",
            {"t": {"x": 1, "z": 3}, "u": {"y": 1}},
            "[t]\nx = 1\nz = 3\n\n# of u\n[u]\ny = 1\n",
        ),
        ("# of t\n[t]\nx = 1\n", {"b": 2, "t": {"x": 1}}, "b = 2\n# of t\n[t]\nx = 1\n"),
        # A table is removed with its own comments, and not with those of the next one.
        (
            "# of t\n[t]\nx = 1\n# of u\n[u]\ny = 1\n# end\n",
            {"u": {"y": 1}},
            "# of u\n[u]\ny = 1\n# end\n",
        ),
        # What looks like a header inside of a text is not one.
        (
            'a = """\n[t]\nx = 1\n"""  # text\n[t]\nx = 1\n',
            {"a": "\n[t]\nx = 1\n"[1:], "t": {"x": 2}},
            'a = """\n[t]\nx = 1\n"""  # text\n[t]\nx = 2\n',
        ),
        # Tables of one name that stand apart from each other.
        (
            "[s.a]\nx = 1 # a\n[limits]\ny = 1 # l\n[s.b]\nx = 2 # b\n",
            {"s": {"a": {"x": 3}, "b": {"x": 4}}, "limits": {"y": 5}},
            "[s.a]\nx = 3 # a\n[limits]\ny = 5 # l\n[s.b]\nx = 4 # b\n",
        ),
        (
            "[s.a]\nx = 1 # a\n[limits]\ny = 1 # l\n# of b\n[s.b]\nx = 2 # b\n",
            {"s": {"a": {"x": 1}}, "limits": {"y": 1}},
            "[s.a]\nx = 1 # a\n[limits]\ny = 1 # l\n",
        ),
        # Dotted keys, inline tables, lists of tables.
        ("s.a.x = 1 # a\ns.a.y = 2\n", {"s": {"a": {"x": 5, "y": 2}}}, "s.a.x = 5 # a\ns.a.y = 2\n"),
        ("s = {a = 1, b = 2} # c\n", {"s": {"a": 1, "b": 3}}, "s = {a = 1, b = 3} # c\n"),
        (
            "# one\n[[l]]\nx = 1\n# two\n[[l]]\nx = 2\n# of t\n[t]\ny = 1\n",
            {"l": [{"x": 1}, {"x": 2}], "t": {"y": 2}},
            "# one\n[[l]]\nx = 1\n# two\n[[l]]\nx = 2\n# of t\n[t]\ny = 2\n",
        ),
        # A new table, a table in place of a value, a value in place of a table.
        ("a = 1 # c", {"a": 1, "t": {"u": {"x": True}}}, "a = 1 # c\n\n[t.u]\nx = true\n"),
        ("a = 1 # c\nb = 2 # d\n", {"a": 1, "b": {"x": 1}}, "a = 1 # c\n\n[b]\nx = 1\n"),
        ("[b]\nx = 1\n", {"b": 2}, "b = 2\n"),
        ("", {"a": 1}, "a = 1\n"),
        ("# only\n", {"t": {"x": 1}}, "# only\n\n[t]\nx = 1\n"),
        ("a = 1\n", {}, "\n"),
    ],
)
def test_update_toml_changes_only_what_differs(source: str, new: dict[str, Any], expected: str) -> None:
    assert update_toml(source, new) == expected
    assert tomllib.loads(expected) == new


VALUES = st.one_of(st.booleans(), st.integers(-9, 9), st.text("ab[]#\"'\n= ", max_size=6), st.just([1, 2]))
TABLES = st.recursive(
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), st.one_of(VALUES, inner), max_size=4),
    max_leaves=8,
)


@given(TABLES, TABLES)
@settings(max_examples=examples(200), deadline=None)
def test_update_toml_gives_the_new_table_whatever_it_was_before(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    source = "# first\n" + tomli_w.dumps(old)
    assert flatten(tomllib.loads(update_toml(source, new))) == flatten(new)


def test_update_toml_where_the_library_fails_writes_the_whole_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> Any:
        raise IndexError

    monkeypatch.setattr("tomlkit.parse", fail)
    assert update_toml("a = 1 # c\n", {"a": 2, "t": {"x": "y"}}) == 'a = 2\n\n[t]\nx = "y"\n'


def test_update_toml_of_a_broken_file_is_one_line_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"x\.toml, line 2: is not TOML: .* \(column 5\)"):
        update_toml("a = 1\nb = \n", {"a": 2}, tmp_path / "x.toml")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n[a.b] # c\ny = 1\n", 'x = 1\n[a."d e"] # c\ny = 1\n'),
        ("[ a . 'b' ]\n", '[a."d e"]\n'),
        ("[a.b.c]\n", "[a.b.c]\n"),
        ("a.b.y = 1\n", "a.b.y = 1\n"),
    ],
)
def test_rename_table_changes_its_header_only(source: str, expected: str) -> None:
    assert rename_table(source, ("a", "b"), ("a", "d e")) == expected
