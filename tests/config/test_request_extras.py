"""Headers, query, timeouts and CA file in the entry of a server, and what stands around a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui import config
from roundtable_tui.config import ServerSettings, read_key
from roundtable_tui.config.request_extras import read_headers
from roundtable_tui.config.unknown_settings import unknown_names
from roundtable_tui.errors import FileError, UsageError

SECRET = "sk-abcdefgh12345678"
ENTRY = """# mine
[servers.az]
base_url = "https://az.example/openai"
ca_file = "~/ca.pem"

[servers.az.headers]
api-key = { env = "AZURE_KEY" }
Ocp-Apim-Subscription-Key = { cmd = "printf subscription-1234" }
HTTP-Referer = "https://me.example"

[servers.az.query]
api-version = "2024-10-21"

[servers.az.timeouts]
first_token = 900
"""


def load(tmp_path: Path, text: str) -> config.Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return config.load(path)


def test_load_reads_what_is_added_to_requests(tmp_path: Path) -> None:
    server = load(tmp_path, ENTRY).servers["az"]
    assert read_headers(server, {"AZURE_KEY": SECRET}) == {
        "api-key": SECRET,
        "Ocp-Apim-Subscription-Key": "subscription-1234",
        "HTTP-Referer": "https://me.example",
    }
    assert (server.query, server.timeouts) == ({"api-version": "2024-10-21"}, {"first_token": 900.0})
    assert server.ca_file == "~/ca.pem"


def test_save_keeps_what_is_added_to_requests(tmp_path: Path) -> None:
    settings = load(tmp_path, ENTRY)
    path = tmp_path / "settings.toml"
    config.update_settings(path, agents=4)
    assert config.load(path).servers == settings.servers and "# mine" in path.read_text()
    config.set_server(ServerSettings("az", "https://az.example/openai", model="m"), path=path)
    saved = config.load(path).servers["az"]
    assert saved.model == "m" and saved.headers == settings.servers["az"].headers
    assert saved.timeouts == settings.servers["az"].timeouts and saved.ca_file == "~/ca.pem"


def test_read_headers_without_their_variable_names_it(tmp_path: Path) -> None:
    server = load(tmp_path, ENTRY).servers["az"]
    with pytest.raises(UsageError, match="server az: the variable AZURE_KEY is not set"):
        read_headers(server, {})


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f'headers = {{ api-key = "{SECRET}" }}', "looks like a key"),
        ('headers = { Ocp-Apim-Subscription-Key = "0123456789abcdef" }', "looks like a key"),
        ('headers = { Cookie = "a=b" }', "looks like a key"),
        (f'headers = {{ X-Title = "{SECRET}" }}', "looks like a key"),
        ('headers = { Host = "other.example" }', "is set by the program"),
        ('headers = { "X Y" = "1" }', "is not the name of a header"),
        ('headers = { X-A = "1", x-a = "2" }', "is given twice"),
        ('headers = { X-A = "a\\nb" }', "in one line"),
        ("headers = { " + ", ".join(f'x{n} = "1"' for n in range(101)) + " }", "has 101 entries"),
        ("headers = { X-A = 3 }", "should be text"),
        ('headers = { X-A = { envv = "X" } }', "Did you mean env?"),
        ('headers = { X-A = { env = "X", cmd = "y" } }', "one of them"),
        (f'headers = {{ X-A = {{ env = "{SECRET}" }} }}', "name of an environment variable"),
        ('headers = "x"', "should be a table"),
        (f'query = {{ key = "{SECRET}" }}', "looks like a key"),
        ("query = { a = [1] }", "should be text"),
        ("timeouts = { firsttoken = 3 }", "is not a timeout. Did you mean first_token?"),
        ("timeouts = { idle = 0 }", "from 1 to 86,400"),
        ("ca_file = 3", "should be text"),
    ],
)
def test_load_invalid_addition_raises_with_its_line(tmp_path: Path, lines: str, expected: str) -> None:
    with pytest.raises(FileError) as caught:
        load(tmp_path, f'[servers.h]\nbase_url = "http://h/v1"\n{lines}\n')
    assert expected in str(caught.value) and "line 3" in str(caught.value)
    assert SECRET not in str(caught.value) and "0123456789" not in str(caught.value)


def test_unknown_names_are_whole(tmp_path: Path) -> None:
    text = '[servers.h]\nbase_url = "http://h/v1"\nextra_body = { top_k = 1 }\n[limits]\nwhole_run = 3\n'
    assert unknown_names(load(tmp_path, "colour = 1\n" + text)) == [
        "colour", "servers.h.extra_body", "limits.whole_run",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f'"{SECRET}"', "quotation marks around the key"),
        (f"'{SECRET}'", "quotation marks around the key"),
        (f"\u201c{SECRET}\u201d", "quotation marks around the key"),
        (f"Bearer {SECRET}", "a word such as Bearer before the key"),
        (f"Authorization: Bearer {SECRET}", "a word such as Bearer before the key"),
        (f"{SECRET} # the new one", "a comment after the key"),
        (f"OPENAI_API_KEY={SECRET}", "a whole assignment"),
        (f"export OPENAI_API_KEY={SECRET}", "a whole assignment"),
        (f"export Mine={SECRET}", "a whole assignment"),
        (f"MINE={SECRET}", "a whole assignment"),
        (f"{SECRET};", "a semicolon after the key"),
        (f"{SECRET},", "a comma after the key"),
        (f"<{SECRET}>", "brackets around the key"),
        ("${OTHER_KEY}", "names another variable"),
        ("$OTHER_KEY", "names another variable"),
        ("%OTHER_KEY%", "names another variable"),
        ("...", "holds dots in place of a key"),
        ("sk-...", "holds dots in place of a key"),
    ],
)
def test_read_key_with_something_around_it_says_so(value: str, expected: str) -> None:
    server = ServerSettings("home", "http://h/v1", api_key_env="HOME_KEY")
    with pytest.raises(UsageError) as caught:
        read_key(server, {"HOME_KEY": value})
    assert expected in str(caught.value) and "HOME_KEY" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "key", [SECRET, "none", "EMPTY", "lm-studio", "sk-no-key-required", "QUJDREVGRw==", "a=b"]
)
def test_read_key_alone_is_taken_as_it_is(key: str) -> None:
    server = ServerSettings("home", "http://h/v1", api_key_env="HOME_KEY")
    assert read_key(server, {"HOME_KEY": f" {key}\r\n"}) == key


def test_read_headers_authorization_keeps_its_scheme() -> None:
    server = ServerSettings("home", "http://h/v1", headers={"Authorization": {"env": "HOME_KEY"}})
    assert read_headers(server, {"HOME_KEY": f"Token {SECRET}"}) == {"Authorization": f"Token {SECRET}"}
