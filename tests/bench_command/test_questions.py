"""Every format by a small file; wrong lines are named."""

from __future__ import annotations

import csv
import gc
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.bench.graders.grade import grade_answer
from roundtable_tui.bench.questions.bundled import KINDS, generate_questions
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.questions.read import read_questions
from roundtable_tui.bench.questions.records import read_records
from roundtable_tui.bench.questions.sample import sample_questions
from roundtable_tui.errors import FileError, UsageError


def write_jsonl(folder: Path, *records: Any) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in records), "utf-8")
    return path


def write_csv(folder: Path, *rows: tuple[str, ...]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = folder / "questions.csv"
    path.write_text(out.getvalue(), "utf-8")
    return path


def read_one(path: Path) -> BenchQuestion:
    (question,) = read_questions(path).questions
    return question


PLAIN = {"id": "a", "question": "How many?", "answer": 12, "topic": "sums", "cluster": "c1", "weight": 2}


def test_plain_jsonl_is_read_with_all_fields(tmp_path: Path) -> None:
    found = read_one(write_jsonl(tmp_path, PLAIN))
    assert (found.id, found.question, found.gold, found.grader) == ("a", "How many?", "12", "number")
    assert (found.topic, found.cluster, found.weight) == ("sums", "c1", 2.0)


def test_plain_choices_with_the_text_as_answer_give_a_letter(tmp_path: Path) -> None:
    record = {"question": "Capital?", "answer": "Paris", "choices": ["Rome", "Paris"]}
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.grader, found.gold, found.choices) == ("choice", "B", ("Rome", "Paris"))
    assert "A) Rome\nB) Paris" in found.prompt


def test_plain_csv_is_read_with_semicolons_and_choices(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("id;question;answer;choices\n1;Sky?;blue;\n2;Capital?;A;Rome|Paris\n", "utf-8")
    first, second = read_questions(path).questions
    assert (first.grader, first.gold) == ("exact", "blue")
    assert (second.grader, second.gold, second.choices) == ("choice", "A", ("Rome", "Paris"))


def test_inspect_sample_messages_and_targets_are_read(tmp_path: Path) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
    record = {"id": 7, "input": messages, "target": ["Ada", "Lovelace"], "metadata": {"category": "people"}}
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.id, found.question, found.context, found.grader) == ("7", "Who?", "Be brief.", "any")
    assert found.checks[0].gold == ("Ada", "Lovelace") and found.topic == "people"


def test_inspect_choice_target_is_a_letter(tmp_path: Path) -> None:
    found = read_one(write_jsonl(tmp_path, {"input": "Which?", "target": "B", "choices": ["x", "y"]}))
    assert (found.grader, found.gold) == ("choice", "B")


def test_openai_evals_ideal_list_accepts_any(tmp_path: Path) -> None:
    record = {"input": [{"role": "user", "content": "2+2?"}], "ideal": ["4", "four"]}
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.question, found.grader) == ("2+2?", "any")


@pytest.mark.parametrize(("grading", "grader", "answer"), [("math", "math", "x+1"), ("mc", "choice", "C")])
def test_openai_420_grading_names_the_grader(tmp_path: Path, grading: str, grader: str, answer: str) -> None:
    record = {
        "id": "m1",
        "benchmark": "math500",
        "question": "?",
        "answer": answer,
        "grading": grading,
        "meta": {},
    }
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.grader, found.topic, found.gold) == (grader, "math500", answer)


def test_gsm8k_gold_follows_the_hashes(tmp_path: Path) -> None:
    record = {"question": "Eggs?", "answer": "16 - 3 - 4 = 9\n9 * 2 = 18\n#### 1,018"}
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.grader, found.gold) == ("number", "1,018")
    assert grade_answer("Answer: 1018", found).correct


def test_mmlu_csv_without_header_is_recognized(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path, ("Which, then?", "one", "two", "three", "four", "C"), ("Next?", "a", "b", "c", "d", "A")
    )
    first, second = read_questions(path).questions
    assert (first.question, first.choices, first.gold) == (
        "Which, then?",
        ("one", "two", "three", "four"),
        "C",
    )
    assert second.gold == "A"


def test_promptfoo_yaml_assertions_become_checks(tmp_path: Path) -> None:
    path = tmp_path / "promptfoo.yaml"
    path.write_text(
        "tests:\n- description: sky\n  vars: {question: 'Colour of the sky?', colour: blue}\n"
        "  assert:\n  - {type: icontains, value: '{{colour}}'}\n  - {type: not-contains, value: green}\n",
        "utf-8",
    )
    found = read_one(path)
    assert found.id == "sky" and [check.grader for check in found.checks] == ["contains", "contains"]
    assert grade_answer("It is Blue.", found).correct
    assert not grade_answer("Blue, not green.", found).correct
    assert not grade_answer("Red.", found).correct


def test_promptfoo_csv_expected_columns_are_read(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        ("question", "__expected", "__expected1", "__metadata:topic"),
        ("Sky?", "contains-any: blue,azure", "regex: ^It", "nature"),
        ("Two?", "2", "", "sums"),
    )
    first, second = read_questions(path).questions
    assert grade_answer("It is azure", first).correct and not grade_answer("azure", first).correct
    assert (second.grader, second.gold, first.topic) == ("exact", "2", "nature")


@pytest.mark.parametrize("kind", ["javascript", "python"])
def test_promptfoo_foreign_code_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    record = {"vars": {"question": "?"}, "assert": [{"type": kind, "value": "output == 1"}]}
    with pytest.raises(FileError, match=f"line 1 the assertion {kind} would run foreign code"):
        read_questions(write_jsonl(tmp_path, record))


def test_human_eval_task_is_graded_by_code(tmp_path: Path) -> None:
    record = {
        "task_id": "HumanEval/0",
        "prompt": "def f():",
        "test": "def check(f): pass",
        "entry_point": "f",
    }
    found = read_one(write_jsonl(tmp_path, record))
    assert (found.id, found.grader, found.checks[0].entry_point) == ("HumanEval/0", "code", "f")


def write_task(folder: Path, questions: str, settings: str) -> None:
    folder.mkdir(parents=True)
    (folder / "questions.txt").write_text(questions, "utf-8")
    (folder / "task.toml").write_text(settings, "utf-8")


def test_folder_of_tasks_with_answers_is_read(tmp_path: Path) -> None:
    write_task(tmp_path / "sums", "One and one?\nTwo and two?\n", 'answers = ["2", "4"]\n')
    write_task(tmp_path / "words", "Opposite of hot?\n", 'answers = ["cold"]\n')
    found = read_questions(tmp_path).questions
    assert [(one.id, one.gold, one.number) for one in found] == [
        ("sums/1", "2", 1), ("sums/2", "4", 2), ("words/1", "cold", 1)
    ]  # fmt: skip
    assert found[0].task == str((tmp_path / "sums").resolve())


def test_folder_of_tasks_without_answers_names_the_task(tmp_path: Path) -> None:
    write_task(tmp_path / "sums", "One and one?\n", "")
    with pytest.raises(FileError, match="task sums has no answers"):
        read_questions(tmp_path)


THREE_WRONG = (
    PLAIN,
    '{"question": "cut',
    {"question": "no answer"},
    {**PLAIN, "id": "b"},
    {"text": "unknown"},
)


def test_three_wrong_lines_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read_questions(write_jsonl(tmp_path, *THREE_WRONG))
    text = str(caught.value)
    assert "3 records are wrong" in text and "--skip-bad" in text and "\n" not in text
    assert all(f"line {number} " in text for number in (2, 3, 5)) and "line 4" not in text


def test_three_wrong_lines_with_skip_bad_leave_the_others(tmp_path: Path) -> None:
    found = read_questions(write_jsonl(tmp_path, *THREE_WRONG), skip_bad=True)
    assert [one.id for one in found.questions] == ["a", "b"] and len(found.problems) == 3


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"question": "?", "answer": "E", "choices": ["x", "y"]}, "none of the choices"),
        ({"question": "?", "answer": "x", "grade": "guess"}, "no grader 'guess'"),
        ({"question": "?", "answer": "many", "grade": "number"}, "not a number"),
        ({"question": "?", "answer": "1", "tol": "a bit"}, "tolerance 'a bit'"),
        ({"question": "?", "answer": "1", "weight": -1}, "weight '-1'"),
        ({"question": " ", "answer": "1"}, "no text under 'question'"),
        ({"question": "?", "answer": []}, "no answer under 'answer'"),
        (
            {"input": [{"role": "user", "content": [{"type": "image"}]}], "target": "x"},
            "messages without text",
        ),
    ],
)
def test_wrong_record_says_why(tmp_path: Path, record: dict[str, Any], reason: str) -> None:
    with pytest.raises(FileError, match="line 1 ") as caught:
        read_questions(write_jsonl(tmp_path, record))
    assert reason in str(caught.value)


def test_same_id_twice_names_the_first_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="line 2 has the id 'a' of line 1"):
        read_questions(write_jsonl(tmp_path, PLAIN, PLAIN))


def test_csv_row_with_missing_columns_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path, ("question", "answer"), ("one?", "1"), ("two?",))
    with pytest.raises(FileError, match="line 3 has 1 columns instead of 2"):
        read_questions(path)


def test_json_list_names_the_entry(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    path.write_text(json.dumps([PLAIN, {"question": "?"}]), "utf-8")
    with pytest.raises(FileError, match="entry 2 "):
        read_questions(path)


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="file not found"):
        read_questions(tmp_path / "none.jsonl")


def test_missing_ids_do_not_depend_on_the_order(tmp_path: Path) -> None:
    records = [{"question": f"{n}?", "answer": n} for n in range(3)]
    first = {one.question: one.id for one in read_questions(write_jsonl(tmp_path, *records)).questions}
    second = {one.question: one.id for one in read_questions(write_jsonl(tmp_path, *records[::-1])).questions}
    assert first == second and len(set(first.values())) == 3


def test_set_hash_changes_with_a_gold_answer_only(tmp_path: Path) -> None:
    one = read_questions(write_jsonl(tmp_path, PLAIN, {**PLAIN, "id": "b"})).hash
    other_order = read_questions(write_jsonl(tmp_path, {**PLAIN, "id": "b"}, PLAIN)).hash
    other_gold = read_questions(write_jsonl(tmp_path, PLAIN, {**PLAIN, "id": "b", "answer": 13})).hash
    assert one == other_order != other_gold


def test_bundled_set_has_100_questions_in_six_kinds_and_three_levels() -> None:
    found = read_questions("bundled").questions
    cells = Counter(one.id.rsplit("-", 1)[0] for one in found)
    assert len(found) == 100 and len({one.question for one in found}) == 100
    assert (
        set(cells) == {f"{kind}-{level}" for kind in KINDS for level in (1, 2, 3)}
        and min(cells.values()) >= 5
    )


def test_bundled_set_same_seed_is_the_same_and_another_differs() -> None:
    assert generate_questions() == generate_questions() != generate_questions(seed=1)


@pytest.mark.parametrize("seed", range(3))
def test_bundled_gold_passes_its_grader_and_wrong_answers_fail(seed: int) -> None:
    for question in generate_questions(seed=seed):
        assert grade_answer(f"Some work first.\n\nAnswer: {question.gold}", question).correct
        assert len(question.wrong) >= 3
        for wrong in question.wrong:
            assert not grade_answer(f"Some work first.\n\nAnswer: {wrong}", question).correct


def solve(question: BenchQuestion) -> str:
    """Solve the kinds whose text can be evaluated without the generator."""
    text = question.question
    if question.topic == "arithmetic":
        return str(eval(text.removeprefix("What is ").removesuffix("?")))
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    words = text.replace(".", "").split()
    return days[(days.index(words[2]) + int(words[-2])) % 7]


def test_bundled_gold_agrees_with_another_way_to_solve_it() -> None:
    found = [one for one in generate_questions() if one.topic in ("arithmetic", "calendar")]
    assert len(found) > 30 and [solve(one) for one in found] == [one.gold for one in found]


def test_stratified_sample_keeps_the_shares_of_topics() -> None:
    questions = generate_questions()
    found = sample_questions(questions, 30, "stratified", seed=4)
    assert len(found) == 30 and set(Counter(one.topic for one in found).values()) == {5}
    assert found == sample_questions(questions, 30, "stratified", seed=4)
    assert found != sample_questions(questions, 30, "stratified", seed=5)
    assert [one.id for one in found] == [one.id for one in questions if one in found]


def test_head_sample_is_the_first_ones() -> None:
    questions = generate_questions()
    assert sample_questions(questions, 3) == questions[:3] and sample_questions(questions, None) == questions


def test_yaml_with_too_many_values_is_refused_and_the_collector_stays_on(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text("- question: q\n  answer: a\n" * 30_000)
    assert len(read_records(path)) == 30_000 and gc.isenabled()
    path.write_text("- question: q\n  answer: a\n" * 40_000)
    with pytest.raises(FileError, match=r"at most 200,000 values and keys of YAML are read. Save it as JSON"):
        read_records(path)


def test_many_wrong_records_are_named_as_far_as_a_line_has_room(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path, *[{"x" * 200 + str(n): 1} for n in range(30)])
    with pytest.raises(FileError) as caught:
        read_questions(path)
    what = caught.value.what
    assert what.startswith("30 records are wrong: line 1 is in no known format") and len(what) < 800
    assert what.endswith(f"and {30 - what.count('no known format')} more")
