"""Documents taken in: what is new, what has changed, what is refused, and that the rest goes on."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.knowledge import collect, ingest
from roundtable_tui.knowledge.ingest import IngestResult, ingest_documents
from roundtable_tui.knowledge.stores.base import Vector
from roundtable_tui.knowledge.stores.sqlite import SqliteStore
from tests.support import documents

pytestmark = pytest.mark.anyio


class Embedder:
    """Makes vectors without a server: of what the texts begin with."""

    server = "here"

    def __init__(self, model: str = "mini") -> None:
        self.model = model
        self.asked: list[str] = []
        self.fault: RoundtableError | None = None

    async def __call__(self, texts: Sequence[str]) -> list[Vector]:
        if self.fault:
            raise self.fault
        self.asked += texts
        return [[float(ord(text[0])), 1.0] for text in texts]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store")


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "leave.md").write_text("# Leave\n\nFourteen weeks.\n")
    (folder / "deep" / "travel.txt").write_text("Trains come before planes.\n")
    (folder / "page.html").write_text("<p>Coffee is free.")
    (folder / "word.docx").write_bytes(documents.make_docx(documents.docx_paragraph("The lift is slow.")))
    (folder / "scan.pdf").write_bytes(documents.make_pdf(["The roof leaks."]))
    monkeypatch.chdir(tmp_path)
    return folder


def said(taken: IngestResult) -> list[str]:
    return [str(problem) for problem in taken.problems]


async def test_ingest_all_kinds_again_changes_nothing(store: SqliteStore, docs: Path) -> None:
    told: list[tuple[str, int]] = []
    first = await ingest_documents(
        store, "office", [docs], on_progress=lambda name, count: told.append((name, count))
    )
    names = ["docs/deep/travel.txt", "docs/leave.md", "docs/page.html", "docs/scan.pdf", "docs/word.docx"]
    assert first.added == names and first.passages == 5 and not first.problems
    assert told == [(name, 1) for name in names]
    before = store.sources("office")
    second = await ingest_documents(store, "office", [docs, docs / "leave.md", docs / "deep"])
    assert (second.added, second.changed, second.unchanged, second.passages) == ([], [], names, 0)
    assert store.sources("office") == before
    (hit,) = store.search("office", "roof", 5)
    assert (hit.source.name, hit.source.unit, hit.passage.first) == ("docs/scan.pdf", "page", 1)
    (hit,) = store.search("office", "lift", 5)
    assert (hit.source.unit, hit.passage.first) == ("paragraph", 1)


async def test_ingest_changed_document_replaces_its_passages(store: SqliteStore, docs: Path) -> None:
    await ingest_documents(store, "office", [docs])
    (docs / "leave.md").write_text("# Leave\n\nSixteen weeks.\n")
    taken = await ingest_documents(store, "office", [docs])
    assert (taken.changed, len(taken.unchanged)) == (["docs/leave.md"], 4)
    assert store.search("office", "fourteen", 5) == []
    assert len(store.search("office", "sixteen", 5)) == 1


async def test_ingest_removed_file_deletes_only_its_passages(store: SqliteStore, docs: Path) -> None:
    other = docs.parent / "other.txt"
    other.write_text("Elsewhere.")
    await ingest_documents(store, "office", [docs, other])
    (docs / "leave.md").unlink()
    other.unlink()
    taken = await ingest_documents(store, "office", [docs])
    assert taken.removed == ["docs/leave.md"]
    assert "other.txt" in [source.name for source in store.sources("office")]


async def test_ingest_emptied_document_is_deleted_and_reported(store: SqliteStore, docs: Path) -> None:
    await ingest_documents(store, "office", [docs])
    (docs / "leave.md").write_text(" \n")
    taken = await ingest_documents(store, "office", [docs])
    assert said(taken) == ["docs/leave.md: holds no text"]
    assert store.search("office", "fourteen", 5) == []
    assert said(await ingest_documents(store, "office", [docs])) == ["docs/leave.md: holds no text"]


async def test_ingest_unreadable_file_is_reported_and_others_added(store: SqliteStore, docs: Path) -> None:
    (docs / "bad.txt").write_bytes(b"a\0b")
    (docs / "latin.txt").write_bytes(b"caf\xe9")
    (docs / "bomb.docx").write_bytes(documents.make_zip_bomb(70))
    (docs / "broken.pdf").write_bytes(b"%PDF nonsense")
    (docs / "photo.png").write_bytes(b"\x89PNG")
    (docs / "Makefile").write_text("all:")
    (docs / ".hidden.txt").write_text("secret")
    (docs / ".git").mkdir()
    (docs / ".git" / "config.txt").write_text("secret")
    with (docs / "huge.txt").open("wb") as file:
        file.truncate(1_000_000_000)
    os.mkfifo(docs / "pipe.txt")
    (docs / "around").symlink_to("around")
    (docs / "up").symlink_to("..")
    (docs / "out.txt").symlink_to("/etc/passwd")
    (docs / "again.md").symlink_to("leave.md")
    taken = await ingest_documents(store, "office", [docs, Path("nowhere.txt"), Path("/dev/zero")])
    assert said(taken) == [
        "docs/around: is a link that leads nowhere, or back to itself",
        "docs/out.txt: is a link that leads out of the folder",
        "docs/up: is a link that leads out of the folder",
        "nowhere.txt: is not there",
        "docs/bad.txt, line 1: is not a text file (a NUL byte). Save it as UTF-8 text.",
        "docs/bomb.docx: unpacks to more than 64 MB",
        said(taken)[6],
        "docs/huge.txt: is too large (1,000.0 MB). At most 64 MB is read.",
        "docs/latin.txt, line 1: is not UTF-8: byte 4 is 0xe9. Save it as UTF-8.",
        "docs/pipe.txt: is a device or a pipe, not a file",
        "/dev/zero: is a device or a pipe, not a file",
    ]
    assert said(taken)[6].startswith("docs/broken.pdf: is not a PDF that can be read")
    assert dict(taken.skipped_suffixes) == {".png": 1, "no ending": 1}
    assert sorted(taken.added) == [
        "docs/again.md", "docs/deep/travel.txt", "docs/page.html", "docs/scan.pdf", "docs/word.docx",
    ]  # fmt: skip
    assert store.search("office", "secret", 5) == []


async def test_ingest_link_loop_is_followed_once(store: SqliteStore, docs: Path) -> None:
    (docs / "deep" / "back").symlink_to("..")
    (docs / "deep" / "self").symlink_to(".")
    taken = await ingest_documents(store, "office", [docs])
    assert len(taken.added) == 5 and not taken.problems


async def test_ingest_named_file_with_unknown_ending_is_read_as_text(store: SqliteStore, docs: Path) -> None:
    (docs / "Makefile").write_text("all: build\n")
    (docs / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    (docs / "link.md").symlink_to("leave.md")
    taken = await ingest_documents(store, "office", [docs / "Makefile", docs / "photo.png", docs / "link.md"])
    assert taken.added == ["Makefile", "leave.md"]
    assert "docs/photo.png" in said(taken)[0]


async def test_collect_endless_folders_stop_at_the_limit(
    store: SqliteStore, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MAX_FILES", 3)
    monkeypatch.setattr(collect, "MAX_DEPTH", 0)
    assert said(await ingest_documents(store, "a", [docs])) == [
        "docs/deep: lies more than 0 folders deep",
        "docs: holds more than 3 files. The others are left out.",
    ]


async def test_ingest_file_name_not_utf8_is_rejected(store: SqliteStore, docs: Path) -> None:
    (docs / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (line,) = said(await ingest_documents(store, "office", [docs]))
    assert line.endswith("has a name that is not UTF-8. Rename it.")


async def test_ingest_socket_is_rejected_without_opening(
    store: SqliteStore, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(docs)
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind("plug.txt")
        taken = await ingest_documents(store, "office", [docs])
    assert said(taken) == ["plug.txt: is a device or a pipe, not a file"]


async def test_ingest_embeds_passages_with_headings(store: SqliteStore, docs: Path) -> None:
    embed = Embedder()
    await ingest_documents(store, "office", [docs / "leave.md"], embed)
    assert embed.asked == ["Leave\n# Leave\n\nFourteen weeks."]
    (collection,) = store.collections()
    assert (collection.model, collection.server, collection.vector_size) == ("mini", "here", 2)
    assert store.search("office", "", 5, [1.0, 0.0])[0].vector_rank == 1
    await ingest_documents(store, "office", [docs / "leave.md"], embed)
    assert len(embed.asked) == 1


async def test_ingest_with_model_adds_missing_vectors_and_without_keeps_them(
    store: SqliteStore, docs: Path
) -> None:
    await ingest_documents(store, "office", [docs])
    assert len((await ingest_documents(store, "office", [docs], Embedder())).changed) == 5
    taken = await ingest_documents(store, "office", [docs])
    assert len(taken.unchanged) == 5
    assert store.search("office", "", 5, [1.0, 0.0])


async def test_ingest_server_error_keeps_documents_added_before(store: SqliteStore, docs: Path) -> None:
    embed = Embedder()

    def break_down(name: str, passages: int) -> None:
        embed.fault = RoundtableError("mini at here: gone")

    with pytest.raises(RoundtableError, match="mini at here: gone"):
        await ingest_documents(store, "office", [docs], embed, break_down)
    assert [source.name for source in store.sources("office")] == ["docs/deep/travel.txt"]
    embed.fault = None
    taken = await ingest_documents(store, "office", [docs], embed)
    assert (len(taken.added), len(taken.unchanged)) == (4, 1)


async def test_ingest_other_split_version_ingests_again(
    store: SqliteStore, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ingest_documents(store, "office", [docs])
    monkeypatch.setattr(ingest, "FORMAT_VERSION", ingest.FORMAT_VERSION + 1)
    assert len((await ingest_documents(store, "office", [docs])).changed) == 5


async def test_ingest_folder_leaves_out_packages_and_build_output(store: SqliteStore, tmp_path: Path) -> None:
    for name in ("node_modules/x", "__pycache__", "build", "docs/build", "venv-of-mine"):
        (tmp_path / "app" / name).mkdir(parents=True)
        (tmp_path / "app" / name / "a.md").write_text("words")
    (tmp_path / "app" / "venv-of-mine" / "pyvenv.cfg").write_text("home = /usr")
    (tmp_path / "app" / "package.json").write_text("{}")
    taken = await ingest_documents(store, "office", [tmp_path / "app"])
    assert taken.added == ["app/docs/build/a.md", "app/package.json"]
    assert taken.skipped_folders == ["app/__pycache__", "app/build", "app/node_modules", "app/venv-of-mine"]
    named = await ingest_documents(store, "office", [tmp_path / "app" / "build"])
    assert named.added == ["build/a.md"]


@pytest.mark.parametrize(
    ("folder", "mark"),
    [
        ("venv", "requirements.txt"),
        ("_build", "conf.py"),
        ("obj", "CMakeLists.txt"),
        ("build", "build.gradle.kts"),
    ],
)
async def test_ingest_folder_leaves_out_build_output_beside_the_file_of_any_project(
    store: SqliteStore, tmp_path: Path, folder: str, mark: str
) -> None:
    for name in (folder, "mine.egg-info", f"notes/{folder}"):
        (tmp_path / "app" / name).mkdir(parents=True)
        (tmp_path / "app" / name / "a.md").write_text("words")
    (tmp_path / "app" / mark).write_text("x")
    taken = await ingest_documents(store, "office", [tmp_path / "app"])
    assert set(taken.skipped_folders) == {f"app/{folder}", "app/mine.egg-info"}
    assert f"app/notes/{folder}/a.md" in taken.added
