"""`roundtable knowledge`: adds, lists, searches and removes documents."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from roundtable_tui import config
from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import ArgumentParser, complete_with, server_arguments
from roundtable_tui.cli.arguments import add_server_arguments
from roundtable_tui.engine.citations import Passage, passage_to_dict
from roundtable_tui.errors import UsageError
from roundtable_tui.knowledge.collections import collection_key, validate_name
from roundtable_tui.knowledge.embed import connect_embedder, make_embedder
from roundtable_tui.knowledge.ingest import Embedder, IngestResult, ingest_documents
from roundtable_tui.knowledge.locations import DEFAULT_COLLECTION, STORE_VARIABLE, open_store
from roundtable_tui.knowledge.search import PassageSearcher, get_collection, number_passages
from roundtable_tui.knowledge.stores.base import Collection, DocumentSource, Store
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import sanitize, single_line

DEFAULT_PASSAGES = 5

_MAX_SKIPPED_KINDS = 8


def run(argv: Sequence[str]) -> int:
    """Run an action, given the words after `knowledge`. Returns the exit code."""
    parser = build_knowledge_parser()
    if wrong := parser.unknown_flags(argv):
        next((p for name, p in parser.commands().items() if name in argv), parser).reject(wrong)
    args = parser.parse_args(list(argv))
    if args.action is None:
        parser.print_help()
        return 0
    with closing(open_store(args.store, os.environ)) as store:
        action: Callable[[Store, argparse.Namespace], int] = {
            "add": _add, "list": _list, "search": _search, "remove": _remove,
        }[args.action]  # fmt: skip
        return action(store, args)


def build_knowledge_parser() -> ArgumentParser:
    """Build the parser of all actions."""
    out = ArgumentParser(
        prog="roundtable knowledge",
        description="Store documents in collections and search them. To add matching passages to the prompts "
        "of a run: roundtable ask --knowledge NAME.",
    )
    actions = out.add_subparsers(dest="action", metavar="ACTION")
    texts = {
        "add": "add files and folders to a collection: text, Markdown, HTML, DOCX, PDF",
        "list": "list the collections, or the documents of one",
        "search": "print the passages that match a query best",
        "remove": "remove a collection, or some of its documents",
    }
    for name, text in texts.items():
        command = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        _add_action_arguments(name, command)
    return out


def _add_action_arguments(name: str, command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    match name:
        case "add":
            complete_with(add("paths", nargs="+", metavar="PATH", help="a file or folder"), "files")
            text = f"the collection (default: {DEFAULT_COLLECTION})"
            complete_with(add("--into", metavar="NAME", default=DEFAULT_COLLECTION, help=text), "collections")
            text = "embed the passages with this model, to search them by meaning"
            add("--embedding-model", metavar="NAME", default="", help=text)
            text = "name or base URL of the server of that model"
            complete_with(add("--embedding-server", metavar="NAME", default="", help=text), "servers")
            add_server_arguments(command)
        case "list":
            text = "list the documents of this collection"
            complete_with(add("name", nargs="?", default="", metavar="NAME", help=text), "collections")
        case "search":
            add("query", nargs="+", metavar="QUERY", help="the words to search for")
            text = "search only this collection"
            complete_with(add("--in", dest="name", metavar="NAME", default="", help=text), "collections")
            text = f"maximum number of passages (default: {DEFAULT_PASSAGES})"
            add("-n", type=int, default=DEFAULT_PASSAGES, metavar="N", help=text)
        case "remove":
            complete_with(add("name", metavar="NAME", help="the collection"), "collections")
            text = "remove only these documents, as printed by `list NAME`"
            add("documents", nargs="*", metavar="DOCUMENT", help=text)
    text = f"where collections are stored: a folder or postgresql://... (env: {STORE_VARIABLE})"
    complete_with(add("--store", metavar="WHERE", default="", help=text), "directories")
    add("--json", action="store_true", help="print JSON")


def _add(store: Store, args: argparse.Namespace) -> int:
    name = validate_name(args.into)
    paths = [expand_user(path) for path in args.paths]

    def report(document: str, passages: int) -> None:
        if not args.json:
            print(f"{single_line(document, 200)}: {count_of(passages, 'passage')}", flush=True)

    async def add() -> IngestResult:
        async with ServerPool(
            output.load_settings(), config.FlagEnvironment(os.environ, args.base_url)
        ) as pool:
            embedder = await _embedder(store, name, args, pool)
            return await ingest_documents(store, name, paths, embedder, report)

    taken = asyncio.run(add())
    if args.json:
        output.print_json(_result_to_dict(name, taken))
    else:
        print(_format_result(name, taken))
    output.print_warnings(taken.problems)
    return 0 if taken.added or taken.changed or taken.unchanged or not taken.problems else 2


async def _embedder(store: Store, name: str, args: argparse.Namespace, pool: ServerPool) -> Embedder | None:
    """Return what makes the vectors: the model that is named, else the one the collection has."""
    if args.embedding_model:
        if named := args.embedding_server:
            server = await pool.find_server(named)
        else:
            server = await pool.get_server(**server_arguments(args))
        return make_embedder(args.embedding_model, server, pool)
    have = {collection_key(one.name): one for one in await asyncio.to_thread(store.collections)}
    before = have.get(collection_key(name))
    return await connect_embedder(pool, before.server, before.model) if before and before.model else None


def _list(store: Store, args: argparse.Namespace) -> int:
    if args.name:
        collection = get_collection(store, args.name)
        sources = store.sources(collection.name)
        if args.json:
            output.print_json(
                _collection_fields(collection) | {"documents": [_source_fields(one) for one in sources]}
            )
        else:
            print(
                output.format_columns(
                    [(one.name, count_of(one.passages, "passage")) for one in sources], max_width=60
                )
            )
        return 0
    every = store.collections()
    collections = [one for one in every if not one.problem]
    if args.json:
        output.print_json([_collection_fields(one) for one in collections])
    elif not collections:
        print("No collections yet. To create one: roundtable knowledge add PATH")
    else:
        print(output.format_columns([(one.name, _describe_collection(one)) for one in collections]))
    output.print_warnings(one.problem for one in every if one.problem)
    return 0


def _search(store: Store, args: argparse.Namespace) -> int:
    if not 1 <= args.n <= 1000:
        raise UsageError(f"-n should be a whole number from 1 to 1000, not {args.n}")
    lines: list[str] = []
    if args.name:
        names = [get_collection(store, args.name).name]
    else:
        every = store.collections()
        names = [one.name for one in every if not one.problem]
        lines += [one.problem for one in every if one.problem]

    async def search() -> list[Passage]:
        async with ServerPool(output.load_settings(), os.environ) as pool:
            places = [(store, name) for name in names]
            searching = PassageSearcher(partial(connect_embedder, pool), lines.append)
            return number_passages(await searching(places, " ".join(args.query), args.n))

    found = asyncio.run(search())
    if args.json:
        output.print_json([{"place": passage.location, **passage_to_dict(passage)} for passage in found])
    else:
        print("\n\n".join(map(_format_passage, found)) or "Nothing found.")
    output.print_warnings(lines)
    return 0 if found else 1


def _remove(store: Store, args: argparse.Namespace) -> int:
    collection = get_collection(store, args.name)
    paths = [""]
    if args.documents:
        sources = store.sources(collection.name)
        paths = [_find_document(sources, document).path for document in args.documents]
    gone = sum(store.delete(collection.name, path) for path in dict.fromkeys(paths))
    if args.json:
        output.print_json({"name": collection.name, "removed": gone, "whole": not args.documents})
    else:
        whole = "" if args.documents else "; the collection was removed"
        print(f"{single_line(collection.name, 80)}: {count_of(gone, 'document')} removed{whole}")
    return 0


def _find_document(sources: Sequence[DocumentSource], document: str) -> DocumentSource:
    """Return the document with this name or path. Raises UsageError with the closest name."""
    path = str(expand_user(document).absolute())
    for one in sources:
        if document == one.name or one.path in (document, path):
            return one
    hint = config.did_you_mean(document, [one.name for one in sources], "It has")
    raise UsageError(f"there is no document {single_line(document, 80)}", hint=hint)


def _format_passage(passage: Passage) -> str:
    lines = [line for line in sanitize(passage.text).split("\n") if line.strip()]
    where = single_line(passage.label, 300)
    return "\n".join([where, *(f"    {line.rstrip()}" for line in lines)])


def _format_result(name: str, taken: IngestResult) -> str:
    counts = (
        (taken.added, "new"),
        (taken.changed, "changed"),
        (taken.unchanged, "unchanged"),
        (taken.removed, "removed"),
    )
    what = ", ".join(f"{len(documents)} {word}" for documents, word in counts if documents)
    lines = [f"{single_line(name, 80)}: {what or 'nothing'}; {count_of(taken.passages, 'passage')} added"]
    if taken.skipped_suffixes:
        common = taken.skipped_suffixes.most_common(_MAX_SKIPPED_KINDS)
        others = ", ".join(f"{count} {single_line(ending, 20)}" for ending, count in common)
        more = taken.skipped_suffixes.total() - sum(count for _, count in common)
        lines.append(f"skipped: {others}{f' and {more:,} more' if more else ''}")
    if folders := taken.skipped_folders:
        named = ", ".join(single_line(folder, 60) for folder in folders[:_MAX_SKIPPED_KINDS])
        more = len(folders) - _MAX_SKIPPED_KINDS
        what = f"{named}{f' and {more:,} more' if more > 0 else ''}"
        lines.append(f"skipped folders of packages and build output: {what}. Name one to read it.")
    return "\n".join(lines)


def _describe_collection(one: Collection) -> str:
    vectors = f"; embedded with {one.model} ({one.vector_size} dimensions)" if one.model else ""
    return f"{count_of(one.sources, 'document')}, {count_of(one.passages, 'passage')}{vectors}"


def _result_to_dict(name: str, taken: IngestResult) -> dict[str, Any]:
    return {
        "name": name,
        "new": taken.added,
        "changed": taken.changed,
        "same": taken.unchanged,
        "gone": taken.removed,
        "passages": taken.passages,
        "problems": [str(problem) for problem in taken.problems],
        "others": dict(taken.skipped_suffixes),
    }


def _collection_fields(one: Collection) -> dict[str, Any]:
    return {
        "name": one.name, "documents": one.sources, "passages": one.passages,
        "embedding_model": one.model, "embedding_server": one.server, "embedding_size": one.vector_size,
    }  # fmt: skip


def _source_fields(one: DocumentSource) -> dict[str, Any]:
    return {"name": one.name, "path": one.path, "passages": one.passages, "unit": one.unit}
