"""Hostile text on a real terminal: the bytes that the program writes are checked."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_server import FakeServer, Reply, error, served
from tests.support.stress import hostile_text
from tests.support.stress.hostile_text import foreign_run
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import FULL, share

NAMES = ("[/] Ann", "[red]Bob[/red]", "Eve \\[ {0} %s")
MODELS = [text for _, text in hostile_text.acting("mo")]
ENTER, ESCAPE, QUIT = "\r", "\x1b", "\x11"
HOME, PAGE_DOWN = "\x1b[H", "\x1b[6~"
F = {1: "\x1bOP", 2: "\x1bOQ", 3: "\x1bOR", 4: "\x1bOS", 5: "\x1b[15~", 6: "\x1b[17~", 12: "\x1b[24~"}


def answers(request: Mapping[str, Any], nth: int) -> Reply:
    """Ann sends all hostile texts, in pieces; Bob is refused; Eve has to wait; the captain directs."""
    system = str(request["messages"][0]["content"])
    text = hostile_text.lines("an")
    if "You are one" in system:
        if not FULL and all(message["role"] != "assistant" for message in request["messages"]):
            return Reply(text=hostile_text.in_a_row("an"))  # The rest comes in the second round.
        sizes = random.Random(nth)
        at, pieces = 0, []
        while at < len(text):
            pieces.append(text[at : at + sizes.choice((1, 1, 2, 7, 60))])
            at += len(pieces[-1])
        return Reply(
            pieces=pieces, reasoning=hostile_text.lines("re"), finish_reason=hostile_text.in_a_row("fi")[:200]
        )
    if "You are two" in system:
        return error(400, hostile_text.in_a_row("er"), code=hostile_text.in_a_row("co"))
    if "You are three" in system:
        if nth < 6:
            return error(503, hostile_text.in_a_row("wa"), headers={"retry-after-ms": "300"})
        return Reply(text=hostile_text.lines("ev"))
    return Reply(decision={"consensus": False, "direction": hostile_text.in_a_row("di")[:500]})


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with served(answers, models=["[/] plain", *MODELS]) as fake:
        yield fake


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder of hostile files: personas, a team, tasks, and some that cannot be read."""
    people = tmp_path / "personas"
    (people / "teams").mkdir(parents=True)
    for word, name in zip(("one", "two", "three"), NAMES, strict=True):
        fields = {"name": name, "full_name": f"{name} [/x] the full", "role": "[/] [@click=app.quit]role[/]"}
        prompt = f"You are {word}. {hostile_text.in_a_row('pr')}".encode("utf-8", "replace").decode()
        (people / f"{word}.json").write_text(json.dumps({**fields, "prompt": prompt}))
    (people / "cap.json").write_text(json.dumps({"name": "Cap [/]", "prompt": "You are Cap."}))
    team = {"name": "[/x] team", "title": "[/] title", "members": list(NAMES), "captain": "Cap [/]"}
    (people / "teams" / "x.json").write_text(json.dumps(team))
    for number, (_, text) in enumerate(hostile_text.acting("ba")[::9]):
        (people / f"bad{number}.json").write_text(json.dumps({"name": text, "prompt": "x", text: text}))
    task = tmp_path / "tasks" / _file("ta [/] [@click=app.quit]x[/] \x1b[31m \x1b]0;ta\x07ta99q")
    task.mkdir(parents=True)
    (task / "questions.txt").write_bytes(
        hostile_text.in_a_row("qu").replace("\0", "").encode("utf-8", "replace")
    )
    (task / "context.txt").write_bytes(hostile_text.lines("ct").replace("\0", "").encode("utf-8", "replace"))
    return tmp_path


def _file(name: str) -> str:
    return name.replace("/", "|")


def check(terminal: Terminal) -> None:
    """No hostile text has had an effect, whole or in part, and no row was left."""
    assert terminal.strange == []
    assert terminal.overflows == []
    for word in ("an", "re", "er", "co", "wa", "ev", "di", "mo", "qu", "ct", "pr", "ba", "fi"):
        for tag, text in hostile_text.acting(word):
            assert text.encode("utf-8", "surrogatepass") not in terminal.raw, tag


def seen(terminal: Terminal, word: str) -> int:
    """Return how many of the attacks of one kind are shown as visible text."""
    told = terminal.told
    return sum(
        tag in told for tag, _ in hostile_text.tagged(word, (*hostile_text.ATTACKS, *hostile_text.MARKUP))
    )


def test_app_hostile_text_is_only_displayed(server: FakeServer, here: Path, roundtable_home: Path) -> None:
    env = {"ROUNDTABLE_HOME": str(roundtable_home), "OPENAI_BASE_URL": server.url}
    (roundtable_home / "settings.toml").write_text("animations = false\n[options.debate]\nmax_rounds = 2\n")
    command = roundtable("--mode", "debate", "--team", "[/x] team")
    with Terminal(command, env, cwd=here, columns=160, rows=48) as terminal:
        terminal.shows("Type a question")
        for key, says in (
            (1, "Choose mode"),
            (3, "captain Cap [/]"),
            (4, "mo12q"),
            (6, "[@click=app.quit]"),
            (2, "roundtable"),
        ):
            terminal.press(F[key])
            terminal.shows(says)
            terminal.settles()
            terminal.press(ESCAPE)
            terminal.until(lambda says=says: says not in terminal.screen.text, "it is closed again")
        terminal.press(F[5])
        terminal.shows(NAMES[0])
        for _ in range(12):
            terminal.press("\x1b[B")
        terminal.press(ESCAPE)
        terminal.shows("Type a question")
        question = hostile_text.in_a_row("ty")
        terminal.press(f"\x1b[200~{question}\n[/]\x1b[201~")
        terminal.press(ENTER)
        terminal.shows("! incomplete: no answer from [red]Bob")
        terminal.press(F[12])
        terminal.shows("─ Report")
        terminal.press(ESCAPE)
        terminal.until(lambda: "─ Report" not in terminal.screen.text, "it is closed again")
        # Each is seen to be done before the next: Escape and a key that come together are another key.
        for keys, says in (
            (ESCAPE, "x Export"),
            ("2", "z Zoom"),
            ("z", "1  [/] Ann ✓"),
            ("1", "━  1  ✓ [/] Ann"),
        ):
            terminal.press(keys)
            terminal.shows(says)
            terminal.settles()
        read_through(terminal, "── round 1", "── round 2", hostile_text.every("an")[-1][0])
        for size in ((60, 15), (100, 30)):
            terminal.resize(*size, F[1], "esc back")
            terminal.press(ESCAPE)
            terminal.until(lambda: "esc back" not in terminal.screen.text, "the help is closed")
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        check(terminal)
        for word, least in (("an", 60), ("re", 60), ("er", 3), ("di", 1), ("mo", 20), ("ty", 2)):
            assert seen(terminal, word) >= least, f"{word}: it was never on the screen"
    exported(roundtable_home)


def read_through(terminal: Terminal, first: str, last_head: str, last: str) -> None:
    """Scroll through a pane page by page, from its first heading to its last text, with its last thoughts."""
    passed = opened = False
    terminal.press(HOME)
    terminal.shows(first)
    terminal.settles()
    while True:
        shown = terminal.screen.text
        passed = passed or last_head in shown
        if "▸ thought" in shown.partition(last_head)[2]:
            terminal.press("o")
            terminal.until(lambda shown=shown: terminal.screen.text != shown, "the last thoughts are open")
            terminal.settles()
            continue
        opened = opened or "▾ thought" in shown.partition(last_head)[2]
        if last in shown.rpartition(last_head)[2]:
            if passed and opened:
                return
            # A page was left before all of it was drawn: once more from the beginning.
            passed = False
            terminal.press(HOME)
            terminal.shows(first)
            terminal.settles()
            continue
        terminal.press(PAGE_DOWN)
        terminal.until(lambda shown=shown: terminal.screen.text != shown, "the next page")
        terminal.settles()


def exported(home: Path) -> None:
    """Files that were written contain no control characters."""
    (run,) = (home / "runs").iterdir()
    assert {"events.jsonl", "transcript.md", "answer.md"} <= {path.name for path in run.iterdir()}
    for path in run.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [c for c in text if ord(c) < 32 and c != "\n"], path
            assert not set(text) & set("\x7f\x9b\x9d\u202e\u2066\u200b\u2028\ufeff"), path


COMMANDS = [
    ("ask", "--task"),
    ("personas",),
    ("runs", "show", "last"),
    ("ask", "x", "--json"),
    ("ask", "x", "--events"),
    ("models",),
    ("doctor",),
    ("runs", "list"),
    ("ask", "x", "--verbose"),
    ("teams",),
    ("tasks",),
    ("models", "--json"),
    ("paths",),
    ("ask", "[/]\x1b[31m", "--mode", "x\x1b[31m"),
    ("ask", "x", "--persona", "\x1b]0;x\x07"),
    ("ask", "x", "--model-for", "\x1b[31m"),
]


@pytest.mark.parametrize(
    "words",
    share(COMMANDS, 6),
    ids=lambda words: " ".join(words).encode("unicode_escape").decode(),
)
def test_commands_hostile_text_is_only_printed(
    words: tuple[str, ...], server: FakeServer, here: Path, roundtable_home: Path
) -> None:
    env = {"ROUNDTABLE_HOME": str(roundtable_home), "OPENAI_BASE_URL": server.url}
    if words[0] == "ask":
        words = (
            (*words, "--team", "[/x] team")
            if "--mode" in words or "--persona" in words
            else (*words, "--team", "[/x] team", "--mode", "debate")
        )
    if "--task" in words:
        (name,) = (path.name for path in (here / "tasks").iterdir())
        words = tuple(
            part for word in words for part in ((word, f"tasks/{name}") if word == "--task" else (word,))
        )
    if words[0] == "runs":
        foreign_run(roundtable_home)
    with Terminal(roundtable(*words), env, cwd=here) as terminal:
        assert terminal.ends() in (0, 1, 2)
        assert terminal.strange == []
        check_lines(terminal)


def check_lines(terminal: Terminal) -> None:
    for word in ("an", "re", "er", "wa", "di", "mo", "qu", "ba", "fo", "ta"):
        for tag, text in hostile_text.acting(word):
            assert text.encode("utf-8", "surrogatepass") not in terminal.raw, tag
