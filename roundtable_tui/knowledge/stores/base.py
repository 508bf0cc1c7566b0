"""The interface of stores: named collections of sources, each split into searchable passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from roundtable_tui.knowledge.passages import TextPassage

Vector = Sequence[float]
"""What an embedding model makes of a text: numbers, the same count for every text."""


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """An ingested file."""

    path: str
    """Where it is; its key in the collection."""
    name: str
    """As it is cited: short, with slashes."""
    digest: str
    """Of its bytes and of how they were taken in: the same digest, nothing to do."""
    unit: str = "line"
    passages: int = 0


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The embeddings of a source's passages, in order, with their model and server."""

    model: str
    server: str
    """A server's name, or its base URL; never a key."""
    rows: Sequence[Vector]


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of sources."""

    name: str
    sources: int = 0
    passages: int = 0
    model: str = ""
    """The embedding model of its vectors; "" where it has none."""
    server: str = ""
    vector_size: int = 0
    """Numbers in a vector."""
    problem: str = ""
    """Why it cannot be used: one line for the user. Its name may then be that of its file."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A search result. Scores can be compared within one search only."""

    source: DocumentSource
    passage: TextPassage
    score: float
    word_rank: int = 0
    """Its rank (from 1) by the words; 0: not found by them."""
    vector_rank: int = 0
    """Its rank by the vector."""


class Store(Protocol):
    """A store. Names of collections ignore case; calls block and must not overlap.

    Every method raises RoundtableError with one line where the store cannot do it.
    """

    def collections(self) -> list[Collection]:
        """Return the collections by name, broken ones too (see `Collection.problem`)."""

    def sources(self, name: str) -> list[DocumentSource]:
        """Return the sources of a collection by path; none where there is no such collection."""

    def add(
        self,
        name: str,
        source: DocumentSource,
        pieces: Sequence[TextPassage],
        vectors: PassageVectors | None = None,
    ) -> None:
        """Keep a source in place of the one at the same path, whole or not at all; makes the collection.

        All vectors of a collection are of one model and size: UsageError for others.
        """

    def search(self, name: str, query: str, count: int, vector: Vector | None = None) -> list[SearchHit]:
        """Return the best passages, best first, by words and, if both have them, by vectors."""

    def delete(self, name: str, path: str = "") -> int:
        """Delete one source, or (no path) the whole collection; return the number of deleted sources."""

    def close(self) -> None:
        """Close files and connections."""
