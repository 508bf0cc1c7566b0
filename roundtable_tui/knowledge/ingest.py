"""Ingest documents: read them, split them into passages, embed and store these.

Unchanged documents are skipped. Unreadable ones are reported, and the others are still read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.collect import Document, FileCollector
from roundtable_tui.knowledge.formats import MAX_FILE_BYTES
from roundtable_tui.knowledge.formats.reader import DocumentReader
from roundtable_tui.knowledge.passages import TextPassage, split_passages
from roundtable_tui.knowledge.stores.base import DocumentSource, PassageVectors, Store, Vector
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

FORMAT_VERSION = 1
"""Increase it when documents are read or split differently: all are then ingested again."""
_MAX_PROBLEMS = 5
"""Problems that a summary names."""


class Embedder(Protocol):
    """Makes vectors of texts."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def server(self) -> str:
        """The name or base URL stored with the vectors; never a key."""

    def __call__(self, texts: Sequence[str]) -> Awaitable[list[Vector]]:
        """Return a vector for each text. Raises RoundtableError."""


@dataclass(slots=True)
class IngestResult:
    """The names of the ingested documents, and the problems."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    """Taken in once, and no longer in their folder."""
    passages: int = 0
    """Of the new and the changed ones."""
    problems: list[FileError] = field(default_factory=list)
    skipped_folders: list[str] = field(default_factory=list)
    """Folders of packages and build output."""
    skipped_suffixes: Counter[str] = field(default_factory=Counter)
    """Endings of files in folders that were left alone, and how many of each."""


async def ingest_documents(
    store: Store,
    name: str,
    paths: Iterable[Path],
    embedder: Embedder | None = None,
    on_progress: Callable[[str, int], None] = lambda document, passages: None,
) -> IngestResult:
    """Ingest the documents at `paths` (files, folders) into the collection `name`.

    `tell` is called with the name of each document that is new or has changed, and its count of passages.
    Raises RoundtableError if the store or the embeddings fail; earlier documents stay.
    """
    taken, walk = IngestResult(), FileCollector()
    reader = DocumentReader()
    try:
        known = {source.path: source for source in await asyncio.to_thread(store.sources, name)}
        documents = await asyncio.to_thread(list, walk(paths))
        for document in documents:
            before = known.get(str(document.path))
            try:
                source, pieces = await asyncio.to_thread(_read_passages, reader, document, before, embedder)
            except FileError as error:
                taken.problems.append(error)
                continue
            if pieces is None:
                taken.unchanged.append(document.name)
                continue
            if not pieces:
                taken.problems.append(FileError("holds no text", where=files.format_location(document.path)))
                if before is not None:
                    await asyncio.to_thread(store.delete, name, before.path)
                continue
            vectors = None
            if embedder is not None:
                rows = await embedder([f"{piece.heading}\n{piece.text}".lstrip() for piece in pieces])
                vectors = PassageVectors(embedder.model, embedder.server, rows)
            await asyncio.to_thread(store.add, name, source, pieces, vectors)
            (taken.changed if before else taken.added).append(document.name)
            taken.passages += len(pieces)
            on_progress(document.name, len(pieces))
        for source in known.values():
            path = Path(source.path)
            if any(path.is_relative_to(folder) for folder in walk.folders) and not files.path_exists(path):
                await asyncio.to_thread(store.delete, name, source.path)
                taken.removed.append(source.name)
    finally:
        await asyncio.to_thread(reader.close)
    taken.problems[:0] = walk.problems
    taken.skipped_suffixes = walk.skipped_suffixes
    taken.skipped_folders = walk.skipped_folders
    return taken


def _read_passages(
    reader: DocumentReader, document: Document, before: DocumentSource | None, embed: Embedder | None
) -> tuple[DocumentSource, list[TextPassage] | None]:
    """Return a document as a source with its passages; None if it has not changed."""
    data = files.read_bytes(document.path, MAX_FILE_BYTES)
    digest = f"{sha256(data).hexdigest()[:32]}/{FORMAT_VERSION}/{embed.model if embed else ''}"
    source = DocumentSource(str(document.path), document.name, digest)
    # Without a model at hand the vectors that are there stay.
    if before is not None and (
        before.digest == digest or (not embed and _is_same_text(before.digest, digest))
    ):
        return before, None
    text = reader.read(document.path, document.kind, data)
    pieces = list(split_passages(text))
    return DocumentSource(source.path, source.name, digest, text.unit), pieces


def _is_same_text(one: str, other: str) -> bool:
    return one.split("/")[:2] == other.split("/")[:2]


def ingest_summary(taken: IngestResult, name: str) -> list[str]:
    """Return lines about new, changed and removed documents and problems; none if nothing changed."""
    counts = ((taken.added, "new"), (taken.changed, "changed"), (taken.removed, "gone"))
    news = ", ".join(f"{len(what)} {word}" for what, word in counts if what)
    lines = [f"documents of {single_line(name, 60)}: {news}; {taken.passages:,} passages"] if news else []
    lines += [str(problem) for problem in taken.problems[:_MAX_PROBLEMS]]
    more = len(taken.problems) - _MAX_PROBLEMS
    return [*lines, f"and {more} more problems"] if more > 0 else lines
