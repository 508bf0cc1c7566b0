"""Texts that attack a terminal, break a layout or imitate markup. Each contains a unique word."""

from __future__ import annotations

import base64
import json
from pathlib import Path

_TITLE = "\x1b]0;{tag}\x07"
_CLIP = "\x1b]52;c;" + base64.b64encode(b"stolen").decode() + "\x07"
ATTACKS = (
    "\x1b[31m",
    "\x1b[2J\x1b[H",
    "\x1b[?1049l",
    "\x1b[?25h",
    "\x1b[?1003l",
    "\x1b[?2004l",
    "\x1b[6n",
    "\x1b[c",
    "\x1b[>0q",
    "\x1b[20t",
    "\x1b[999;999H",
    "\x1b[9999@",
    "\x1b[3J",
    "\x1b[?2026h",
    "\x1b[!p",
    "\x1b[1;1r",
    "\x1bc",
    "\x1b(0",
    "\x1b7",
    "\x1b#8",
    "\x1b=",
    "\x1bM",
    _TITLE,
    "\x1b]2;{tag}\x1b\\",
    "\x1b]2;no end {tag} ",
    _CLIP,
    "\x1b]52;c;?\x07",
    "\x1b]8;;http://evil.test/\x07",
    "\x1b]9;{tag}\x07",
    "\x1b]777;notify;{tag}\x07",
    "\x1b]1337;File=:AAAA\x07",
    "\x1b]4;1;?\x07",
    "\x1b]11;?\x07",
    "\x1bP+q544e\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b_Gi=1;AAAA\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x9b31m",
    "\x9b2J",
    "\x9d0;{tag}\x9c",
    "\x90q\x9c",
    "\x9fx\x9c",
    "\x84",
    "\x8d",
    "\x07",
    "\x08\x08\x08\x08",
    "\x00",
    "\x7f",
    "\x0e",
    "\x0f",
    "\x05",
    "\x0b\x0c",
    "\x18",
    "\x1a",
    "\x1b",
    "a\rb",
    "\x85",
    "\u202e",
    "\u202a\u202b\u202c\u202d",
    "\u2066\u2067\u2068\u2069",
    "\u200e\u200f\u061c",
    "\u200b\u2060\ufeff",
    "\u2028\u2029",
    "\U000e0041\U000e007f",
    "\ufff9\ufffb",
    "\ud83d",
    "\udc00x\ud800",
)
"""Each would act on a terminal, or hide something from the eye, if it got there. `{tag}`: the word."""
SHAPES = (
    "e" + "\u0301" * 200,
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "漢字かな交じり文" * 12,
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽" * 6,
    "ﷺ꧅𒐫",
    "\t\ttabs\tand\ttabs",
    "x" * 900,
    "１２３ｗｉｄｅ",
    "\xa0\u3000blank",
)
"""Wide, long, piled up: nothing acts, but a layout may break."""
MARKUP = (
    "[bold red]",
    "[/]",
    "[/INST]",
    "[/path/x]",
    "[",
    "[[",
    "[0]",
    "\\[",
    "[@click=app.quit]click[/]",
    "[@click=app.bell()]x[/]",
    "[link=file:///etc/passwd]x[/link]",
    "[$primary]",
    "[not bold",
    "]]]",
    "{0} %s {} $x",
    "\\x1b[31m",
    "<b>x</b>",
)
"""Markup of Textual's or nearly; it is to be seen as it is."""
DOCUMENTS = (
    "```\nnever closed",
    "> " * 300 + "deep",
    "- " * 200 + "deep",
    "[" * 500 + "](" * 500,
    "|a|" * 200 + "\n" + "|-|" * 200 + "\n" + "|b|" * 200,
    "[x](javascript:alert(1)) [y](file:///etc/passwd) ![z](http://evil.test/z.png) <http://evil.test/>",
    "---\ntitle: x\n---",
    "# " * 50,
    "Setext\n======",
    "<script>alert(1)</script>\n<!-- not closed",
    "*" * 300 + "_" * 300,
    "`" * 77,
    "1. " * 99,
    "&#27;[31m &#x1b;[31m",
    "$$\\frac{1}{2}$$",
)
"""Markdown that is deep, wide or never closed."""


def tagged(kind: str, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return (word, text that contains the word and ends with it) for each."""
    found = []
    for number, text in enumerate(texts):
        tag = f"{kind}{number:02d}q"
        found.append((tag, text.replace("{tag}", tag) + tag))
    return found


def every(kind: str) -> list[tuple[str, str]]:
    """Return all texts with words that begin with `kind`."""
    return tagged(kind, (*ATTACKS, *SHAPES, *MARKUP, *DOCUMENTS))


def acting(kind: str) -> list[tuple[str, str]]:
    """Return the texts with active sequences."""
    return tagged(kind, ATTACKS)


def lines(kind: str) -> str:
    """Return all texts as one, a line each."""
    return "\n\n".join(text for _, text in every(kind))


def in_a_row(kind: str, texts: tuple[str, ...] = (*ATTACKS, *MARKUP)) -> str:
    """Return all texts on one line, as in a name, a title or an error."""
    return " ".join(text.replace("\n", " ") for _, text in tagged(kind, texts))


def foreign_run(home: Path, seats: tuple[str, ...] = ("ada", "cap"), number: int = 1) -> Path:
    """Write the record of a foreign run with hostile text in every field; return its folder."""
    bad, long = in_a_row("fo"), lines("fo")
    texts = ("name", "full_name", "role", "model", "server")
    people = [dict.fromkeys(texts, bad) | {"seat": seat, "captain": n > 0} for n, seat in enumerate(seats)]
    fields = dict.fromkeys(("run_id", "started_at", "question", "team"), bad)
    rows: list[dict[str, object]] = [
        {"type": "run_started", "version": 1, "mode": "debate", **fields, "seats": people},
        {"type": "phase_started", "name": bad},
    ]
    for seat in seats:
        said = {"turn": f"{seat}.1", "seat": seat}
        rows += [
            {**said, "type": "turn_queued", "label": bad, "prompt": long, "phase": bad},
            {**said, "type": "turn_started"},
            {**said, "type": "turn_waiting", "why": bad},
            {**said, "type": "reasoning", "text": long},
            {**said, "type": "answer", "text": long},
            {**said, "type": "turn_restated", "reasoning": long, "text": long},
            {**said, "type": "turn_finished", "text": long, "warnings": [bad], "finish_reason": bad},
            {"type": "entry_posted", "round": 1, "author": seat, "kind": "speech", "content": long},
            {"type": "verdict", "seat": seat, "label": bad, "decision": {bad: bad}, "rung": bad},
            {"type": "seat_changed", "seat": seat, "what": "persona", "value": {"name": bad, "role": bad}},
        ]
    rows += [
        {"type": "turn_failed", "turn": "x.1", "seat": bad, "kind": bad, "error": bad, "text": long},
        {"type": "answers_grouped", "groups": [{"answer": bad, "seats": [bad]}], "basis": bad},
        {"type": "person_spoke", "text": long, "to": bad},
        {"type": "notice", "text": long, "seat": bad},
        {"type": "passages_used", "passages": [{"number": 1, "source": bad, "text": long, "heading": bad}]},
        {"type": "fact_found", "name": bad, "value": {bad: bad}},
        {
            "type": "run_finished",
            "status": "complete",
            "answer": long,
            "by": seats[0],
            "how": long,
            "error": bad,
        },
    ]
    folder = home / "runs" / f"2099010{number}-000000-debate-abcdef"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
