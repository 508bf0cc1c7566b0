"""`roundtable knowledge`: documents taken in, listed, searched, removed."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from roundtable_tui import config
from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import Parser, asked_for
from roundtable_tui.cli.arguments import source
from roundtable_tui.engine.citations import Passage, as_fields
from roundtable_tui.errors import UsageError
from roundtable_tui.knowledge.collections import checked, key_of
from roundtable_tui.knowledge.ingest import Embedder, Taken, take_in
from roundtable_tui.knowledge.locations import DEFAULT, VARIABLE, open_store
from roundtable_tui.knowledge.search import Searching, known, numbered
from roundtable_tui.knowledge.stores.base import Collection, Source, Store
from roundtable_tui.setup.documents import embedder, reach_server, reaching
from roundtable_tui.setup.request import Wish
from roundtable_tui.setup.server_pool import Backends
from roundtable_tui.utils.text import clean, one_line

FOUND = 5


def run(argv: Sequence[str]) -> int:
    """Do what the words after `knowledge` say; return the exit code."""
    own = parser()
    if wrong := own.unknown_flags(argv):
        next((p for name, p in own.commands().items() if name in argv), own).refuse(wrong)
    args = own.parse_args(list(argv))
    if args.action is None:
        own.print_help()
        return 0
    with closing(open_store(args.store, os.environ)) as store:
        done: Callable[[Store, argparse.Namespace], int] = {
            "add": _add, "list": _list, "search": _search, "remove": _remove,
        }[args.action]  # fmt: skip
        return done(store, args)


def parser() -> Parser:
    """Return the parser of all actions."""
    out = Parser(
        prog="roundtable knowledge",
        description="Keep documents under a name, and put their best passages in front of the seats: "
        "roundtable ask --knowledge NAME.",
    )
    actions = out.add_subparsers(dest="action", metavar="add | list | search | remove")
    texts = {
        "add": "take in files and folders: text, Markdown, HTML, DOCX, PDF",
        "list": "list the collections, or the documents of one",
        "search": "show the best passages for a query",
        "remove": "forget a collection, or some documents of it",
    }
    for name, text in texts.items():
        command = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        add = command.add_argument
        if name == "add":
            add("paths", nargs="+", metavar="PATH", help="a file or a folder")
            add("--into", metavar="NAME", default=DEFAULT, help=f"the collection ({DEFAULT})")
            add(
                "--embedding-model",
                metavar="NAME",
                default="",
                help="give the passages vectors of this model",
            )
            add(
                "--embedding-server",
                metavar="NAME",
                default="",
                help="whose model it is: a name, or a base URL",
            )
            source(command)
        if name == "list":
            add("name", nargs="?", default="", metavar="NAME", help="the documents of this collection")
        if name == "search":
            add("query", nargs="+", metavar="QUERY", help="what to look for")
            add("--in", dest="name", metavar="NAME", default="", help="in this collection only")
            add("-n", type=int, default=FOUND, metavar="N", help=f"how many passages ({FOUND})")
        if name == "remove":
            add("name", metavar="NAME", help="the collection")
            add("documents", nargs="*", metavar="DOCUMENT", help="only these, as `list NAME` has them")
        add("--store", metavar="WHERE", default="", help=f"postgresql://... or a folder (or {VARIABLE})")
        add("--json", action="store_true", help="print JSON")
    return out


def _add(store: Store, args: argparse.Namespace) -> int:
    name = checked(args.into)
    paths = [Path(path).expanduser() for path in args.paths]

    def tell(document: str, passages: int) -> None:
        if not args.json:
            print(f"{one_line(document, 200)}: {_count(passages, 'passage')}", flush=True)

    async def add() -> Taken:
        backends = Backends(config.load(), os.environ)
        try:
            return await take_in(store, name, paths, await _embedder(store, name, args, backends), tell)
        finally:
            await backends.aclose()

    taken = asyncio.run(add())
    if args.json:
        output.json(_taken_fields(name, taken))
    else:
        print(_summary(name, taken))
    output.trouble(taken.problems)
    return 0 if taken.new or taken.changed or taken.same or not taken.problems else 2


async def _embedder(store: Store, name: str, args: argparse.Namespace, backends: Backends) -> Embedder | None:
    """Return what makes the vectors: the model that is named, else the one the collection has."""
    wish = Wish(embedding_model=args.embedding_model, embedding_server=args.embedding_server)
    if args.embedding_model:
        of_flags = asked_for(args)
        server = (
            await reach_server(args.embedding_server, backends)
            if args.embedding_server
            else await backends.server(**of_flags)
        )
        return await embedder(wish, server, backends)
    have = {key_of(one.name): one for one in await asyncio.to_thread(store.collections)}
    before = have.get(key_of(name))
    return await reaching(backends)(before.server, before.model) if before and before.model else None


def _list(store: Store, args: argparse.Namespace) -> int:
    if args.name:
        collection = known(store, args.name)
        sources = store.sources(collection.name)
        if args.json:
            output.json(
                _collection_fields(collection) | {"documents": [_source_fields(one) for one in sources]}
            )
        else:
            print(output.columns([(one.name, _count(one.passages, "passage")) for one in sources], most=60))
        return 0
    every = store.collections()
    collections = [one for one in every if not one.problem]
    if args.json:
        output.json([_collection_fields(one) for one in collections])
    elif not collections:
        print("No knowledge so far. Make some: roundtable knowledge add PATH")
    else:
        print(output.columns([(one.name, _about(one)) for one in collections]))
    output.trouble(one.problem for one in every if one.problem)
    return 0


def _search(store: Store, args: argparse.Namespace) -> int:
    if not 1 <= args.n <= 1000:
        raise UsageError(f"-n should be a whole number from 1 to 1000, not {args.n}")
    lines: list[str] = []
    if args.name:
        names = [known(store, args.name).name]
    else:
        every = store.collections()
        names = [one.name for one in every if not one.problem]
        lines += [one.problem for one in every if one.problem]

    async def search() -> list[Passage]:
        backends = Backends(config.load(), os.environ)
        try:
            places = [(store, name) for name in names]
            searching = Searching(reaching(backends), lines.append)
            return numbered(await searching(places, " ".join(args.query), args.n))
        finally:
            await backends.aclose()

    found = asyncio.run(search())
    if args.json:
        output.json([{"place": passage.place, **as_fields(passage)} for passage in found])
    else:
        print("\n\n".join(map(_page, found)) or "Nothing found.")
    output.trouble(lines)
    return 0 if found else 1


def _remove(store: Store, args: argparse.Namespace) -> int:
    collection = known(store, args.name)
    paths = [""]
    if args.documents:
        sources = store.sources(collection.name)
        paths = [_meant(sources, document).path for document in args.documents]
    gone = sum(store.delete(collection.name, path) for path in dict.fromkeys(paths))
    if args.json:
        output.json({"name": collection.name, "removed": gone, "whole": not args.documents})
    else:
        of = "" if args.documents else ", and with them the collection"
        print(f"{one_line(collection.name, 80)}: {_count(gone, 'document')} removed{of}")
    return 0


def _meant(sources: Sequence[Source], document: str) -> Source:
    """Return the document of this name or path. Raises UsageError with the nearest."""
    path = str(Path(document).expanduser().absolute())
    for one in sources:
        if document == one.name or one.path in (document, path):
            return one
    hint = config.nearest(document, [one.name for one in sources], "It has")
    raise UsageError(f"there is no document {one_line(document, 80)}", hint=hint)


def _page(passage: Passage) -> str:
    lines = [line for line in clean(passage.text).split("\n") if line.strip()]
    where = one_line(passage.label, 300)
    return "\n".join([where, *(f"    {line.rstrip()}" for line in lines)])


def _summary(name: str, taken: Taken) -> str:
    counts = ((taken.new, "new"), (taken.changed, "changed"), (taken.same, "as before"), (taken.gone, "gone"))
    what = ", ".join(f"{len(documents)} {word}" for documents, word in counts if documents)
    lines = [f"{one_line(name, 80)}: {what or 'nothing'}; {_count(taken.passages, 'passage')} taken in"]
    if taken.others:
        others = ", ".join(f"{count} {one_line(ending, 20)}" for ending, count in taken.others.most_common(8))
        lines.append(f"left alone: {others}")
    return "\n".join(lines)


def _about(one: Collection) -> str:
    vectors = f"; vectors of {one.model} ({one.size})" if one.model else ""
    return f"{_count(one.sources, 'document')}, {_count(one.passages, 'passage')}{vectors}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _taken_fields(name: str, taken: Taken) -> dict[str, Any]:
    return {
        "name": name, "new": taken.new, "changed": taken.changed, "same": taken.same, "gone": taken.gone,
        "passages": taken.passages, "problems": [str(problem) for problem in taken.problems],
        "others": dict(taken.others),
    }  # fmt: skip


def _collection_fields(one: Collection) -> dict[str, Any]:
    return {
        "name": one.name, "documents": one.sources, "passages": one.passages,
        "embedding_model": one.model, "embedding_server": one.server, "embedding_size": one.size,
    }  # fmt: skip


def _source_fields(one: Source) -> dict[str, Any]:
    return {"name": one.name, "path": one.path, "passages": one.passages, "unit": one.unit}
