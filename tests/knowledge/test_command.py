"""`roundtable knowledge`, and what `ask` says about documents."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from roundtable_tui.cli import main
from roundtable_tui.setup.request import RunRequest
from tests.support import documents
from tests.support.paths import ROOT

LEAVE = "# Leave\n\nThirty days.\n\n## Parental\n\nParental leave lasts fourteen weeks and is fully paid.\n"


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `roundtable knowledge WORDS` in this process, in a folder with documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "0")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("ROUNDTABLE_STORE", raising=False)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text(LEAVE)
    (tmp_path / "docs" / "travel.txt").write_text("Trains come before planes.\n")

    def do(*words: str, of: str = "knowledge") -> Said:
        capsys.readouterr()
        try:
            code = main.main([of, *words])
        except SystemExit as leaving:  # --help
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    yield do


def test_knowledge_adds_lists_searches_and_removes_documents(run: Run) -> None:
    assert run("list").out == "No collections yet. To create one: roundtable knowledge add PATH\n"
    added = run("add", "docs", "--into", "Office")
    assert (added.code, added.err) == (0, "")
    assert added.out == (
        "docs/leave.md: 1 passage\ndocs/travel.txt: 1 passage\nOffice: 2 new; 2 passages added\n"
    )
    assert run("add", "docs", "--into", "office").out == "office: 2 unchanged; 0 passages added\n"
    assert run("list").out == "Office  2 documents, 2 passages\n"
    assert run("list", "OFFICE").out == "docs/leave.md    1 passage\ndocs/travel.txt  1 passage\n"
    found = run("search", "how", "long", "is", "parental leave", "--in", "office")
    assert found.code == 0
    assert found.out.startswith("[1] docs/leave.md, lines 1-7 (Leave)\n    # Leave\n    Thirty days.\n")
    assert run("remove", "office", "docs/leave.md").out == "Office: 1 document removed\n"
    assert run("search", "parental").code == 1
    assert run("remove", "office").out == "Office: 1 document removed; the collection was removed\n"
    assert run("list", "--json").out == "[]\n"


def test_knowledge_add_without_name_uses_the_default_collection(run: Run) -> None:
    run("add", "docs/leave.md")
    assert run("list").out == "documents  1 document, 1 passage\n"
    assert "[1] leave.md, lines 1-7" in run("search", "leave").out


def test_knowledge_add_rejected_files_are_reported_and_others_added(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs" / "bomb.docx").write_bytes(documents.make_zip_bomb(70))
    (tmp_path / "docs" / "photo.png").write_bytes(b"x")
    (tmp_path / "docs" / "around").symlink_to("around")
    added = run("add", "docs", "gone.txt")
    assert added.code == 0
    assert added.out.endswith("documents: 2 new; 2 passages added\nskipped: 1 .png\n")
    assert added.err.splitlines() == [
        "! docs/around: is a link that leads nowhere, or back to itself",
        "! gone.txt: is not there",
        "! docs/bomb.docx: unpacks to more than 64 MB",
    ]
    alone = run("add", "gone.txt", "--into", "x")
    assert (alone.code, alone.err) == (2, "! gone.txt: is not there\n")
    assert "x" not in run("list").out.split()


def test_knowledge_json_has_all_fields(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs" / "bad.txt").write_bytes(b"\0")
    added = json.loads(run("add", "docs", "--into", "office", "--json").out)
    assert (added["new"], added["passages"]) == (["docs/leave.md", "docs/travel.txt"], 2)
    assert "NUL" in added["problems"][0]
    (listed,) = json.loads(run("list", "--json").out)
    assert (listed["name"], listed["documents"], listed["passages"]) == ("office", 2, 2)
    one = json.loads(run("list", "office", "--json").out)
    assert one["documents"][0] == {
        "name": "docs/leave.md", "path": str((tmp_path / "docs" / "leave.md").resolve()),
        "passages": 1, "unit": "line",
    }  # fmt: skip
    (found,) = json.loads(run("search", "parental", "--json").out)
    assert (found["place"], found["number"], found["collection"]) == ("lines 1-7", 1, "office")
    assert json.loads(run("remove", "office", "--json").out) == {
        "name": "office",
        "removed": 2,
        "whole": True,
    }


def test_knowledge_add_with_embedding_model_stores_its_server(run: Run) -> None:
    added = run("add", "docs", "--into", "office", "--embedding-model", "demo-large", "--demo")
    assert added.code == 0
    assert run("list").out == "office  2 documents, 2 passages; embedded with demo-large (256 dimensions)\n"
    both = run("search", "fourteen weeks", "--in", "office").out
    assert "[2] docs/travel.txt" in both
    # Added later, without a flag: the collection knows its model.
    Path("docs/new.md").write_text("Coffee is free for everybody.")
    assert run("add", "docs", "--into", "office").out.endswith("1 new, 2 unchanged; 1 passage added\n")
    other = run(
        "add", "docs", "--into", "office", "--embedding-model", "demo-small", "--embedding-server", "demo"
    )
    assert other.code == 2 and "has vectors of demo-large" in other.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("search", "x", "--in", "ofice"), "there is no knowledge ofice. Did you mean office?"),
        (("list", "zzz"), "there is no knowledge zzz. There is: office."),
        (
            ("remove", "office", "docs/leaf.md"),
            "there is no document docs/leaf.md. Did you mean docs/leave.md?",
        ),
        (("search", "x", "-n", "0"), "-n should be a whole number from 1 to 1000, not 0"),
        (("add", "docs", "--into", " "), "a collection has to have a name"),
        (("add", "docs", "--into", "x" * 81), "a name has at most 80 characters, not 81"),
        (("add", "docs", "--inot", "x"), "unknown flag: --inot. Did you mean --into?"),
        (("ad", "docs"), "unknown command: ad. Did you mean add?"),
        (("list", "--store", "mysql://ada:pw@x/y"), "--store mysql://: there is no such kind of store."),
        (("add", "docs", "--embedding-model", "m"), "there is no server to ask"),
        (("add", "docs", "--embedding-model", "m", "--demo", "--local"), "more than one server is asked for"),
    ],
)
def test_knowledge_wrong_usage_prints_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], line: str
) -> None:
    async def nobody(*_: object, **__: object) -> list[object]:
        return []

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", nobody)
    run("add", "docs", "--into", "office")
    said = run(*words)
    assert said.code == 2
    assert said.err.count("\n") == 1 and line in said.err
    assert "pw" not in said.err


def test_knowledge_help_lists_all_actions(run: Run) -> None:
    for words in ((), ("--help",), ("add", "--help"), ("search", "--help"), ("remove", "--help")):
        said = run(*words)
        assert said.code == 0 and "usage: roundtable knowledge" in said.out


def test_knowledge_hostile_text_is_sanitized(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "docs" / "evil\x1b[31m\n.md"
    path.write_text("\x1b]0;title\x07 evil \u202eword\u202c \x9b31m\n")
    for said in (
        run("add", "docs", "--into", "e\x1b[2J"),
        run("list"),
        run("list", "e\x1b[2J"),
        run("search", "evil"),
    ):
        assert said.code == 0
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out + said.err)


def test_knowledge_store_is_set_by_flag_or_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "docs", "--into", "office", "--store", "there")
    assert run("list").out.startswith("No collections")
    assert "office" in run("list", "--store", "there").out
    monkeypatch.setenv("ROUNDTABLE_STORE", "there")
    assert "office" in run("list").out
    said = run("--demo", "--mode", "single", "--knowledge", "office", "Leave?", of="ask")
    assert said.code == 0 and "[1] docs/leave.md, lines 1-7 (Leave)" in said.err


def test_knowledge_broken_collection_is_reported_and_others_work(run: Run, roundtable_home: Path) -> None:
    run("add", "docs", "--into", "office")
    (roundtable_home / "knowledge" / "home.db").write_bytes(b"nonsense" * 1000)
    listed = run("list")
    assert listed.out == "office  2 documents, 2 passages\n"
    assert listed.err.startswith("! ") and "home.db: cannot be used: file is not a database" in listed.err
    assert "[1] docs/leave.md" in run("search", "parental").out
    for words in (("list", "home"), ("remove", "HOME"), ("search", "x", "--in", "home")):
        assert (run(*words).code, "home.db: cannot be used" in run(*words).err) == (2, True)
    said = run("--demo", "--mode", "single", "--knowledge", "office", "Parental leave?", of="ask")
    assert said.code == 0


def test_ask_with_knowledge_reports_passages_or_none(run: Run) -> None:
    run("add", "docs", "--into", "office")
    words = ("--demo", "--mode", "single", "--knowledge", "office")
    assert "  [1] docs/leave.md, lines 1-7 (Leave)\n" in run(*words, "Parental leave?", of="ask").err
    assert "no passage in office matches this question" in run(*words, "zzz?", of="ask").err


def test_app_accepts_the_knowledge_flags(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from roundtable_tui.cli import app

    seen = []

    class App:
        return_code = 0

        def __init__(self, wish: RunRequest, *_: object, **__: object) -> None:
            seen.append(wish)

        def run(self, **_: object) -> None:
            return

    monkeypatch.setattr(app, "RoundtableApp", App)
    monkeypatch.setattr(app, "has_terminal", lambda: True)
    flags = ("--demo", "--knowledge", "a", "--knowledge", "b", "--passages", "3", "--store", "x")
    assert main.main([*flags, "--embedding-model", "m", "--embedding-server", "s"]) == 0
    (wish,) = seen
    assert (wish.knowledge, wish.passages, wish.store) == (("a", "b"), 3, "x")
    assert (wish.embedding_model, wish.embedding_server) == ("m", "s")


def test_knowledge_commands_of_the_page_work_on_postgres(run: Run, database: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "knowledge.md").read_text()
    (block,) = re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "docs").rename("handbook")
    said = []
    for command in block.strip().split("\n"):
        words = shlex.split(command.replace("postgresql://ada@localhost/books", database))
        assert words.pop(0) == "roundtable"
        demo = ["--demo", "--mode", "single"] if words[0] == "ask" else []
        said.append(run(*words[1:], *demo, of=words[0]))
    assert [one.code for one in said] == [0, 0, 0, 0], [one.err for one in said]
    assert "[1] handbook/leave.md" in said[1].err
    assert said[2].out == "office  2 documents, 2 passages\n"
    assert said[3].out == "office: 2 documents removed; the collection was removed\n"


def test_knowledge_add_counts_all_skipped_files(run: Run, tmp_path: Path) -> None:
    for number in range(10):
        for name in ("a", "b"):
            (tmp_path / "docs" / f"{name}.x{number}").write_text("x")
    (tmp_path / "docs" / "node_modules").mkdir()
    out = run("add", "docs", "--into", "office").out
    assert re.search(r"^skipped: (2 \.x\d, ){7}2 \.x\d and 4 more$", out, re.MULTILINE)
    assert "skipped folders of packages and build output: docs/node_modules." in out
