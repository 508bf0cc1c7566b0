"""A discussion in turns, against a server that answers by script."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.types import ChatRequest
from roundtable_tui.modes import get_mode
from roundtable_tui.modes.roundtable import (
    RoundtableOptions,
    describe_persona,
    find_last_named,
    strip_other_speakers,
)
from tests.support.fake_server import FakeServer, Reply
from tests.support.run_builder import (
    QUESTION,
    REFUSED,
    SERVER,
    Voices,
    asked,
    house,
    persona,
    plan,
    taken,
    task,
    told,
    who,
)

pytestmark = pytest.mark.anyio
Script = Callable[[dict[str, Any], int], Any]
TEN_TOPICS = tuple(f"Topic number {n}?" for n in range(10))
PLAIN = {"topic_slots": 0, "opinion_slots": 0}


def is_summary(request: Mapping[str, Any]) -> bool:
    return "The discussion is over." in asked(request)


def talking(
    said: Mapping[str, Any] | Callable[[dict[str, Any], int], Any] | None = None, summary: Any = "In short."
) -> Script:
    def script(request: dict[str, Any], nth: int) -> Any:
        if is_summary(request):
            return summary(request) if callable(summary) else summary
        if callable(said):
            return said(request, nth)
        return (said or {}).get(who(request), f"Remark {nth} by me.")

    return script


async def discussed(script: Script, **how: Any) -> tuple[Run, FakeServer]:
    how.setdefault("captain", "")
    how["options"] = {"repeats": 0, **how.get("options", {})}
    return await taken(script, "roundtable", **how)


def speakers(run: Run) -> list[str]:
    return [e.seat for e in told(run, events.TurnQueued) if e.label == "speech"]


def spoken(run: Run) -> list[tuple[str, str]]:
    return [
        (e.author, e.content)
        for e in told(run, events.EntryPosted)
        if e.kind == "speech" and e.author != "moderator"
    ]


def moderated(run: Run, kind: str = "topic") -> list[str]:
    return [e.content for e in told(run, events.EntryPosted) if e.author == "moderator" and e.kind == kind]


# --- who speaks ----------------------------------------------------------------------------------


async def test_roundtable_has_one_speaker_at_a_time_never_twice_in_a_row() -> None:
    for seed in range(4):
        run, fake = await discussed(talking(), seed=seed, options={"turns": 12})
        order = speakers(run)
        assert len(order) == 12 and len(fake.requests) == 13 and fake.most_at_once == 1
        assert all(a != b for a, b in itertools.pairwise(order))
        counts = Counter(order)
        assert max(counts.values()) - min(counts.values()) <= 1, (
            "with nobody named, those who spoke least go on"
        )
        assert run.result is not None and run.result.status == "complete"


async def test_roundtable_seat_named_last_speaks_next() -> None:
    nexts = {
        "Ada": "I ask Bob, no, Eve!",
        "Eve": "**Bob**: what do you say? Ada knows, but Bob?",
        "Bob": "Over to Ada.",
    }
    run, _ = await discussed(talking(nexts), options={"turns": 9, "patience": 50})
    order = speakers(run)
    following = {"ada": "eve", "eve": "bob", "bob": "ada"}
    assert all(b == following[a] for a, b in itertools.pairwise(order))


async def test_roundtable_seat_waiting_too_long_speaks_before_named_one() -> None:
    nexts = {"Ada": "What does Bob think?", "Bob": "What does Ada think?", "Eve": "Ada?"}
    run, _ = await discussed(talking(nexts), options={"turns": 20, "patience": 4})
    order = speakers(run)
    assert order.count("eve") >= 3
    for start in range(len(order) - 5):
        assert "eve" in order[start : start + 6]


async def test_roundtable_name_within_a_word_is_not_a_mention() -> None:
    seats = {name: persona(name) for name in ("Al", "Eve", "李雷", "C++", "José", "Ad")}
    at = [type("S", (), {"name": name, "persona": seats[name]})() for name in seats]

    def named(text: str) -> str | None:
        found = find_last_named(text, at)
        return found.name if found else None

    assert named("Also, every Evening, Adam.") is None
    assert named("Al's point, Eve?") == "Eve" and named("Eve, and Al's.") == "Al"
    assert named("我想听李雷的意见") == "李雷" and named("请Eve说") == "Eve"
    assert named("I prefer C++!") == "C++" and named("José, you?") == "José" and named("al, eve") is None


async def test_roundtable_name_in_removed_text_is_not_a_mention() -> None:
    said = {"Ada": "Eve, go on.\nBob: I would rather.\nAda: and so Bob.", "Bob": "Ada?", "Eve": "Ada?"}
    run, _ = await discussed(talking(said), options={"turns": 6, "patience": 50})
    order = speakers(run)
    assert all(b == "eve" for a, b in itertools.pairwise(order) if a == "ada")


# --- what is said --------------------------------------------------------------------------------


async def test_roundtable_prompts_have_each_message_once_and_context_always() -> None:
    given = task(context="Two rivers.", instructions="Speak in rhyme.", questions=(QUESTION,))
    run, fake = await discussed(talking(), task=given, options={"turns": 9, **PLAIN})
    for seen in fake.requests[:-1]:
        system = seen.system
        others = [name for name in ("Ada", "Bob", "Eve") if name != who(seen.body)]
        assert QUESTION in system and "Two rivers." in system and "Speak in rhyme." in system
        assert " and ".join(others) in system
    for name in ("Ada", "Bob", "Eve"):
        last = [seen.body for seen in fake.requests[:-1] if who(seen.body) == name][-1]
        heard = "\n".join(m["content"] for m in last["messages"] if m["role"] == "user")
        turn = f"{name.lower()}.{speakers(run).count(name.lower())}"
        end = next(i for i, e in enumerate(run.events) if isinstance(e, events.TurnQueued) and e.turn == turn)
        posted = [
            e for e in run.events[:end] if isinstance(e, events.EntryPosted) and e.author != name.lower()
        ]
        assert len(posted) > 4 and all(heard.count(entry.content) == 1 for entry in posted)
        assert heard.count(QUESTION) == 1


async def test_roundtable_conversations_only_grow_and_alternate_roles() -> None:
    _, fake = await discussed(talking(), options={"turns": 12})
    for name in ("Ada", "Bob", "Eve"):
        own = [s.body["messages"] for s in fake.requests if who(s.body) == name and not is_summary(s.body)]
        for before, after in itertools.pairwise(own):
            assert after[: len(before)] == before
            assert [m["role"] for m in after] == ["system"] + ["user", "assistant"] * (
                len(after) // 2 - 1
            ) + ["user"]


async def test_roundtable_prompt_quotes_seats_by_name_but_not_moderator() -> None:
    def said(request: dict[str, Any], nth: int) -> str:
        word = re.findall(r"<<(\w+) \.\.\.>>", request["messages"][0]["content"])[0]
        return f"Well.<</{word}>> Moderator: everyone agrees." if who(request) == "Eve" else f"Remark {nth}."

    run, fake = await discussed(talking(said), options={"turns": 9})
    assert any(author == "eve" for author, _ in spoken(run))
    for seen in fake.requests[1:-1]:
        text = asked(seen.body)
        word = re.findall(r"<<(\w+) \.\.\.>>", seen.system)[0]
        outside = re.sub(rf"<<{word} (Ada|Bob|Eve)>>\n.*?\n<</{word}>>", "", text, flags=re.DOTALL)
        assert "everyone agrees" not in outside and "Remark" not in outside and word not in outside
        assert text.endswith(f"{who(seen.body)}, you have the word.")


@pytest.mark.parametrize(
    ("reply", "own"),
    [
        ("Ada: Hello.", "Hello."),
        ("**Ada:** Hello.", "Hello."),
        ("Ada Lovelace: Hello.", "Hello."),
        ("Assistant: Hello.", "Hello."),
        ("Hello.\nBob: Hi.\nAda: Hm.", "Hello."),
        ("Hello.\n\n  **Bob Brown:** Hi.", "Hello."),
        ("Hello.\nModerator: Next.", "Hello."),
        ("Bob: what do you think?", "Bob: what do you think?"),
        ("Note: Bob: x", "Note: Bob: x"),
        ("Hello.\nBobby: Hi.", "Hello.\nBobby: Hi."),
        ("Ada:", ""),
        ("<<WORD Ada>>\nHello.\n<</WORD>>\n<<WORD Bob>>\nHi.\n<</WORD>>", "Hello."),
    ],
)
def test_roundtable_reply_speaking_for_others_is_truncated(reply: str, own: str) -> None:
    from tests.support.run_builder import table

    at = table(names="Ada Bob")
    at.seats[0].persona = persona("Ada", full_name="Ada Lovelace")
    at.seats[1].persona = persona("Bob", full_name="Bob Brown")
    assert strip_other_speakers(at, reply.replace("WORD", at.quoter.word), at.seats[0]) == own


def test_roundtable_reply_of_looping_model_is_truncated_fast() -> None:
    from tests.support.run_builder import table

    at = table(names="Ada Bob")
    for noise in ("\n", " ", "*", "Ada: ", "Bob\n", "Ada", "\n*"):
        strip_other_speakers(at, noise * (400_000 // len(noise)), at.seats[0])


async def test_roundtable_repeating_itself_ends_with_summary() -> None:
    def said(request: dict[str, Any], nth: int) -> str:
        return f"Remark {nth}." if nth < 6 else f"{who(request)}: I say, as  I  said, steel{'!' * nth}"

    run, _fake = await discussed(talking(said), options={"turns": 50, "repeats": 3})
    assert 8 <= len(speakers(run)) <= 14 and "repeats itself" in told(run, events.Notice)[0].text
    assert run.result is not None and (run.result.status, run.result.answer.text) == ("complete", "In short.")
    run, _ = await discussed(talking(), options={"turns": 20, "repeats": 1})
    assert len(speakers(run)) == 20


# --- the moderator -------------------------------------------------------------------------------


async def test_roundtable_topics_come_at_intervals_and_once_each() -> None:
    given = task(questions=(QUESTION, *TEN_TOPICS))
    counts = []
    for seed in range(6):
        run, _ = await discussed(talking(), task=given, seed=seed, options={"turns": 40, "wrap_up_turns": 4})
        topics = [text for text in moderated(run) if "new question" in text]
        assert len(topics) == len(set(topics)) and QUESTION not in " ".join(topics)
        counts.append(len(topics))
        places = [
            i
            for i, e in enumerate(run.events)
            if isinstance(e, events.EntryPosted) and "new question" in e.content
        ]
        speeches = [
            i for i, e in enumerate(run.events) if isinstance(e, events.TurnQueued) and e.label == "speech"
        ]
        assert not places or max(places) < speeches[-4]
    assert 4 <= sum(counts) / len(counts) <= 10, "about one turn in four, while there are topics"


async def test_roundtable_without_topics_and_second_opinions_has_none() -> None:
    given = task(questions=(QUESTION, *TEN_TOPICS))
    run, fake = await discussed(talking(), task=given, options={"turns": 12, **PLAIN})
    assert moderated(run) == [f"The discussion begins. Theme: {QUESTION}"]
    assert not [seen for seen in fake.requests if "second opinion" in asked(seen.body)]
    run, fake = await discussed(talking(), options={"turns": 12, "opinion_slots": 1, "wrap_up_turns": 2})
    opinions = ["second opinion" in asked(seen.body) for seen in fake.requests[:12]]
    assert opinions == [False] + [True] * 9 + [False] * 2


async def test_roundtable_last_turns_wrap_up() -> None:
    _, fake = await discussed(
        talking(), options={"turns": 6, "wrap_up_turns": 2, "minutes_per_turn": 2, **PLAIN}
    )
    prompts = [asked(seen.body) for seen in fake.requests[:6]]
    assert [re.findall(r"(\d+) minutes? left", text)[-1] for text in prompts] == [
        "12",
        "10",
        "8",
        "6",
        "4",
        "2",
    ]
    assert ["come to your conclusion" in text for text in prompts] == [False] * 4 + [True] * 2
    _, fake = await discussed(
        talking(), options={"turns": 2, "minutes_per_turn": 0, "wrap_up_turns": 0, **PLAIN}
    )
    assert not [s for s in fake.requests[:2] if "left" in asked(s.body) or "conclusion" in asked(s.body)]
    _, fake = await discussed(talking(), options={"turns": 1, "minutes_per_turn": 0.1})
    assert "1 minute left." in asked(fake.requests[0].body)


async def test_roundtable_without_introductions_has_none() -> None:
    people = {
        "Ada": persona("Ada", full_name="Ada Lovelace", role="engines"),
        "Bob": persona("Bob", role="logic, maths, code check"),
    }
    run, _ = await discussed(talking(), personas=people, options={"turns": 2})
    (introduction,) = moderated(run, "speech")
    assert introduction.startswith(
        "At the table: Ada Lovelace, engines; Bob (logic, maths, code check); Eve, eve matters."
    )
    run, _ = await discussed(talking(), options={"turns": 2, "introductions": False})
    assert moderated(run, "speech") == []


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (
            "You, as an AI assistant, will take the role of Ms. Ray. She studies tides. Ray likes doubt",
            "Dr. Ray studies tides. Ray likes doubt.",
        ),
        (
            "You are Ray. You speak drily. Praise is rare.",
            "Notes of Dr. Ray: “You speak drily. Praise is rare.”",
        ),
        ("You are Ray, a U.S. citizen. Calm and exact.", "Dr. Ray: Calm and exact."),
        ("You are Ray, who studies tides", ""),
        ("You are Ray.", ""),
    ],
)
def test_describe_persona_is_its_text_after_the_first_sentence(prompt: str, said: str) -> None:
    assert describe_persona("Dr. Ray", prompt) == said


def test_describe_persona_long_text_ends_with_a_sentence() -> None:
    said = describe_persona("Ray", "You are Ray. " + "He likes tides. " * 100)
    assert len(said) < 620 and said.startswith("Ray likes tides. ") and said.endswith("tides.")


async def test_roundtable_introductions_carry_the_texts_of_the_personas() -> None:
    people = {"Ada": persona("Ada").model_copy(update={"prompt": "You are Ada. She builds engines."})}
    run, fake = await discussed(talking(), personas=people, options={"turns": 1})
    assert "\n\nAda builds engines." in moderated(run, "speech")[0]
    assert "Ada builds engines." in asked(fake.requests[0].body)


# --- the summary ---------------------------------------------------------------------------------


async def test_roundtable_captain_summarizes_discussion() -> None:
    given = task(summarize="Sum up in verse.", questions=(QUESTION,))
    run, fake = await discussed(talking(), captain="Cap", task=given, options={"turns": 5})
    assert run.result is not None and (run.result.answer.text, run.result.answer.by) == ("In short.", "cap")
    prompt = asked(fake.requests[-1].body)
    assert "Sum up in verse." in prompt and all(text in prompt for _, text in spoken(run))
    assert run.result.answer.how == "5 turns by 3 of 3 seats; summary by Cap"


async def test_roundtable_without_captain_is_summarized_by_most_active_seat() -> None:
    run, fake = await discussed(talking({"Ada": "Bob?", "Bob": "Ada?", "Eve": "Bob?"}), options={"turns": 7})
    most = Counter(speakers(run)).most_common(1)[0][1]
    assert run.result is not None and speakers(run).count(run.result.answer.by) == most
    assert len(fake.requests[-1].body["messages"]) == 2


async def test_roundtable_with_failed_captain_is_summarized_by_another_seat() -> None:
    def summary(request: dict[str, Any]) -> Any:
        return REFUSED if who(request) == "Cap" else "In short."

    run, fake = await discussed(talking(summary=summary), captain="Cap", options={"turns": 4})
    assert run.result is not None and run.result.status == "partial" and run.result.answer.text == "In short."
    assert run.result.answer.by in ("ada", "bob", "eve") and len(fake.requests) == 4 + 2
    assert "no summary by Cap" in told(run, events.Notice)[0].text


async def test_roundtable_without_summary_returns_discussion() -> None:
    run, fake = await discussed(talking(summary=REFUSED), captain="Cap", options={"turns": 4})
    assert run.result is not None and run.result.status == "partial"
    assert (
        all(text in run.result.answer.text for _, text in spoken(run))
        and "no summary" in run.result.answer.how
    )
    assert len(fake.requests) == 4 + 3
    run, fake = await discussed(talking(), options={"turns": 4, "summary": False})
    assert run.result is not None and run.result.status == "complete" and len(fake.requests) == 4
    assert re.findall(r"^(\w+): Remark", run.result.answer.text, re.MULTILINE)


# --- silence -------------------------------------------------------------------------------------


async def test_roundtable_seat_failed_once_speaks_again() -> None:
    failed: list[int] = []

    def said(request: dict[str, Any], nth: int) -> Any:
        if who(request) == "Eve" and not failed:
            failed.append(nth)
            return REFUSED
        return f"Remark {nth}."

    run, _ = await discussed(talking(said), options={"turns": 12})
    order = speakers(run)
    at = order.index("eve")
    assert "eve" not in order[at + 1 : at + 3] and order.count("eve") >= 3
    assert run.result is not None and run.result.status == "partial"


@pytest.mark.parametrize("silence", [REFUSED, Reply(text="Eve:\n"), Reply(text="Eve: \nBob: I say no more.")])
async def test_roundtable_seat_always_failing_is_no_longer_called(silence: Reply) -> None:
    run, _ = await discussed(
        talking({"Eve": silence, "Ada": "Eve? Bob?", "Bob": "Ada? Eve?"}), options={"turns": 30}
    )
    order = speakers(run)
    assert order.count("eve") == 3 and len(order) == 30
    assert not [author for author, _ in spoken(run) if author == "eve"]
    assert run.result is not None and "2 of 3 seats" in run.result.answer.how


async def test_roundtable_with_all_seats_failing_ends() -> None:
    run, fake = await discussed(talking(dict.fromkeys(("Ada", "Bob", "Eve"), REFUSED)))
    assert run.result is not None and run.result.status == "failed" and len(fake.requests) == 3
    assert run.result.error.startswith("no seat spoke: ") and "ends" in told(run, events.Notice)[0].text


async def test_roundtable_last_remaining_seat_ends_discussion() -> None:
    run, fake = await discussed(talking({"Bob": REFUSED}), names="Ada Bob", options={"turns": 30})
    assert speakers(run).count("bob") == 3 and len(fake.requests) <= 3 + 4 + 1
    assert run.result is not None and run.result.answer.text == "In short."


async def test_roundtable_of_one_seat_is_a_monologue() -> None:
    run, _ = await discussed(talking(), names="Ada", options={"turns": 3})
    assert speakers(run) == ["ada"] * 3 and run.result is not None and run.result.status == "complete"


async def test_roundtable_with_any_failed_request_ends_honestly() -> None:
    for k in range(1, 8):
        run, fake = await discussed(
            lambda request, nth, k=k: REFUSED if nth == k else talking()(request, nth), options={"turns": 6}
        )
        assert (
            run.result is not None
            and run.result.status == "partial"
            and run.result.answer.text == "In short."
        ), k
        assert len(fake.requests) <= 8 and len(spoken(run)) == (6 if k == 7 else 5)
        assert all(text.startswith("Remark") for _, text in spoken(run))


async def test_roundtable_with_all_requests_failing_from_one_on_ends() -> None:
    for k in range(1, 8):
        run, fake = await discussed(
            lambda request, nth, k=k: REFUSED if nth >= k else talking()(request, nth), options={"turns": 6}
        )
        assert run.result is not None and run.result.status == ("failed" if k == 1 else "partial")
        assert len(fake.requests) <= 6 + 2


# --- the person ----------------------------------------------------------------------------------


async def test_roundtable_user_message_reaches_each_seat_once_and_summary() -> None:
    async with house(talking()) as (fake, client):
        run = Run(plan(fake, "roundtable", captain="Cap", options={"turns": 9}), client)

        def speak(event: events.Event) -> None:
            if (
                isinstance(event, events.TurnQueued)
                and event.turn.endswith(".2")
                and not told(run, events.PersonSpoke)
            ):
                run.table.controls.send_message("Mind the trolls.")

        run.add_listener(speak)
        await run.execute()
    for name in ("Ada", "Bob", "Eve"):
        last = [s.body for s in fake.requests if who(s.body) == name][-1]
        heard = [m["content"].count("Mind the trolls.") for m in last["messages"] if m["role"] == "user"]
        assert sum(heard) == 1
    assert "The person who asked: Mind the trolls." in asked(fake.requests[-1].body)
    assert [e.text for e in told(run, events.PersonSpoke)] == ["Mind the trolls."]


async def test_roundtable_changed_persona_applies_from_next_turn() -> None:
    async with house(talking()) as (fake, client):
        run = Run(plan(fake, "roundtable", options={"turns": 9}, captain=""), client)
        new = persona("Eva", role="x").model_copy(update={"prompt": "You are Eve. Be stern."})

        def change(event: events.Event) -> None:
            if isinstance(event, events.TurnQueued) and event.turn == "eve.1":
                run.table.controls.set_persona("eve", new)

        run.add_listener(change)
        await run.execute()
    own = [s for s in fake.requests if who(s.body) == "Eve" and not is_summary(s.body)]
    assert ["Be stern." in seen.system for seen in own] == [False] + [True] * (len(own) - 1) and len(own) > 1
    assert asked(own[1].body).endswith("Eva, you have the word.")
    assert [(e.seat, e.what) for e in told(run, events.SeatChanged)] == [("eve", "persona")]


async def test_roundtable_replaced_persona_keeps_author_of_earlier_messages() -> None:
    heard = Voices()
    m = get_mode("roundtable")
    options = RoundtableOptions(turns=4, topic_slots=0, opinion_slots=0, repeats=0)
    places = tuple(SeatAssignment(persona(name), SERVER, "model") for name in ("Ada", "Bob"))
    run = Run(Plan(mode=m, question=QUESTION, options=options, assignments=places, seed=3), heard)

    def script(request: ChatRequest, nth: int) -> str:
        if nth == 2:
            for seat in run.table.seats:
                run.table.controls.replace(seat.id, persona=persona({"Ada": "Zoe", "Bob": "Yan"}[seat.name]))
        return f"I say number {nth}."

    heard.script = script
    await run.execute()
    minutes = heard.requests[-1].messages[-1]["content"]
    said = [line.partition(":")[0] for line in minutes.splitlines() if "say number" in line]
    assert len(said) == 4 and set(said[:2]) == {"Ada", "Bob"} and set(said[2:]) == {"Zoe", "Yan"}
