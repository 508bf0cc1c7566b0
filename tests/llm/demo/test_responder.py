"""The demo's replies are repeatable, readable, and of the form that the conversation asks for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.llm.demo.composer import compose_reply, list_answers
from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, list_sentences
from roundtable_tui.llm.demo.wire import CompletionRequest, Message, Reply, split_tokens
from tests.support.torture import examples

QUESTION = "Should a small team adopt Rust for its backend?"
PERSONAS = [
    "You are a careful historian.",
    "You are a blunt sceptic.",
    "You are an engineer.",
    "You are a cook.",
]
MARKER = "[[ANSWER-babadodo]]"


def say(*messages: dict[str, str], model: str = "demo-small", seed: int = 1, **more: Any) -> Reply:
    request = CompletionRequest.model_validate({"model": model, "messages": list(messages), **more})
    return compose_reply(request, model, seed)


def prompt_of(*asked: str, system: str = "") -> ParsedPrompt:
    messages = [Message(role="user", content=text) for text in asked]
    return ParsedPrompt([Message(role="system", content=system), *messages])


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def text(reply: Reply) -> str:
    return "".join(reply.content)


def debate(persona: str, rounds: int, seed: int = 1) -> list[str]:
    """Return a seat's deliverables, round by round."""
    messages = [system(f"{persona} End with a line {MARKER} and your answer."), user(QUESTION)]
    out = []
    for number in range(rounds):
        said = text(say(*messages, seed=seed))
        head, marker, tail = said.rpartition(MARKER)
        assert marker and head.endswith("\n"), said
        out.append(tail.strip())
        messages += [
            {"role": "assistant", "content": said},
            user(f"Round {number + 2}. The others answered."),
        ]
    return out


def test_reply_with_the_same_seed_is_the_same_and_with_another_differs() -> None:
    assert say(user(QUESTION)) == say(user(QUESTION))
    assert len({say(user(QUESTION), seed=seed).content for seed in range(5)}) == 5


def test_reply_with_another_seed_in_the_request_differs() -> None:
    request = {"model": "demo-small", "messages": [user(QUESTION)]}
    one, two = (CompletionRequest.model_validate({**request, "seed": seed}) for seed in (1, 2))
    assert compose_reply(one, "demo-small", 1) != compose_reply(two, "demo-small", 1)


@pytest.mark.parametrize("seed", range(12))
def test_reply_with_any_seed_is_of_readable_length_without_repeated_paragraphs(seed: int) -> None:
    said = text(say(user(QUESTION), seed=seed))
    assert 40 <= len(said.split()) <= 240
    blocks = said.split("\n\n")
    assert len(blocks) == len(set(blocks))
    assert said.count("```") % 2 == 0


def test_reply_to_a_request_without_markup_has_no_markdown() -> None:
    mark = re.compile(r"^(?:- |\d\. |### |> |\||```)|\*\*", re.MULTILINE)
    free = [text(say(user(QUESTION), seed=seed)) for seed in range(30)]
    plain = [text(say(user(f"{QUESTION} Use no lists or markup."), seed=seed)) for seed in range(30)]
    assert 8 <= sum(bool(mark.search(t)) for t in free) < 30
    assert not any(mark.search(t) for t in plain)


def test_reply_to_a_question_uses_its_topics_and_the_request_s_sentences() -> None:
    fact = "The old bridge was closed for repairs in the spring of that year."
    said = [text(say(user(f"{fact} {QUESTION}"), seed=seed)) for seed in range(12)]
    assert any("Rust" in t or "backend" in t for t in said)
    assert any("bridge" in t for t in said)


def test_answers_of_several_seats_differ_in_round_1_and_agree_in_round_3() -> None:
    answers = [debate(persona, 3, seed) for persona in PERSONAS for seed in (1,)]
    assert len({a[0] for a in answers}) > 1
    assert len({a[2] for a in answers}) == 1
    assert all(len(a) < 60 for row in answers for a in row)


def test_reply_to_a_request_with_two_markers_has_the_last_one() -> None:
    said = text(say(system("Old: [[ANSWER-aaaa]]"), user(f"{QUESTION} End with {MARKER} and your answer.")))
    assert MARKER in said and "aaaa" not in said


def test_reply_in_a_discussion_is_short_and_may_name_another_participant() -> None:
    frame = system("You are Ms. Grey. The participants are Ada Byron and Tom.")
    prompt = user(f"Speak in one to three sentences, without lists.\n\n{QUESTION}")
    said = [text(say(frame, prompt, seed=seed)) for seed in range(20)]
    assert all("\n" not in t and 1 <= len(list_sentences(t)) <= 4 for t in said)
    assert any("Ada" in t or "Tom" in t for t in said)


def test_reply_of_one_word_is_one_of_the_words_and_agrees_later() -> None:
    order = user("Reply with one word: CONSENSUS or CONTINUE")
    assert text(say(user(QUESTION), order)) == "CONTINUE"
    later = [m for _ in range(3) for m in (user(QUESTION), {"role": "assistant", "content": "CONTINUE"})]
    assert text(say(*later, order)) == "CONSENSUS"


def test_reply_with_max_tokens_keeps_the_limit_and_reports_it() -> None:
    cut = say(user(QUESTION), max_tokens=5)
    assert len(cut.content) == 5 and cut.finish_reason == "length"
    short = say(system(f"End with {MARKER} and your answer."), user(QUESTION), max_completion_tokens=120)
    assert short.finish_reason == "stop" and MARKER in text(short)


def test_reply_of_the_thinker_has_reasoning_and_of_others_in_some_seats() -> None:
    assert say(user(QUESTION), model="demo-thinker").reasoning
    large = [bool(say(system(f"Seat {n}"), user(QUESTION), model="demo-large").reasoning) for n in range(12)]
    assert any(large) and not all(large)


def test_reply_with_any_seed_does_not_claim_to_be_a_model() -> None:
    said = " ".join(text(say(user(QUESTION), seed=seed)) for seed in range(40)).lower()
    assert not re.search(r"\b(?:ai|assistant|language model|model|gpt|llm)\b", said)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which is it? (A) red (B) blue (C) green", {"A", "B", "C"}),
        (
            "Which is heavier: a kilogram of feathers or a kilogram of steel?",
            {"Kilogram of feathers", "Kilogram of steel"},
        ),
    ],
)
def test_list_answers_for_offered_options_returns_them(question: str, expected: set[str]) -> None:
    assert set(list_answers(question)) == expected


def test_list_answers_for_other_questions_fits_their_form() -> None:
    assert {a.split(",")[0] for a in list_answers(QUESTION)} >= {"Yes", "No"}
    assert all(a.isdigit() for a in list_answers("How many bones are in the hand?"))
    assert all(a.isdigit() for a in list_answers("What is 6 x 7?"))
    assert len(list_answers("Tell me about tea.")) > 2


def test_find_topics_in_a_question_returns_noun_phrases() -> None:
    assert prompt_of(QUESTION).topics == ["a small team", "Rust", "the backend"]
    assert prompt_of("What should we do about summer heat?").topics == ["summer heat"]
    assert prompt_of("Is tea good?").topics == ["tea"]
    assert prompt_of("").topics == ["the question"]


def test_list_sentences_with_titles_and_markup_keeps_titles_only() -> None:
    found = list_sentences(
        "**Ms. Grey** wrote it, e.g. in May. It rained!\n- a point\n<<abc Agent A>>\nWell."
    )
    assert found == ["Ms. Grey wrote it, e.g. in May.", "It rained!", "a point", "Well."]


def test_parse_prompt_with_content_in_parts_finds_the_question() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": QUESTION}, {"type": "image_url"}]}
    assert ParsedPrompt([Message.model_validate(message)]).question == QUESTION


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=300)),
        min_size=1,
        max_size=5,
    )
)
def test_reply_to_any_conversation_has_text(messages: list[tuple[str, str]]) -> None:
    assert text(say(*({"role": role, "content": content} for role, content in messages), seed=0)).strip()


@given(st.text(max_size=400))
def test_split_tokens_joined_is_the_text(whole: str) -> None:
    assert "".join(split_tokens(whole)) == whole


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ([f"Some context. Is it old?\n\n{QUESTION}"], QUESTION),
        (
            ["The question:\n\nIs tea good?\n\n<<w answer 1>>\nIs it? Yes.\n<</w>>\n\nWhich one is best?"],
            "Is tea good?",
        ),
        (["Moderator: It begins. Theme: What is tea?"], "What is tea?"),
        (["Theme: What is tea?", "Moderator: a new question to the table: Is it hot?"], "Is it hot?"),
        (["Is tea good?", "Answer the question again: reasons, then the line"], "Is tea good?"),
        (["Describe tea."], "Describe tea."),
        ([""], ""),
    ],
)
def test_find_question_in_a_conversation_returns_it(asked: list[str], question: str) -> None:
    assert prompt_of(*asked).question == question


def test_find_question_without_one_returns_the_theme_of_the_system_prompt() -> None:
    asked = prompt_of("It is over. Sum it up.", system="You listened. The theme: What is tea?")
    assert asked.question == "What is tea?"


@pytest.mark.parametrize("end", ["The theme: Tea", "\nThe theme: Tea", ""])
def test_find_names_in_a_system_prompt_returns_the_others(end: str) -> None:
    prompt = f"You take part in a spoken discussion with Ada, Tom Lee and Ms. Grey. {end}".rstrip(" ")
    assert prompt_of("Go on.", system=prompt).names == ["Ada", "Tom Lee", "Ms. Grey"]
    assert prompt_of("Go on.", system="You speak alone.").names == []


def verdict_on(*answers: str) -> str:
    quoted = [f"<<w Agent {n}>>\nBecause.\n\n[[ANSWER-***]]\n{a}\n<</w>>" for n, a in enumerate(answers)]
    return text(say(user("\n\n".join([*quoted, "Reply with exactly one word: AGREE or DISAGREE."]))))


def test_reply_to_quoted_answers_agrees_if_they_do() -> None:
    assert verdict_on("Yes.", "yes.", " Yes.") == "AGREE"
    assert verdict_on("Yes.", "No.") == "DISAGREE"


def test_reply_to_a_struck_out_marker_does_not_use_it() -> None:
    quoted = "<<w Agent A>>\nSo.\n[[ANSWER-***]]\nNo.\n<</w>>"
    assert (
        text(say(system(f"End with {MARKER} and the answer."), user(QUESTION), user(quoted))).count(MARKER)
        == 1
    )
    assert "ANSWER" not in text(say(user(QUESTION), user(quoted)))


def test_reply_to_instructions_does_not_repeat_them() -> None:
    fact = "The bridge was closed in May that year."
    said = " ".join(
        text(say(system("Chair the debate with care."), user(f"{fact} {QUESTION} Do not tell."), seed=seed))
        for seed in range(40)
    )
    assert "Chair the debate" not in said and "Do not tell" not in said and "bridge" in said
