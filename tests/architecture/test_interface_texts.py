"""Texts outside the command line name no flag, unless there is another text for programs and the app."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.support.paths import ROOT

PACKAGE = ROOT / "roundtable_tui"
_FLAG = re.compile(r"(^|[\s(`])--[a-z]")
OF_COMMANDS = {
    "knowledge/collections.py": "`roundtable knowledge`",
    "knowledge/locations.py": "the stores of `roundtable knowledge` and of --knowledge",
    "knowledge/stores/postgres.py": "the stores of `roundtable knowledge` and of --knowledge",
    "llm/demo/port.py": "`roundtable demo-server`",
    "utils/texts/text_input.py": "standard input",
    "web/server.py": "`roundtable serve`",
}
"""Modules whose errors only a command can raise."""
COMMANDS_ONLY = ("cli", "batch")
"""Packages that are used by commands only."""


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the string constants below `node`, without docstrings and the arguments of `by_interface`."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "by_interface":
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from texts(child)


def names_flag(text: str) -> bool:
    """Return whether a sentence names a flag; an argument of a program and a whole command do not."""
    return " " in text and _FLAG.search(text) is not None and "roundtable " not in text


def test_texts_outside_the_command_line_name_no_flag() -> None:
    sources = {path.relative_to(PACKAGE): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    found = {
        f"{path}: {text}"
        for path, source in sources.items()
        if path.parts[0] not in COMMANDS_ONLY and str(path) not in OF_COMMANDS
        if re.search("--[a-z]", source)  # Only these are worth parsing.
        for text in texts(ast.parse(source))
        if names_flag(text)
    }
    assert found == set()


def test_names_flag_argument_or_command_is_no_sentence() -> None:
    assert names_flag("Leave out --agents.") and names_flag("--agents should be 1")
    assert not names_flag("--ctx") and not names_flag("To list them: roundtable runs list --deleted.")
    assert all((PACKAGE / name).is_file() for name in OF_COMMANDS)
