"""Reads and writes the questions of a task: a list of lines, as people write them, or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from roundtable_tui.utils.lazy_pattern import lazy_compile

_FENCE = lazy_compile(r"^\s{0,3}(`{3,}|~{3,})([^`]*)$")
_RULE = lazy_compile(r"^\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$")
_COMMENT = lazy_compile(r"^\s*(?:#+(?:\s.*)?$|//\s)")
_TAG = lazy_compile(r"^\s*#(?=[^\s#])(?!.*\?\s*$)")
_HEADING = lazy_compile(r"^\s*#{1,6}\s+(.*?)[\s#]*$")
_BULLET = lazy_compile(r"^(\s*)(?:[-*+•‣–]\s+(?:\[[ xX]\]\s+)?)(?=\S)")
_NUMBER = lazy_compile(r"^(\s*)(?:(?:Q|Question|No\.?)\s*)?\(?(\d{1,3})[.):]\s+(?=\S)", re.IGNORECASE)
_LABEL = lazy_compile(r"^(\s*)Q:\s+(?=\S)")
_ESCAPED = lazy_compile(r"^(\s*)\\(?=\S)")
_HTML_COMMENT = lazy_compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = lazy_compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ENDS = (".", "?", "!", ":", ";", "…", "。", "？", "！", "؟")


@dataclass(slots=True)
class _Reader:
    """Collects questions line by line."""

    markdown: bool
    numbered: bool
    questions: list[str] = field(default_factory=list)
    _open: str = ""
    """The last question may be continued: "" not, "item" by indented lines, "paragraph" by any text."""

    def add_line(self, line: str) -> None:
        if not line.strip():
            self._open = ""
            return
        text, is_item = self._strip_marker(line)
        if not is_item and self._continues(line):
            self.questions[-1] += f" {text}"
        else:
            self.questions.append(text)
            self._open = "item" if is_item else "paragraph" if self.markdown else ""

    def add_block(self, lines: list[str]) -> None:
        """Add a fenced block: to the question before it, else its lines are questions."""
        if self.questions:
            self.questions[-1] = "\n".join([self.questions[-1], *lines])
        else:
            for line in lines[1:-1]:
                self.add_line(line)
        self._open = ""

    def _continues(self, line: str) -> bool:
        if self._open == "item":
            return line[0] in " \t"
        return self._open == "paragraph" and not self.questions[-1].endswith(_ENDS)

    def _strip_marker(self, line: str) -> tuple[str, bool]:
        if match := _ESCAPED.match(line):
            return line[match.end() :].strip(), False
        patterns = (_BULLET, _LABEL, _NUMBER) if self.numbered else (_BULLET, _LABEL)
        for pattern in patterns:
            if match := pattern.match(line):
                return line[match.end() :].strip(), True
        return line.strip(), False


def parse_questions(text: str, *, markdown: bool = False) -> tuple[str, ...]:
    """Return the questions in `text`, in order.

    Each line is a question. Comments (`#`, `//`, `<!-- -->`), headings, rules and empty lines are left out;
    list markers and numbers before questions are removed, and indented lines continue an item of a list. A
    fenced block belongs to the question before it; fences around everything are removed. A backslash before
    a line keeps it as it is.

    Args:
        text: the content of the file.
        markdown: whether lines of a paragraph belong together, unless a sentence ends with a line.

    Where the file has headings only, those are the questions (in a plain text, those that ask).
    """
    text = _HTML_COMMENT.sub("", _FRONT_MATTER.sub("", text))
    lines = text.split("\n")
    reader = _Reader(markdown, _is_numbered(lines))
    headings = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.match(line):
            end = _closing_fence(lines, at, fence[1])
            reader.add_block(lines[at : end + 1])
            at = end + 1
            continue
        if heading := _HEADING.match(line):
            headings.append(heading[1])
        if _COMMENT.match(line) or _TAG.match(line) or _RULE.match(line):
            reader.add_line("")
        else:
            reader.add_line(line)
        at += 1
    if not reader.questions:
        return tuple(heading for heading in headings if heading.endswith("?") or (markdown and heading))
    return tuple(question for question in reader.questions if question)


def render_questions(questions: Iterable[str]) -> str:
    """Return the content of a `questions.txt` from which `parse_questions` reads these questions again."""
    return "\n".join(_escape(question) for question in questions)


def _escape(question: str) -> str:
    # Blocks of several lines stay as they are: they were read as such.
    first, _, rest = question.partition("\n")
    patterns = (_FENCE, _RULE, _COMMENT, _TAG, _BULLET, _LABEL, _NUMBER, _ESCAPED)
    if first and any(pattern.match(first) for pattern in patterns):
        first = f"\\{first}"
    return f"{first}\n{rest}" if rest else first


def _is_numbered(lines: list[str]) -> bool:
    """Return whether numbers before lines number the questions, and are not part of a single one."""
    numbers = [int(match[2]) for line in lines if (match := _NUMBER.match(line))]
    # Each list begins at 1: "3. Liga" alone is part of a question.
    return bool(numbers) and all(
        number in (0, 1) or (before is not None and number > before)
        for before, number in zip([None, *numbers], numbers, strict=False)
    )


def _closing_fence(lines: list[str], at: int, mark: str) -> int:
    """Return the line that closes the fence at `at`; the last line if none does."""
    for end in range(at + 1, len(lines)):
        closing = _FENCE.match(lines[end])
        if closing and closing[1].startswith(mark) and not closing[2].strip():
            return end
    return len(lines) - 1
