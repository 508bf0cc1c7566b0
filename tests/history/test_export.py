from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.errors import UsageError
from roundtable_tui.history.export import export_run, suggest_file_name
from roundtable_tui.history.find import write_title
from roundtable_tui.reports.answer_marker import replace_marks
from roundtable_tui.reports.html_markdown import markdown_to_html
from roundtable_tui.tui.screens.replay.cast import render_cast
from roundtable_tui.utils import paths
from tests.support.record_builder import copy_demo_run, run_events, turn_events, write_record, write_run
from tests.support.torture import examples

HOSTILE = """\
<script>alert(1)</script> <img src=x onerror=alert(2)> </div></article></body>
![tracker](https://evil.example/pixel.png) [click](javascript:alert(3)) [site](https://evil.example/x)
<https://evil.example/auto> \x1b[31mred\x1b[0m \x9b2J \u202eevil
[ref]: https://evil.example/ref
[ref]

| a | b |
|--:|:-:|
| 1 | 2 |

```html
<script>alert(4)</script>
```
<style>body{display:none}</style> <!-- comment --> &lt; & "
"""


class Page(HTMLParser):
    """Reads a page and keeps its tags and attributes; complains where tags do not fit."""

    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def hostile_run() -> Path:
    told = run_events("Is <b>this</b> & \x1b]0;that\x07 fine?", HOSTILE, HOSTILE, name="x")
    told.insert(-1, events.PersonSpoke(t=3.6, text=HOSTILE, to="ada"))
    told.insert(-1, events.Notice(t=3.7, text=HOSTILE))
    told.insert(
        -1, events.Verdict(t=3.8, seat="ada", label=HOSTILE, decision={HOSTILE: HOSTILE}, rung="tool")
    )
    told.insert(-1, events.PhaseStarted(t=3.85, name=HOSTILE))
    failed = events.TurnFailed(
        t=3.9, turn="ada.1", seat="ada", kind="http", error=HOSTILE, text=HOSTILE, reasoning=HOSTILE
    )
    return write_record("hostile", [*told[:-1], failed, told[-1]])


def test_export_html_hostile_run_has_no_active_content() -> None:
    folder = hostile_run()
    write_title(folder, "</title><script>alert(5)</script>")
    text = export_run(folder, "html")
    page = Page(text)
    assert page.open == []
    assert not {"script", "img", "a", "link", "iframe", "object", "form", "base", "svg", "input"} & set(
        page.tags
    )
    names = {name for _, name, _ in page.attributes}
    assert not names & {"href", "src", "style", "srcset", "action", "data", "id", "name"} - {"name"}
    assert not any(name.startswith("on") for name in names)
    assert page.tags.count("style") == 1
    policy = next(
        value for tag, name, value in page.attributes if name == "content" and "default-src" in value
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "<script>alert(4)</script>" in page.text, "what was said is still there to read"
    assert "https://evil.example/x" in page.text, "where a link led is told"


def test_export_html_has_panes_side_by_side() -> None:
    text = export_run(copy_demo_run("debate"), "html")
    page = Page(text)
    classes = [value for _, name, value in page.attributes if name == "class"]
    assert classes.count("panes") >= 2 and any("captain" in value for value in classes)
    for words in ("Round 1 of 3", "Harper", "Captain decides", "done in"):
        assert words in page.text
    assert "[[ANSWER" not in page.text
    assert re.search(r"sha256-([\w+/=]+)", text) is not None


def test_export_html_unfinished_run_is_labelled() -> None:
    page = Page(export_run(write_run(status=""), "html"))
    assert "unfinished" in page.text and "no end" in page.text


@given(st.text(max_size=200))
@settings(max_examples=examples(150), deadline=None)
def test_markdown_to_html_any_text_is_inert(text: str) -> None:
    page = Page(markdown_to_html(text))
    assert page.open == []
    assert not {"script", "img", "a", "style", "iframe", "svg"} & set(page.tags)
    assert {name for _, name, _ in page.attributes} <= {"class", "start"}


@pytest.mark.parametrize("text", ["> " * 3000 + "x", "[" * 5000, "x" * 500_000, "*" * 20_000, "- " * 4000])
def test_markdown_to_html_pathological_text_is_rendered(text: str) -> None:
    assert len(markdown_to_html(text)) > 0


def test_export_markdown_has_no_answer_markers() -> None:
    text = export_run(copy_demo_run("debate"), "md")
    assert text.startswith("# ") and "[[ANSWER" not in text and "### Harper" in text
    assert replace_marks("so:\n\n[[ANSWER-kobemile]]\nBlue.") == "so:\n\n\n**Answer:**\n\nBlue."
    assert replace_marks("a [[ANSWER-x]] in a line") == "a [[ANSWER-x]] in a line"


def test_export_json_is_the_report_without_control_characters() -> None:
    text = export_run(hostile_run(), "json")
    assert "\x1b" not in text and json.loads(text)["status"] == "complete"
    assert json.loads(text)["record"] is None, "no path of this machine"


def test_export_unknown_format_raises() -> None:
    with pytest.raises(UsageError, match=r"unknown format: htm\. Did you mean html"):
        export_run(write_run(), "htm")


def test_suggest_file_name_is_a_safe_file_name() -> None:
    folder = write_run("Wie, ../../was? " * 20, name="20261101-120000-pro-a1b2c3")
    name = suggest_file_name(folder, "html")
    assert re.fullmatch(r"[a-z0-9-]+-a1b2c3\.html", name) and len(name) < 60
    write_title(folder, "神经")
    assert suggest_file_name(folder, "md") == "神经-a1b2c3.md"


# --- the terminal recording ----------------------------------------------------------------------

SEQUENCES = re.compile(r"\x1b\[[\d;]*m|\x1b\[(\d+);1H|\x1b\[\?25[lh]|\x1b\[2J")


def played(text: str) -> tuple[dict[str, object], list[tuple[float, list[str]]]]:
    """Play a recording as a terminal would: the header, and the screen after each event."""
    first, *rest = text.splitlines()
    head = json.loads(first)
    rows = [""] * head["height"]
    out = []
    for line in rest:
        at, kind, data = json.loads(line)
        assert kind == "o"
        row, end = 0, 0
        for match in [*SEQUENCES.finditer(data), None]:
            text = data[end : match.start() if match else None]
            assert all(ch >= " " and not "\x7f" <= ch <= "\x9f" for ch in text), repr(text)
            rows[row] += text
            if match and match[1]:
                row = int(match[1]) - 1
                rows[row] = ""
            end = match.end() if match else end
        out.append((at, list(rows)))
    return head, out


@pytest.mark.anyio
async def test_render_cast_frames_fit_the_terminal() -> None:
    from rich.cells import cell_len

    head, frames = played(await render_cast(copy_demo_run("roundtable"), size=(80, 24), speed=64.0))
    assert (head["version"], head["width"], head["height"]) == (2, 80, 24)
    times = [at for at, _ in frames]
    assert times == sorted(times) and len(frames) > 3
    assert all(cell_len(row) == 80 for _, rows in frames[:-1] for row in rows)
    last = "\n".join(frames[-1][1])
    assert "done" in last and "■" in last
    assert "queued" in "\n".join(frames[0][1]) or frames[0][1] != frames[-1][1]


@pytest.mark.anyio
async def test_render_cast_hostile_text_is_sanitized() -> None:
    hostile_run()
    text = await render_cast(paths.runs_dir() / "hostile", size=(100, 30), speed=float("inf"))
    _, frames = played(text)
    assert "\x1b]" not in "".join(json.loads(line)[2] for line in text.splitlines()[1:])
    assert any("␛" in row for row in frames[-1][1])


def test_export_html_turns_have_their_usage() -> None:
    folder = write_record("one", [*run_events(status="")[:1], *turn_events("ada.1", "Hello.", 1.0)])
    assert "5 tokens" in export_run(folder, "html")
