"""Settings: read with precise errors, written without disturbing anything, keys kept where they belong."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from roundtable_tui import config
from roundtable_tui.config import LimitSettings, ServerSettings, Settings
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import paths

SECRET = "sk-proj-abcdefghijklmnop1234567890"

FULL = """\
# my settings
mode = "pro"        # the last one
team = "B"
server = "home"
agents = 4
mouse = false
from_the_future = [1, 2]

[servers.home]
base_url = "http://localhost:11434/v1/"
model = "gemma"
concurrency = 2
colour_of_box = "grey"

[servers.work]
base_url = "https://llm.example.org/v1"
api_key_env = "WORK_KEY"

[limits]
first_token = 60

[keys]
send = "ctrl+s"

[options.debate]
rounds = 2
"""


def written(content: str) -> Path:
    path = paths.settings_file()
    path.write_text(content, encoding="utf-8")
    return path


def error_of(content: str) -> str:
    written(content)
    with pytest.raises(FileError) as caught:
        config.load()
    line = str(caught.value)
    assert "\n" not in line
    assert "settings.toml" in line
    return line


def test_load_without_file_gives_defaults() -> None:
    assert config.load() == Settings()
    assert Settings().limits == LimitSettings(5, 300, 120, 1800)


def test_load_reads_every_setting() -> None:
    written(FULL)
    got = config.load()
    assert (got.mode, got.team, got.server, got.agents, got.mouse) == ("pro", "B", "home", 4, False)
    assert got.servers["home"] == ServerSettings(
        "home", "http://localhost:11434/v1", model="gemma", concurrency=2
    )
    assert got.servers["work"].api_key_env == "WORK_KEY"
    assert got.limits == LimitSettings(first_token=60.0)
    assert got.keys == {"send": "ctrl+s"}
    assert got.options == {"debate": {"rounds": 2}}
    assert got.unknown == {"from_the_future": [1, 2], "servers": {"home": {"colour_of_box": "grey"}}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('mode = "pro"\nteam = \n', "line 2: is not TOML: Invalid value (column 8)"),
        ('mode = "pro"\nmode = "debate"', "line 2: is not TOML: Cannot overwrite a value"),
        ("[limits]\nidle = 3\n[limits]\n", "line 3: is not TOML: Cannot declare [limits] twice"),
        ("agents = " + "1" * 5000, "nested too deeply"),
        ("x = " + "[" * 5000, "is nested more than 64 levels deep"),
        ("\nagents = 65", "line 2: agents should be a whole number from 1 to 64, not 65"),
        ("agents = true", "line 1: agents should be a whole number from 1 to 64, not true"),
        ("agents = 2.5", "not 2.5"),
        ('mouse = "yes"', 'line 1: mouse should be true or false, not "yes"'),
        ("mode = 3", "line 1: mode should be text in quotes, not 3"),
        ("mode = [1]", "not a list"),
        ('\n\nmoed = "pro"', "line 3: moed is not a setting. Did you mean mode?"),
        ("[limits]\n# slow\nidel = 9", "line 3: limits.idel is not a setting. Did you mean idle?"),
        ("[limits]\nturn = 0", "line 2: limits.turn should be a number from 1 to 604,800, not 0"),
        ("[limits]\nturn = nan", "limits.turn should be a number from 1 to 604,800, not nan"),
        ("limits = 3", "line 1: limits should be a table: [limits]"),
        ("[servers]\nhome = 3", "line 2: servers.home should be a table: [servers.home]"),
        ("[servers.home]\nmodel = 'x'", "line 1: servers.home has no base_url"),
        ("[servers.home]\nbase_url = 'localhost:80'", "line 2: servers.home.base_url should start with http://"),
        ("[servers.home]\nbase_url = 'http://[::1'", "line 2: servers.home.base_url is not a URL"),
        ("[servers.home]\nbase_url = 'http://a:b:c/v1'", "is not a URL"),
        ("[servers.home]\nbase_url = 'http://a b/v1'", "holds a blank"),
        ("[servers.a]\nbase_url = 'http://h/v1'\nmodle = 2", "line 3: servers.a.modle is not a setting"),
        ("[servers.a]\nbase_url = 'http://h/v1'\n\n[servers.b]\nbase_url = 7", "line 5: servers.b.base_url"),
        ("base_url = 'http://h/v1'", "line 1: base_url belongs under [servers.NAME]"),
        ("\nidle = 3", "line 2: idle belongs under [limits]"),
        ("servers.home.base_url = 7", "line 1: servers.home.base_url should be text"),
        ('[servers."my box"]\nbase_url = 7', "line 2: servers.my box.base_url should be text"),
        ("servers = {home = {base_url = 7}}", "line 1: servers.home.base_url should be text"),
        ('[servers." "]\nbase_url = "http://h/v1"', "is not a name for a server"),
        ('server = "hom"\n[servers.home]\nbase_url = "http://h/v1"', 'not here'),
        ("[keys]\nsend = 3", 'line 2: keys.send should be the name of a key, such as "ctrl+s"'),
        ("[options]\ndebate = 3", "line 2: options.debate should be a table: [options.debate]"),
        (
            "[servers.h]\nbase_url = 'http://h/v1'\napi_key_env = 'A'\napi_key_cmd = 'pass a'",
            "line 4: servers.h.api_key_cmd and api_key_env are both given. Keep one of them.",
        ),
        ("[servers.h]\nbase_url = 'http://h/v1'\napi_key_cmd = \"pass 'a\"", "quotation mark is not closed"),
        ("[servers.h]\nbase_url = 'http://h/v1'\napi_key_cmd = ' '", "is empty"),
    ],
)  # fmt: skip
def test_load_invalid_value_raises_with_file_line_and_expectation(content: str, expected: str) -> None:
    if expected == "not here":
        expected = 'line 1: server names no server of this file: "hom". Did you mean home?'
    assert expected in error_of(content)


@pytest.mark.parametrize(
    "lines",
    [
        f'api_key = "{SECRET}"',
        f'key = "{SECRET}"',
        f'api_token = "{SECRET}"',
        f'OPENAI_API_KEY = "{SECRET}"',
        f'notes = "{SECRET}"',
        f'api_key_env = "{SECRET}"',
        'api_key_env = "gsk_abcdefgh12345678"',
        'api_key_env = "abcdefgh12345678abcdefgh"',
        f'api_key_cmd = "echo {SECRET}"',
        f'headers = {{ Authorization = "Bearer {SECRET}" }}',
    ],
)
def test_load_file_with_api_key_raises_without_repeating_it(lines: str) -> None:
    for content in (f'[servers.h]\nbase_url = "http://h/v1"\n{lines}\n', f"{lines}\n"):
        if content.startswith("api_key_"):
            continue  # at the top level these are no settings of any server
        line = error_of(content)
        value = lines.split('"')[1].split()[-1]
        assert value not in line
        assert "api_key_env" in line or "variable" in line or "command that fetches" in line
        assert "line " in line


@pytest.mark.parametrize("url", [f"https://me:{SECRET}@h/v1", f"https://h/v1?api_key={SECRET}"])
def test_load_url_with_api_key_raises_without_repeating_it(url: str) -> None:
    line = error_of(f'[servers.h]\nbase_url = "{url}"\n')
    assert SECRET not in line
    assert "Take it out" in line


def test_load_options_with_api_key_raises() -> None:
    assert SECRET not in error_of(f'[options.debate]\nsecret = "{SECRET}"')


def test_load_not_a_text_file_raises_with_reason(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes("mode = 'pro'".encode("utf-16"))
    with pytest.raises(FileError, match=r"is UTF-16\. Save it as UTF-8"):
        config.load(path)
    path.write_bytes(b"\xef\xbb\xbfmode = 'pro'\r\n")
    assert config.load(path).mode == "pro"


def test_save_keeps_comments_order_and_unknown_settings() -> None:
    path = written(FULL)
    config.save(replace(config.load(), mode="debate", theme="nord", team="C", agents=None))
    text = path.read_text()
    assert text.startswith("# my settings\n")
    assert (
        'team = "C"\nserver = "home"\nmouse = false\nfrom_the_future = [1, 2]\n'
        'theme = "nord"\n\n[servers.home]' in text
    )
    assert "agents" not in text
    got = config.load()
    assert (got.mode, got.theme, got.team, got.agents) == ("debate", "nord", "C", None)
    assert got.unknown == {"from_the_future": [1, 2], "servers": {"home": {"colour_of_box": "grey"}}}


def test_save_new_tables_are_added_at_the_end() -> None:
    path = written(FULL)
    old = config.load()
    new = replace(
        old,
        servers={**old.servers, "lan": ServerSettings("lan", "http://10.0.0.2:8000/v1")},
        options={**old.options, "pro": {"agents": 3}},
    )
    config.save(new)
    text = path.read_text()
    assert text.startswith("# my settings\n")
    assert text.endswith(
        "rounds = 2\n\n"
        + '[servers.lan]\nbase_url = "http://10.0.0.2:8000/v1"\n\n[options.pro]\nagents = 3\n'
    )
    assert config.load() == new


def test_save_change_in_a_table_keeps_its_other_values() -> None:
    path = written(FULL)
    old = config.load()
    home = replace(old.servers["home"], model="qwen", concurrency=0, api_key_env="HOME_KEY")
    config.save(replace(old, servers={**old.servers, "home": home}, limits=LimitSettings(idle=30.0)))
    assert path.read_text() == FULL.replace("/v1/", "/v1").replace("gemma", "qwen").replace(
        'concurrency = 2\ncolour_of_box = "grey"\n', 'colour_of_box = "grey"\napi_key_env = "HOME_KEY"\n'
    ).replace("first_token = 60", "idle = 30.0")
    assert config.load().servers["home"] == home


def test_save_removed_table_is_removed_with_unknown_values() -> None:
    written(FULL)
    old = config.load()
    new = replace(
        old, limits=LimitSettings(idle=30.0), keys={}, servers={"work": old.servers["work"]}, server=""
    )
    config.save(new)
    got = config.load()
    assert replace(got, unknown={}) == replace(new, unknown={})
    assert got.unknown["from_the_future"] == [1, 2]


def test_save_comments_stay_with_their_table() -> None:
    path = written("# mine\n\n# the box\n[servers.h]\nbase_url = 'http://h/v1'\n")
    config.update_settings(mode="pro")
    assert path.read_text() == "# mine\nmode = \"pro\"\n\n# the box\n[servers.h]\nbase_url = 'http://h/v1'\n"


def test_save_value_over_several_lines_is_replaced_whole() -> None:
    path = written('mode = """\npro"""\nteam = "A"\n')
    config.save(replace(config.load(), mode="roundtable"))
    assert tomllib.loads(path.read_text()) == {"mode": "roundtable", "team": "A"}


def test_save_defaults_writes_an_empty_private_file() -> None:
    path = config.save(Settings())
    assert path == paths.settings_file()
    assert path.read_text().strip() == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_save_makes_a_public_file_private() -> None:
    path = written(FULL)
    path.chmod(0o644)
    config.update_settings(theme="nord")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_save_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text('mode = "pro"\n')
    paths.settings_file().symlink_to(real)
    config.update_settings(team="A")
    assert paths.settings_file().is_symlink()
    assert tomllib.loads(real.read_text()) == {"mode": "pro", "team": "A"}


def test_update_settings_changes_one_value_and_writes_only_if_needed() -> None:
    assert config.update_settings(mode="debate") == Settings()
    assert not paths.settings_file().exists()
    assert config.update_settings(mode="pro").mode == "pro"
    assert config.update_settings(team="A") == replace(Settings(), mode="pro", team="A")
    with pytest.raises(TypeError):
        config.update_settings(nonsense=1)


@pytest.mark.parametrize("broken", ["mode = ", "agents = 99", 'api_key = "x"'])
def test_update_settings_invalid_file_is_not_overwritten(broken: str) -> None:
    path = written(broken)
    with pytest.raises(FileError):
        config.update_settings(mode="pro")
    assert path.read_text() == broken


def test_save_invalid_file_is_not_overwritten() -> None:
    path = written("mode = ")
    with pytest.raises(FileError):
        config.save(Settings(mode="pro"))
    assert path.read_text() == "mode = "


def test_save_invalid_settings_raises_and_keeps_the_file() -> None:
    bad = Settings(servers={"h": ServerSettings("h", "http://h/v1", api_key_env=SECRET)})
    with pytest.raises(FileError) as caught:
        config.save(bad)
    assert SECRET not in str(caught.value)
    assert not paths.settings_file().exists()


def test_save_failed_write_keeps_the_file_and_leaves_no_temporary_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written('mode = "pro"\n')

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="cannot be written: No space left on device"):
        config.update_settings(team="A")
    assert path.read_text() == 'mode = "pro"\n'
    assert list(path.parent.iterdir()) == [path]


LOCAL = ServerSettings("local", "http://localhost:11434/v1", model="gemma")
CLOUD = ServerSettings("cloud", "https://llm.example.org/v1", api_key_env="CLOUD_KEY")
BOTH = Settings(servers={"local": LOCAL, "cloud": CLOUD}, server="cloud", model="general")
ENV = {"OPENAI_BASE_URL": "https://env.example.org/v1/", "OPENAI_API_KEY": "k"}


def test_resolve_server_precedence_argument_environment_settings() -> None:
    assert config.resolve_server(BOTH, name="LOCAL", environ=ENV) is LOCAL
    assert config.resolve_server(BOTH, base_url="http://h:1/v1/", environ=ENV) == ServerSettings(
        "h:1", "http://h:1/v1"
    )
    assert config.resolve_server(BOTH, environ=ENV) == ServerSettings(
        "env.example.org", "https://env.example.org/v1", api_key_env="OPENAI_API_KEY"
    )
    assert config.resolve_server(BOTH, environ={}) is CLOUD
    assert config.resolve_server(Settings(), environ={}) is None


def test_resolve_server_only_entry_is_the_default() -> None:
    assert config.resolve_server(Settings(servers={"local": LOCAL}), environ={}) is LOCAL
    assert config.resolve_server(replace(BOTH, server=""), environ={}) is None
    assert config.resolve_server(replace(BOTH, server=""), environ={"OPENAI_API_KEY": "k"}) is None


def test_resolve_server_key_alone_selects_openai() -> None:
    got = config.resolve_server(Settings(), environ={"OPENAI_API_KEY": "k"})
    assert got == ServerSettings("api.openai.com", "https://api.openai.com/v1", api_key_env="OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("url", "environ", "key"),
    [
        ("http://h/v1", {"OPENAI_API_KEY": "k"}, ""),
        ("https://api.openai.com/v1", {"OPENAI_API_KEY": "k"}, "OPENAI_API_KEY"),
        ("http://h/v1", {}, ""),
        ("http://h/v1", ENV, ""),
        ("https://api.openai.com/v1", ENV, ""),
        ("https://env.example.org/v2", ENV, "OPENAI_API_KEY"),
        ("http://env.example.org/v1", ENV, ""),
        ("https://llm.example.org/v1", {"OPENAI_API_KEY": "k"}, "CLOUD_KEY"),
        ("http://localhost:11434/v1", {"OPENAI_API_KEY": "k"}, ""),
    ],
)
def test_resolve_server_environment_key_is_bound_to_its_owner_only(
    url: str, environ: dict[str, str], key: str
) -> None:
    got = config.resolve_server(BOTH, base_url=url, environ=environ)
    assert got is not None
    assert got.api_key_env == key


def test_resolve_server_named_entry_gets_no_environment_key() -> None:
    for name in BOTH.servers:
        got = config.resolve_server(BOTH, name=name, environ={"OPENAI_API_KEY": "k"})
        assert got is not None
        assert got.api_key_env != "OPENAI_API_KEY"


@pytest.mark.parametrize(
    ("asked", "environ", "expected"),
    [
        ({"name": "clod"}, {}, "there is no server called clod. Did you mean cloud?"),
        ({"name": "zzz"}, {}, "Known are: local, cloud."),
        ({"name": "cloud", "base_url": "http://h"}, {}, "both given"),
        ({"base_url": "localhost:1234"}, {}, "the base URL should start with http://"),
        ({}, {"OPENAI_BASE_URL": "nonsense"}, "OPENAI_BASE_URL should start with http://"),
        (
            {},
            {"OPENAI_BASE_URL": f"https://x:{SECRET}@h/v1"},
            "OPENAI_BASE_URL holds a user name or a password",
        ),
    ],
)
def test_resolve_server_unknown_choice_raises(
    asked: dict[str, str], environ: dict[str, str], expected: str
) -> None:
    with pytest.raises(UsageError) as caught:
        config.resolve_server(BOTH, environ=environ, **asked)
    assert expected in str(caught.value)
    assert SECRET not in str(caught.value)


def test_get_server_without_servers_raises_with_instructions() -> None:
    with pytest.raises(UsageError, match=r"\[servers.NAME\]"):
        config.resolve_server(Settings(), name="x", environ={})


def test_resolve_model_precedence_argument_environment_server_settings() -> None:
    env = {"ROUNDTABLE_MODEL": "from-env"}
    assert config.resolve_model(BOTH, LOCAL, model="given", environ=env) == "given"
    assert config.resolve_model(BOTH, LOCAL, environ=env) == "from-env"
    assert config.resolve_model(BOTH, LOCAL, environ={}) == "gemma"
    assert config.resolve_model(BOTH, CLOUD, environ={}) == "general"
    assert config.resolve_model(Settings(), environ={}) == ""


def with_command(command: str) -> ServerSettings:
    return ServerSettings("box", "http://h/v1", api_key_cmd=command)


def test_read_key_server_without_key_is_empty() -> None:
    assert config.read_key(LOCAL) == ""


def test_read_key_reads_the_variable() -> None:
    assert config.read_key(CLOUD, {"CLOUD_KEY": f" {SECRET}\n"}) == SECRET


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "server cloud: the variable CLOUD_KEY is not set"),
        ({"CLOUD_KEY": "  "}, "CLOUD_KEY is not set"),
        ({"CLOUD_KEY": f"{SECRET}\nX-Evil: 1"}, "CLOUD_KEY gave something that cannot be a key"),
        ({"CLOUD_KEY": SECRET + "ü"}, "CLOUD_KEY gave something that cannot be a key"),
    ],
)
def test_read_key_unset_variable_raises(environ: dict[str, str], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        config.read_key(CLOUD, environ)
    assert expected in str(caught.value)
    assert SECRET not in str(caught.value)


def test_read_key_command_gives_its_first_line() -> None:
    assert config.read_key(with_command(f"printf '%s\\nlogin: me\\n' {SECRET}")) == SECRET
    assert config.read_key(with_command(f"yes {SECRET}")) == SECRET


def test_read_key_command_runs_without_shell(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert config.read_key(with_command(f"echo $(touch {made}) ; touch {made}")).startswith("$(touch")
    assert not made.exists()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            f"/no/such/program {SECRET}",
            "server box: the key command (program) failed: No such file or directory",
        ),
        (f"sh -c 'echo {SECRET}; exit 3'", "the key command (sh) failed with status 3"),
        ("true", "the key command (true) printed nothing"),
        (f"sh -c 'echo; echo {SECRET}'", "printed nothing"),
        (f"printf '{SECRET}\\033[2J'", "gave something that cannot be a key"),
    ],
)
def test_read_key_command_without_output_raises(command: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        config.read_key(with_command(command))
    assert expected in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "command", ["sleep 60", "sh -c 'sleep 60 & sleep 60'", f"sh -c 'echo {SECRET}; exec sleep 60'"]
)
def test_read_key_hanging_command_is_killed(command: str) -> None:
    with pytest.raises(UsageError, match=r"took longer than 0.1 s"):
        config.read_key(with_command(command), timeout_s=0.1)


def test_import_config_loads_nothing_heavy() -> None:
    code = (
        "import sys, roundtable_tui.config as s; s.load(); "
        "print([m for m in ('pydantic', 'textual', 'openai', 'tomllib', 'tomli_w', 'tomlkit', 'subprocess',"
        " 'difflib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
