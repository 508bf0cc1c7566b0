"""Syntax highlighting of single lines: keywords, strings, numbers, comments.

A regular expression instead of a parser: right for most lines of most languages, and only visible lines
have a cost. Strings over several lines are not recognized.
"""

from __future__ import annotations

import re

from roundtable_tui.tui.widgets.transcript.markdown.inline import Span
from roundtable_tui.tui.widgets.transcript.styles import Attr

PLAIN, HASH, SLASH, DASH, DIFF = range(5)
"""Families of languages by their comment sign; `PLAIN` is not highlighted."""

_FAMILY_NAMES = {
    HASH: "python py python3 sh bash zsh shell console yaml yml toml ini ruby rb perl r julia "
    "dockerfile make makefile elixir nix cmake powershell",
    SLASH: "c h cpp c++ cc cs csharp java js javascript jsx ts typescript tsx go rust rs swift kotlin kt "
    "scala php dart zig json jsonc json5 css scss glsl groovy proto",
    DASH: "sql lua haskell hs elm ada vhdl",
    DIFF: "diff patch",
}
_FAMILY_BY_NAME = {name: family for family, names in _FAMILY_NAMES.items() for name in names.split()}
_KEYWORDS_TEXT = """
    and as assert async await bool break case catch chan char class const continue def default defer
    del do done double elif else enum esac except export extends extern false False fi final finally
    float fn for foreach from func function global go goto if impl implements import in include
    inline instanceof int interface is lambda let local long loop map match mod module mut namespace
    new nil None nonlocal not null nullptr of or override package pass private protected pub public
    raise range return select self short signed sizeof static str string struct super switch
    template then this throw throws trait true True try type typedef typename typeof undefined union
    unsigned use using val var virtual void volatile when where while with yield
"""
_SQL_KEYWORDS_TEXT = """
    add all alter and as asc begin between by case create cross database delete desc distinct drop
    else end exists foreign from full group having if in index inner insert into is join key left
    like limit not null offset on or order outer primary references returning right select set table
    then union unique update using values view when where with local function return do for while
    repeat until elseif nil true false module import
"""
_KEYWORDS = frozenset(_KEYWORDS_TEXT.split())
_SQL_KEYWORDS = frozenset(_SQL_KEYWORDS_TEXT.split())
_TOKEN = re.compile(
    r"(?P<string>\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`)"
    r"|(?P<remark>(?<![\w$&])\#(?!\w*[({\[]).*|(?<!:)//.*|/\*.*?(?:\*/|$)|--(?=\s).*)"
    r"|(?P<number>\b(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b)"
    r"|(?P<word>[A-Za-z_]\w*)"
)
_COMMENT_SIGNS = {HASH: ("#",), SLASH: ("//", "/*"), DASH: ("--",)}
_KINDS = {"string": Attr.STRING, "remark": Attr.REMARK, "number": Attr.NUMBER, "word": Attr.WORD}


def get_family(language: str) -> int:
    """Return the family of a language, by its name in the code fence."""
    return _FAMILY_BY_NAME.get(language.strip("{}.").lower(), PLAIN)


def highlight_line(text: str, family: int) -> tuple[Span, ...]:
    """Return the spans of a line of code."""
    if family == PLAIN or not text:
        return ()
    if family == DIFF:
        sign = {"+": Attr.STRING, "-": Attr.WORD, "@": Attr.REMARK}.get(text[0])
        return ((0, len(text), sign),) if sign else ()
    spans: list[Span] = []
    at = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        kind, token = match.lastgroup, match[0]
        if kind == "word" and not (token in _KEYWORDS if family != DASH else token.lower() in _SQL_KEYWORDS):
            continue
        if kind == "remark" and not token.startswith(_COMMENT_SIGNS[family]):
            at = match.start() + 1
            continue
        spans.append((match.start(), at, _KINDS[kind or "word"]))
    return tuple(spans)
