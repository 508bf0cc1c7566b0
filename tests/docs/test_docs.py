"""The documents are correct: commands and Python run, files are valid, links have targets."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from contextlib import ExitStack, redirect_stdout
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import get_args, get_type_hints
from urllib.parse import urlsplit

import pytest

from roundtable_tui import config, modes
from roundtable_tui.batch.tasks.model import BatchTask
from roundtable_tui.batch.tasks.read import iter_tasks
from roundtable_tui.bench.questions.read import read_questions
from roundtable_tui.cli import arguments, main
from roundtable_tui.reports.report.outcome import OutcomeKind
from roundtable_tui.reports.report.types import KEYS, SHOWN_PROPERTIES, Report, ReportedGroup
from roundtable_tui.resources import Persona, Team
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.resources.validation import check_json
from roundtable_tui.utils import paths
from tests.support.markdown_docs import DOCUMENTS, ROOT, Block, blocks

OPENS_THE_APP = "opens the app, which has tests of its own"
NEEDS_AN_INDEX = "fetches packages; what it names is checked below"
RUNS_ON = "serves until it is stopped; tests/cli starts it"
IN_A_BROWSER = "serves until it is stopped; tests/web opens it"
NOT_RUN = {
    "make run": "sets up the environment that this test runs in; the target is checked below",
    "make test": "this is it; the target is checked below",
    "make check": "a target that is checked below",
    "make format": "a target that is checked below",
    "make demo": "a target that is checked below",
    'make test ARGS="tests/setup -x"': "runs tests; the target and the folder are checked below",
    ".venv/bin/python -m pytest tests/cli/test_ask_interrupted.py -k interrupt": "runs tests; checked below",
    "pipx install .": NEEDS_AN_INDEX,
    "uvx --from . roundtable --demo": NEEDS_AN_INDEX,
    "roundtable --task salon": OPENS_THE_APP,
    "roundtable --task decision": OPENS_THE_APP,
    "roundtable --task verdict": OPENS_THE_APP,
    "roundtable --task maths": OPENS_THE_APP,
    "roundtable --task letter": OPENS_THE_APP,
    "roundtable --task lighthouse": OPENS_THE_APP,
    "export OPENAI_BASE_URL=https://api.example.com/v1": "the reader's server; here it is the demo's",
    "export OPENAI_API_KEY=...": "the reader's key",
    "roundtable models --server cloud": "a server that is not there",
    'roundtable ask --server home "Which wood for a garden gate?"': "a server that is not there",
    "roundtable demo-server --port 8765 --pace 100": RUNS_ON,
    "roundtable demo-server --port 8765 --faults fail=3+slow=2": RUNS_ON,
    "pip install '.[proxy]'": NEEDS_AN_INDEX,
    "pip install '.[web]'": NEEDS_AN_INDEX,
    "roundtable proxy": "serves until it is stopped; tests/proxy and `make clients` use it",
    "roundtable serve": IN_A_BROWSER,
    "roundtable serve --demo": IN_A_BROWSER,
    "roundtable serve --root notes --tools python": IN_A_BROWSER,
    "roundtable serve --task salon": IN_A_BROWSER,
    "roundtable serve --host 0.0.0.0 --allow-network --name table.example": IN_A_BROWSER,
    "ssh -L 8770:127.0.0.1:8770 you@that.machine roundtable serve": "needs another machine",
    "ssh -t you@that.machine tmux new -A -s table roundtable": "needs another machine",
    'roundtable ask --attach photo.png --mode pro "Which gate is older?"': "a picture of the reader",
    "roundtable bench --demo --arms single,vote:agents=5,auto,debate": "1,800 runs; see tests/bench_command",
    "roundtable bench questions.jsonl --arms single,auto,debate --dry-run": "needs your questions",
    "roundtable fetch-model": "fetches the model; tests/llm/local has it",
    'roundtable ask --local --mode pro --agents 1 "Say hello."': "runs a model; see tests/cli",
}
"""Commands that are not run here, and why."""
PLAIN = re.compile(r"^python3 -m venv \.venv && .*")

ALL = [block for document in DOCUMENTS for block in blocks(document)]
SHELL = [block for block in ALL if block.language == "sh"]
PYTHON = [block for block in ALL if block.language == "python" and not block.path]


def name(block: Block) -> str:
    return f"{block.document}:{block.line}"


def written(document: str, folder: Path) -> None:
    """Write the files that a document shows, as its reader would."""
    for block in ALL:
        if (
            block.document == document
            and block.path
            and block.path not in ("settings.toml", "pyproject.toml")
        ):
            path = folder / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)


def test_commands_not_run_still_occur_in_the_documents() -> None:
    said = {command for block in SHELL for command in block.commands}
    assert set(NOT_RUN) <= said, "a reason for a command that is gone"


@pytest.mark.parametrize("block", SHELL, ids=name)
def test_document_command_runs_without_error(
    block: Block, reader: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    written(block.document, reader)
    commands = [c for c in block.commands if c not in NOT_RUN and not PLAIN.match(c)]
    if block.document == "CONTRIBUTING.md":
        installed(reader)
    if any(" last" in command for command in commands):
        # What the demo generates may be unanimous; the captain is asked even then.
        assert run("roundtable ask --quiet --max-rounds 1 --option ask_captain=true 'Which wood?'") == 0
        if "runs resume" in block.text:
            cut_off(reader)
    for command in commands:
        assert run(command) == 0, f"{name(block)}: {command}\n{capfd.readouterr().err}"


def run(command: str) -> int:
    """Run a command; the part that is `roundtable` in this process, which is faster."""
    first, _, then = command.partition(" && ")
    before, own, after = split_pipe(first)
    own, _, file = own.partition(" > ")
    words = shlex.split(own)
    if words[:1] != ["roundtable"] or {"<", "relay"} & set(words) or "head " in after or "roundtable" in then:
        return shell(command)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        if before:
            piped = subprocess.check_output(["bash", "-c", before], stdin=subprocess.DEVNULL)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
        if file:
            stack.enter_context(redirect_stdout(stack.enter_context(Path(file).open("w", encoding="utf-8"))))
        if not after:
            code = main.main(words[1:])
        else:
            with TemporaryFile("w+") as out:
                with redirect_stdout(out):
                    code = main.main(words[1:])
                out.seek(0)
                code = code or subprocess.run(["bash", "-c", after], stdin=out).returncode
    return code or (shell(then) if then else 0)


def split_pipe(command: str) -> tuple[str, str, str]:
    """Return what is before `roundtable` in a pipe, that, and what is after it."""
    parts = command.split(" | ")
    at = next((n for n, part in enumerate(parts) if part.startswith("roundtable ")), len(parts) - 1)
    return " | ".join(parts[:at]), parts[at], " | ".join(parts[at + 1 :])


def shell(command: str) -> int:
    return subprocess.run(["bash", "-c", f"set -e; {command}"], stdin=subprocess.DEVNULL).returncode


def cut_off(home: Path) -> None:
    """Remove the end of the last record, as a power failure would."""
    record = max(paths.runs_dir().iterdir()) / "events.jsonl"
    record.write_text("\n".join(record.read_text().splitlines()[:-1]) + "\n")


def installed(folder: Path) -> None:
    """Install the mode of CONTRIBUTING as its pyproject.toml says, where every Python of this test looks."""
    block = next(block for block in ALL if block.path == "pyproject.toml")
    project = tomllib.loads(block.text)["project"]
    site = folder / "site"  # The current folder itself installs nothing.
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    for module in folder.glob("*.py"):
        module.rename(site / module.name)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    os.environ["PYTHONPATH"] = str(site)


@pytest.fixture(autouse=True)
def python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore PYTHONPATH after each test."""
    monkeypatch.setenv("PYTHONPATH", "")


def test_contributing_mode_installed_answers(reader: Path) -> None:
    written("CONTRIBUTING.md", reader)
    installed(reader)
    listed = subprocess.run(["roundtable", "modes", "--json"], capture_output=True, text=True, check=True)
    relay = next(mode for mode in json.loads(listed.stdout) if mode["name"] == "relay")
    assert [option["name"] for option in relay["options"]] == ["laps"]
    command = [
        "roundtable",
        "ask",
        "--mode",
        "relay",
        "--laps",
        "2",
        "--agents",
        "2",
        "--json",
        "What makes a gate?",
    ]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    story = json.loads(asked.stdout)
    assert story["how"] == "improved in 4 turns" and story["answer"] == story["turns"][-1]["text"]
    wrong = subprocess.run([*command, "--laps", "11"], capture_output=True, text=True)
    assert (
        wrong.returncode == 2 and "laps of mode relay should be a whole number from 1 to 10" in wrong.stderr
    )


def test_contributing_mode_fits_on_a_page(reader: Path) -> None:
    mode = next(block for block in ALL if block.path == "roundtable_relay.py")
    assert len(mode.text.splitlines()) < 70


@pytest.mark.parametrize("block", PYTHON, ids=name)
def test_document_python_runs_without_error(
    block: Block, reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.sub(
        r'base_url="[^"]+", model="[^"]+"', f'base_url="{os.environ["OPENAI_BASE_URL"]}"', block.text
    )
    exec(compile(code, name(block), "exec"), {"__name__": "__main__"})
    out, err = capsys.readouterr()
    assert out.strip() and not err


@pytest.mark.parametrize("block", [block for block in ALL if block.path], ids=name)
def test_document_file_is_valid(block: Block, tmp_path: Path) -> None:
    path = Path(block.path)
    if path.name == "settings.toml":
        (tmp_path / path.name).write_text(block.text)
        assert config.load(tmp_path / path.name).unknown == {}
    elif path.name == "task.toml":
        TaskSettings.model_validate(tomllib.loads(block.text))
    elif path.suffix == ".json":
        _, problems = check_json(Team if path.parent.name == "teams" else Persona, block.text)
        assert problems == []
    elif path.name == "tasks.jsonl":
        (tmp_path / path.name).write_text(block.text)
        assert all(isinstance(task, BatchTask) for task in iter_tasks(tmp_path / path.name))
    elif path.suffix == ".jsonl":
        (tmp_path / path.name).write_text(block.text)
        assert read_questions(tmp_path / path.name).problems == ()
    else:
        assert path.suffix in (".txt", ".md", ".py", ".toml") and block.text.strip()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_link_has_an_existing_target(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text()):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        path = document.parent / parts.path if parts.path else document
        assert path.exists(), f"{document.name}: {target}"
        if parts.fragment:
            heads = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
            assert parts.fragment in {
                re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads
            }


def test_document_make_targets_and_entry_points_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = {
        words[1] for words in map(str.split, (c for b in SHELL for c in b.commands)) if words[0] == "make"
    }
    assert named and named <= set(targets)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"]["roundtable"] == "roundtable_tui.cli.main:main"
    for command in (c for b in SHELL for c in b.commands if PLAIN.match(c)):
        extras = re.search(r"'\.\[([\w,]+)\]'", command)
        assert extras and set(extras[1].split(",")) <= set(project["optional-dependencies"])
        assert (ROOT / "constraints.txt").exists() and "-c constraints.txt" in command
        for last in command.split(" && ")[2:]:
            assert last.split()[0] in (".venv/bin/roundtable", ".venv/bin/python")
    assert (ROOT / "tests/cli/test_ask_interrupted.py").exists() and (ROOT / "tests/setup").is_dir()
    assert "def test_ask_interrupt" in (ROOT / "tests/cli/test_ask_interrupted.py").read_text()


def test_readme_table_has_every_mode() -> None:
    text = (ROOT / "README.md").read_text()
    table = text[text.index("<!-- modes: begin -->") : text.index("<!-- modes: end -->")]
    assert re.findall(r"^\| `([a-z]+)`", table, re.MULTILINE) == list(modes.all_modes())


def test_modes_page_has_a_section_for_every_mode() -> None:
    said = (ROOT / "docs/modes.md").read_text()
    assert sorted(re.findall(r"^## (\w+)$", said, re.MULTILINE)) == sorted(modes.all_modes())


def test_command_line_page_has_every_flag_of_ask() -> None:
    from roundtable_tui.cli import ask_flags

    said = (ROOT / "docs/command-line.md").read_text()
    mode = modes.get_mode("debate")
    own = {ask_flags.to_flag(option) for option in mode.options.model_fields}
    flags = {
        flag
        for flag in ask_flags.build_ask_parser(mode).long_flags()
        if flag.removeprefix("--no-") not in ("mask", "reasons")
    }
    for flag in flags - own - {"--help"}:
        assert f"`{flag}" in said, flag
    for command in arguments.COMMANDS:
        assert f"roundtable {command}" in said


def test_command_line_page_has_every_key_of_the_json(reader: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["ask", "--demo", "--mode", "pro", "--agents", "1", "--json", "--quiet", "Which?"]) == 0
    said = (ROOT / "docs/command-line.md").read_text()
    story = json.loads(capfd.readouterr().out)
    for key in story:
        assert f"`{key}`" in said, key
    assert story["turns"][0].keys() <= set(re.findall(r"\w+", said))


def test_report_page_has_every_key_of_the_report(reader: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = (ROOT / "docs/report.md").read_text()
    for mode in ("debate", "council"):
        assert main.main(["ask", "--demo", "--mode", mode, "--json", "--quiet", "--baseline", "Which?"]) == 0
        report = json.loads(capfd.readouterr().out)["report"]
        assert report.keys() <= set(re.findall(r"`(\w+)`", said))
        assert _keys_of({**report, "names": {}, "numbers": {}, "decisions": []}) <= set(
            re.findall(r"\w+", said)
        )
    for kind in get_args(OutcomeKind):
        assert f"| `{kind}` |" in said


def test_report_page_explains_every_key_with_an_example() -> None:
    said = (ROOT / "docs/report.md").read_text()
    reference = said[said.index("## Every key with an example") :]
    tables = {
        part.partition("`")[0]: set(re.findall(r"^\| `(\w+)` \| `[^|]+` \| [^|]{3,} \|$", part, re.MULTILINE))
        for part in re.split(r"^### `", reference, flags=re.MULTILINE)[1:]
    }
    for name, kind in _objects_of("report", Report).items():
        assert tables.pop(name) == _json_keys_of(kind), name
    assert not tables


def _objects_of(name: str, kind: type) -> dict[str, type]:
    """Return the types in a report by the first key that holds them."""
    found = {name: kind}
    for key, hint in get_type_hints(kind).items():
        for inner in (hint, *get_args(hint)):
            if is_dataclass(inner) and isinstance(inner, type):
                holder = "groups" if inner is ReportedGroup else key
                objects = _objects_of(holder, inner)
                found |= {name: each for name, each in objects.items() if each not in found.values()}
    return found


def _json_keys_of(kind: type) -> set[str]:
    names = (*(each.name for each in fields(kind)), *SHOWN_PROPERTIES.get(kind, ()))
    return {KEYS.get(name, name) for name in names}


def _keys_of(data: object) -> set[str]:
    if isinstance(data, list):
        return set().union(*map(_keys_of, data))
    if isinstance(data, dict):
        own = {key for key in data if key != "wordings"}
        return own.union(*(_keys_of(value) for key, value in data.items() if key != "wordings"))
    return set()


def test_files_page_has_every_field_of_a_persona() -> None:
    said = (ROOT / "docs/files.md").read_text()
    for field in set(Persona.model_fields) - {"schema_ref"}:
        assert f"`{field}`" in said, field


def test_servers_page_has_every_setting() -> None:
    said = (ROOT / "docs/servers.md").read_text()
    from dataclasses import fields

    from roundtable_tui.config import LimitSettings, ServerSettings, Settings

    for group in (ServerSettings, LimitSettings, Settings):
        for field in fields(group):
            if field.name not in ("name", "unknown"):
                assert re.search(rf"\b{field.name}\b", said), field.name


def test_contributing_lists_every_package() -> None:
    said = (ROOT / "CONTRIBUTING.md").read_text()
    tree = said[said.index("```\nroundtable_tui/") : said.index("A package imports only")]
    packages = {path.name for path in (ROOT / "roundtable_tui").iterdir() if path.name[0] not in "_."}
    named = {word.rstrip("/") for word in re.findall(r"[\w./]+", tree)}
    # Installed copies of personas and tasks, and the marker of a typed package, are not packages.
    assert packages - {"py.typed", "personas", "tasks"} <= named


def test_readme_keys_match_the_commands() -> None:
    from roundtable_tui.tui.commands import COMMANDS

    said = (ROOT / "README.md").read_text()
    named = {
        "help": "F1 shows every key",
        "choose_model": "F4 chooses",
        "choose_task": "with F6",
        "pause": "F7 pauses",
        "stop_run": "F8 stops",
        "runs": "F10 has all of them",
        "jump": "`ctrl+g` to go there",
        "zoom": "`z` to zoom it",
        "edit_seat": "`e` to edit its persona",
        "speak_to_seat": "`w` to speak to it",
    }
    keys = {command.id: command.keys.split(",")[0] for command in COMMANDS}
    for command, words in named.items():
        assert words in said.replace("\n", " "), words
        assert keys[command].lower() in words.lower(), command
