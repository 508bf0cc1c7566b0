"""A debate of scripted seats about three documents, for the picture of tools."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.support.fake_server import Reply

QUESTION = "How many arches did the Mill Bridge have when it was opened, and why do the sources differ?"
DOCUMENTS = {
    "survey-1902.md": """# County survey of bridges, 1902

## Mill Bridge

Opened in 1844. Stone, fourteen arches, each of twenty feet.
The two arches nearest the mill were walled up in 1889,
when the race was moved; from the road twelve are seen.
""",
    "repairs-1998.txt": """REPORT ON REPAIRS, 1998
Piers 1 to 13 were examined from the water.
Twelve arches carry water. Two are walled up on the east bank.
The wall is brick, later than the stone of the arches.
""",
    "gazette-1951.txt": """THE GAZETTE, 12 May 1951
Our twelve-arched bridge, the pride of the valley, is to be
widened. It has stood with its twelve arches since 1844.
""",
}
_ANSWERS = {
    ("Harper", 1): (
        'The survey of 1902 is the earliest source: "Stone, fourteen arches" [survey-1902.md:5]. It also '
        'explains the difference: two were "walled up in 1889" [survey-1902.md:6], so that later writers '
        "count twelve.",
        "Fourteen; two were walled up in 1889, so later sources count the twelve that are open.",
    ),
    ("Benjamin", 1): (
        "Thirteen piers were examined [repairs-1998.txt:2]; thirteen piers between two banks make "
        'fourteen arches. The report says so itself: "Twelve arches carry water. Two are walled up" '
        "[repairs-1998.txt:3].",
        "Fourteen: thirteen piers make fourteen arches, of which two are walled up.",
    ),
    ("Lucas", 1): (
        'The Gazette is plain: "twelve arches since 1844" [gazette-1951.txt:3]. It is confirmed by the '
        "parish register [register.txt:8].",
        "Twelve; the bridge has stood with twelve arches since 1844.",
    ),
    ("Harper", 2): (
        "I keep my answer. The Gazette repeats what is seen from the road; the survey says what was built "
        "[survey-1902.md:5-7].",
        "Fourteen; two were walled up in 1889, so later sources count the twelve that are open.",
    ),
    ("Benjamin", 2): (
        'I keep my answer. The brick is "later than the stone of the arches" [repairs-1998.txt:4].',
        "Fourteen; two were walled up in 1889, so later sources count the twelve that are open.",
    ),
    ("Lucas", 2): (
        "I change my answer: the Gazette counts from the road, and the survey says that twelve are seen from "
        "there [survey-1902.md:7]. I cannot show the register that I named.",
        "Fourteen; two were walled up in 1889, so later sources count the twelve that are open.",
    ),
}
_CALLS = {
    "Harper": [("search_files", {"text": "arches"}), ("read_file", {"path": "survey-1902.md"})],
    "Benjamin": [("read_file", {"path": "repairs-1998.txt"})],
    "Lucas": [("read_file", {"path": "gazette-1951.txt"})],
}
_SECOND = {"Lucas": [("read_file", {"path": "survey-1902.md", "first_line": 5})]}


def write_documents(folder: Path) -> None:
    """Write the documents into a folder."""
    folder.mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")


def script(request: dict[str, Any], nth: int) -> Any:
    """Answer a request as the seat that it is for."""
    system, last = request["messages"][0]["content"], request["messages"][-1]
    if "You chair a debate" in system:
        text = str(request["messages"])
        if "Answers of round 2" in text:
            return Reply(decision={"direction": "All hold that fourteen were built.", "consensus": True})
        why = "Whether the Gazette counts what was built, or what was seen from the road."
        return Reply(decision={"direction": why, "consensus": False})
    name = next(name for name in _CALLS if f"You are {name}" in system)
    marker = re.search(r"\[\[ANSWER-[^\]]*\]\]", system)
    number = 2 if any("Round 2." in str(said.get("content")) for said in request["messages"]) else 1
    calls = _CALLS[name] if number == 1 else _SECOND.get(name)
    if calls and last["role"] != "tool":
        return Reply(reasoning="I look into the documents first.", calls=calls)
    reasons, answer = _ANSWERS[name, number]
    return Reply(f"{reasons}\n\n{marker[0] if marker else ''}\n{answer}", delay=0.03)
