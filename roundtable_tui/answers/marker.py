"""The marker that a run's prompts ask for on a line before the answer: `[[ANSWER-token]]`.

The token is a random word of the run. All regular expressions for the marker are here. Models wrap it
in Markdown (`**[[ANSWER-token]]**:`), drop the token, or write it in the middle of a line. A marker that
is broken over two lines does not count: it could not be recognized while its text streams. The markers that
are removed include those in disguise: look-alike characters, characters that are not drawn, spaced letters.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import cached_property

from roundtable_tui.utils.disguises.lookalikes import GAP, replace_folded, spaced
from roundtable_tui.utils.lazy_pattern import lazy_compile

_START, _END = r"^[ \t*_`#]*", r"[*_`:]*[ \t]*"
_GAP_OR_MARKUP = rf"{GAP[1:-2]}*_`#"
_FLAGS = re.MULTILINE | re.IGNORECASE
_CODE_FENCE = "```"
_MAX_MARKERS = 20
"""Markers looked at in one text: a model in a loop writes thousands."""

ANY_MARKER = lazy_compile(r"\[\[[ \t]*ANSWER[^\]\n]{0,40}\]\]", re.IGNORECASE)
"""The marker of any run anywhere in a text, also with a token that was struck out."""
MARKER_LINE = lazy_compile(rf"{_START}\[\[[ \t]*ANSWER[-\w \t]*\]\]{_END}\n?", _FLAGS)
"""A line that starts with the marker of any run, with its line break; for display."""
TRUNCATED_MARKER_LINE = lazy_compile(
    rf"{_START}\[\[[ \t]*(?:A|AN|ANS|ANSW|ANSWE|ANSWER[-\w \t]*)?\]?\Z", _FLAGS
)
"""The beginning of such a line at the end of a text that was cut off there."""

_LINE_WITHOUT_TOKEN = lazy_compile(rf"{_START}\[\[[ \t]*ANSWER[ \t]*\]\]{_END}", _FLAGS)


class AnswerMarker:
    """The marker of one run: finds the answer after it and removes it from texts.

    Its expressions are compiled when they are first needed: a run may need none of them, and compiling them
    takes longer than all else of a short run.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self.text = f"[[ANSWER-{token}]]"
        """The marker as prompts ask for it."""

    @cached_property
    def _line(self) -> re.Pattern[str]:
        return re.compile(rf"{_START}{_marker_pattern(self._token)}", _FLAGS)

    @cached_property
    def _inline(self) -> re.Pattern[str]:
        return re.compile(_marker_pattern(self._token), re.IGNORECASE)

    @cached_property
    def _folded_line(self) -> re.Pattern[str]:
        opening, word, end = _folded_patterns(self._token)
        return re.compile(rf"^[{_GAP_OR_MARKUP}]*{opening}{word}?{end}", _FLAGS)

    @cached_property
    def _folded_inline(self) -> re.Pattern[str]:
        return re.compile("".join(_folded_patterns(self._token)), re.IGNORECASE)

    def extract_answer(self, text: str) -> tuple[str, bool]:
        """Return the answer in a reply, and whether it was marked.

        The answer is what follows the last marker, else the whole text; "" if there is nothing.
        A marker inside a code block counts only if there is no other. Where the full marker does not
        start a line, `[[ANSWER]]` at the start of a line counts, then the full marker within a line.
        """
        fences = [match.start() for match in re.finditer(_CODE_FENCE, text)]
        for pattern in (self._line, _LINE_WITHOUT_TOKEN, self._inline):
            found = list(pattern.finditer(text))
            outside_code = [match for match in found if not _is_in_code_block(fences, match.start())]
            for match in reversed((outside_code or found)[-_MAX_MARKERS:]):
                tail = text[match.end() :]
                if not outside_code:  # The answer ends with the code block that contains its marker.
                    tail = tail.partition(_CODE_FENCE)[0]
                if answer := self._remove_all(tail):
                    return answer, True
        return self._remove_all(text), False

    def replace_lines(self, text: str, replacement: str) -> str:
        """Replace the marker where it starts a line, with or without the token, also in disguise."""
        return replace_folded(self._folded_line, replacement, text)

    def _remove_all(self, text: str) -> str:
        # Replaced by a line break: the text around a marker must not join to another marker.
        return replace_folded(self._folded_inline, "\n", self.replace_lines(text, "")).strip()


def _marker_pattern(token: str) -> str:
    return rf"\[\[[ \t]*ANSWER[- \t]*{token}[ \t]*\]\]{_END}"


def _folded_patterns(token: str) -> tuple[str, str, str]:
    """Return the patterns of the opening, the token and the end of a marker in disguise."""
    word, end = rf"(?:(?:{GAP}-)*{GAP}{spaced(token)})", rf"{GAP}{spaced(']]')}{_END}"
    return f"{spaced('[[')}{GAP}{spaced('ANSWER')}", word, end


def _is_in_code_block(fences: list[int], position: int) -> bool:
    """Return True if `position` is in a closed code block; `fences` are the positions of all fences."""
    before = bisect(fences, position)
    return before % 2 == 1 and before < len(fences)
