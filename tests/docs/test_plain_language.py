"""Texts of the package and the documents use plain standard English: certain phrases do not occur."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.markdown_docs import DOCUMENTS
from tests.support.paths import ROOT

PACKAGE = ROOT / "roundtable_tui"
PHRASES = {
    r"(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|later\b)[a-z]+": "is not a ...",
    r"\bnobody\b|\bwhoever\b|\bsomebody\b": "name the subject",
    r"\b(?:go|goes|going|went|gone) on(?: with)?\b": "continue, resume",
    r"\banew\b": "again",
    r"\bso many\b": "the number",
    r"\bby now\b|\bas things stand\b": "leave out",
    r"\bof (?:ours|yours|its own accord)\b": "our, your, its",
    r"\bthe person\b|\ba person\b": "the user",
    r"\bin words\b": "formatted, described",
    r"\b(?:comes?|came|coming) along\b": "bundled, built-in",
    r"\b(?:is|are|was|were|be|been) told\b(?! apart)|\btells? (?:the|a|what|whether|how|about)\b": (
        "report, print, return whether"
    ),
    r"\bthe house\b|\bthis room\b|\bthe room\b|\bfloors? below\b|\boutsiders?\b": (
        "package, layer, third-party"
    ),
}
FORBIDDEN = re.compile("|".join(PHRASES), re.IGNORECASE)
# What models read, and made-up text, are not the product's own prose.
PROMPTS = (
    "modes",
    "llm/demo",
    "setup/stages.py",
    "engine/quoting.py",
    "engine/decisions",
    "engine/board.py",
    "engine/calls/turn_runner.py",
)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of docstrings, other strings and comments of a module."""
    source = path.read_text(encoding="utf-8")
    is_prompts = any(str(path.relative_to(PACKAGE)).startswith(part) for part in PROMPTS)
    if any(
        map(FORBIDDEN.search, re.findall(r"#.*", source))
    ):  # Only then are comments looked for, with care.
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = set()
    for node in nodes:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for statement in body:
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                    docstrings.add(id(statement.value))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if is_prompts and id(node) not in docstrings:
                continue
            yield node.lineno, node.value


def findings(where: str, lines: Iterator[tuple[int, str]]) -> list[str]:
    """Return a line for each forbidden phrase."""
    found = []
    for line, text in lines:
        for phrase, better in PHRASES.items() if FORBIDDEN.search(text) else ():
            if match := re.search(phrase, text, re.IGNORECASE):
                found.append(f"{where}:{line}: {match[0]!r} ({better}): {text.strip()[:80]!r}")
    return found


@pytest.mark.parametrize(
    "package", sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_")
)
def test_package_texts_forbidden_phrases_do_not_occur(package: str) -> None:
    found: list[str] = []
    for path in sorted((PACKAGE / package).rglob("*.py")):
        found += findings(str(path.relative_to(ROOT)), texts(path))
    assert not found, "\n".join(found)


def test_top_level_modules_forbidden_phrases_do_not_occur() -> None:
    found: list[str] = []
    for path in sorted(PACKAGE.glob("*.py")):
        found += findings(str(path.relative_to(ROOT)), texts(path))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_forbidden_phrases_do_not_occur(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", lambda match: "\n" * match[0].count("\n"), text, flags=re.M | re.S)
    lines = [
        (number, line)
        for number, line in enumerate(prose.splitlines(), 1)
        if not re.match(r"\| .*\| .*\|$", line) or document.name != "CONTRIBUTING.md"
    ]
    assert not findings(document.name, iter(lines))


def test_findings_in_a_text_with_each_phrase_are_reported() -> None:
    samples = [
        "This is no number",
        "nobody answered",
        "the run goes on",
        "write it anew",
        "so many calls",
        "by now",
        "a friend of ours",
        "what the person said",
        "told in words",
        "it comes along",
        "it is told",
        "the house",
    ]
    for sample in samples:
        assert findings("x", iter([(1, sample)])), sample
    assert not findings("x", iter([(1, "The run continues. It is no longer than 3 lines.")]))
