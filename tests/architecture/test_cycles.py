"""Modules of the package do not import each other in circles, lazy and typing imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import roundtable_tui

PACKAGE = Path(roundtable_tui.__file__).parent


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a module or statement: imports are in no expression."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, block, ()):
            yield inner
            yield from statements(inner)


def imported_names(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of every import statement; the name is "" for a whole module."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            yield from ((node.module, alias.name) for alias in node.names)


def build_import_graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the modules that each module imports; `sources` are the texts of all modules by name."""
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        found = set()
        for target, name in imported_names(ast.parse(source)):
            submodule = f"{target}.{name}"
            found.add(submodule if submodule in sources else target)
        graph[module] = {target for target in found if target in sources} - {module}
    return graph


def find_cycles(graph: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """Return the strongly connected components of more than one module (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    cycles: list[frozenset[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in sorted(graph[module]):
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            start = stack.index(module)
            if len(stack) - start > 1:
                cycles.append(frozenset(stack[start:]))
            del stack[start:]

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return cycles


def package_sources() -> dict[str, str]:
    return {module_name(path): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def test_find_cycles_with_a_typing_import_reports_the_cycle() -> None:
    sources = {
        "p.a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import B",
        "p.b": "def load():\n    from p import c",
        "p.c": "import p.a",
        "p.d": "import p.a",
    }
    assert find_cycles(build_import_graph(sources)) == [frozenset(("p.a", "p.b", "p.c"))]


def test_package_imports_have_no_cycles() -> None:
    cycles = find_cycles(build_import_graph(package_sources()))
    assert [sorted(cycle) for cycle in cycles] == []
