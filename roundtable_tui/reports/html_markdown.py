"""Markdown from a model as HTML that does nothing: no images, no links, no HTML of its own."""

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
"""Characters of one text that are formatted; a longer one is shown as it stands."""
_ALIGN_STYLE = "text-align:"


def markdown_to_html(text: str) -> str:
    """Return the HTML of a text: safe to put into a page, whatever it says."""
    text = sanitize(text)
    if len(text) > _MAX_CHARS:
        return f"<pre>{escape(text)}</pre>\n"
    try:
        return str(_get_parser().render(text))
    except Exception:  # A text that the parser cannot bear is still a text.
        return f"<pre>{escape(text)}</pre>\n"


@cache
def _get_parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", renderer_cls=_Renderer).disable("image")
    parser.options["maxNesting"] = 40
    return parser


class _Renderer(RendererHTML):
    """Writes links as their text and where they point to, and no styles of its own."""

    def __init__(self, parser: Any = None) -> None:
        super().__init__(parser)
        self._targets: list[str] = []

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Begin a link: only its text is shown."""
        target = unquote(str(tokens[idx].attrGet("href") or ""))
        self._targets.append("" if tokens[idx].markup == "autolink" else target)
        return '<span class="link">'

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """End a link: say where it pointed to."""
        target = self._targets.pop() if self._targets else ""
        return f"</span> <code>{escape(sanitize(target))}</code>" if target else "</span>"

    @staticmethod
    def renderAttrs(token: Token) -> str:
        """Write a cell's side as a class: the page allows no styles but its own."""
        style = str(token.attrGet("style") or "")
        if style.startswith(_ALIGN_STYLE):
            token.attrs.pop("style")
            token.attrJoin("class", style.removeprefix(_ALIGN_STYLE))
        return RendererHTML.renderAttrs(token)
