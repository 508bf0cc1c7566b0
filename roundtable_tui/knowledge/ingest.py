"""Documents are taken in: read, cut into passages, given their vectors, kept.

What has not changed since is left as it is; what cannot be read is named, and the rest goes on.
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
from roundtable_tui.knowledge.collect import Document, Walk
from roundtable_tui.knowledge.formats import LIMIT
from roundtable_tui.knowledge.formats.reader import Reader
from roundtable_tui.knowledge.passages import Piece, passages
from roundtable_tui.knowledge.stores.base import Source, Store, Vector, Vectors
from roundtable_tui.utils import files

FORM = 1
"""Raised when documents are read or cut otherwise than before: then all are taken in anew."""


class Embedder(Protocol):
    """Makes vectors of texts."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def server(self) -> str:
        """The name it is remembered and reached by again; never a key."""

    def __call__(self, texts: Sequence[str]) -> Awaitable[list[Vector]]:
        """Return a vector for each text. Raises RoundtableError."""


@dataclass(slots=True)
class Taken:
    """What became of the documents: their names, and what was refused."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Taken in once, and no longer in their folder."""
    passages: int = 0
    """Of the new and the changed ones."""
    problems: list[FileError] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    """Endings of files in folders that were left alone, and how many of each."""


async def take_in(
    store: Store,
    name: str,
    paths: Iterable[Path],
    embed: Embedder | None = None,
    tell: Callable[[str, int], None] = lambda document, passages: None,
) -> Taken:
    """Take the documents at `paths` (files, folders) into the collection `name`; return what became of them.

    `tell` is called with the name of each document that is new or has changed, and its count of passages.
    Raises RoundtableError where the store or the embeddings fail: what was taken in before stays.
    """
    taken, walk = Taken(), Walk()
    reader = Reader()
    try:
        known = {source.path: source for source in await asyncio.to_thread(store.sources, name)}
        documents = await asyncio.to_thread(list, walk(paths))
        for document in documents:
            before = known.get(str(document.path))
            try:
                source, pieces = await asyncio.to_thread(_read, reader, document, before, embed)
            except FileError as error:
                taken.problems.append(error)
                continue
            if pieces is None:
                taken.same.append(document.name)
                continue
            if not pieces:
                taken.problems.append(FileError("holds no text", where=files.place(document.path)))
                if before is not None:
                    await asyncio.to_thread(store.delete, name, before.path)
                continue
            vectors = None
            if embed is not None:
                rows = await embed([f"{piece.heading}\n{piece.text}".lstrip() for piece in pieces])
                vectors = Vectors(embed.model, embed.server, rows)
            await asyncio.to_thread(store.add, name, source, pieces, vectors)
            (taken.changed if before else taken.new).append(document.name)
            taken.passages += len(pieces)
            tell(document.name, len(pieces))
        for source in known.values():
            path = Path(source.path)
            if any(path.is_relative_to(folder) for folder in walk.folders) and not files.is_there(path):
                await asyncio.to_thread(store.delete, name, source.path)
                taken.gone.append(source.name)
    finally:
        await asyncio.to_thread(reader.close)
    taken.problems[:0] = walk.problems
    taken.others = walk.others
    return taken


def _read(
    reader: Reader, document: Document, before: Source | None, embed: Embedder | None
) -> tuple[Source, list[Piece] | None]:
    """Return a document as a source with its passages; None where nothing has changed."""
    data = files.read_bytes(document.path, LIMIT)
    digest = f"{sha256(data).hexdigest()[:32]}/{FORM}/{embed.model if embed else ''}"
    source = Source(str(document.path), document.name, digest)
    # Without a model at hand the vectors that are there stay.
    if before is not None and (before.digest == digest or (not embed and _same_text(before.digest, digest))):
        return before, None
    text = reader.read(document.path, document.kind, data)
    pieces = list(passages(text))
    return Source(source.path, source.name, digest, text.unit), pieces


def _same_text(one: str, other: str) -> bool:
    return one.split("/")[:2] == other.split("/")[:2]
