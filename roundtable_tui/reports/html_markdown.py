"""Renders untrusted Markdown as inert HTML: no images, no links, no raw HTML."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from roundtable_tui.utils.text import sanitize

_MAX_CHARS = 400_000
"""Longer texts are shown unformatted."""
_ALIGN_STYLE = "text-align:"


def markdown_to_html(text: str) -> str:
    """Return HTML for `text` that is safe to put into a page."""
    text = sanitize(text)
    if len(text) > _MAX_CHARS:
        return f"<pre>{escape(text)}</pre>\n"
    try:
        return str(_get_parser().render(text))
    except Exception:  # Show the text even if the parser fails on it.
        return f"<pre>{escape(text)}</pre>\n"


@cache
def _get_parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", renderer_cls=_Renderer).disable("image")
    parser.options["maxNesting"] = 40
    return parser


class _Renderer(RendererHTML):
    """Renders links as their text and target, and writes no inline styles."""

    def __init__(self, parser: Any = None) -> None:
        super().__init__(parser)
        self._targets: list[str] = []

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Open a link: its text is shown in a span."""
        target = unquote(str(tokens[idx].attrGet("href") or ""))
        self._targets.append("" if tokens[idx].markup == "autolink" else target)
        return '<span class="link">'

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Close a link: its target is shown as code."""
        target = self._targets.pop() if self._targets else ""
        return f"</span> <code>{escape(sanitize(target))}</code>" if target else "</span>"

    @staticmethod
    def renderAttrs(token: Token) -> str:  # noqa: N802 (overrides a method of the library)
        """Write the alignment of a table cell as a class: the page's policy forbids inline styles."""
        style = str(token.attrGet("style") or "")
        if style.startswith(_ALIGN_STYLE):
            token.attrs.pop("style")
            token.attrJoin("class", style.removeprefix(_ALIGN_STYLE))
        return RendererHTML.renderAttrs(token)
