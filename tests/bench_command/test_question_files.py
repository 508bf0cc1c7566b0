"""Question files as other projects write them: encodings, odd forms, and what is refused by name."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.bench.graders.grade import grade_answer
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.questions.read import read_questions
from roundtable_tui.errors import FileError


def read_text(folder: Path, name: str, content: str | bytes) -> tuple[BenchQuestion, ...]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_questions(path).questions


def read_record(folder: Path, record: dict[str, Any]) -> BenchQuestion:
    (found,) = read_text(folder, "q.jsonl", json.dumps(record))
    return found


def read_row(folder: Path, **row: str) -> BenchQuestion:
    out = io.StringIO()
    csv.writer(out).writerows([row.keys(), row.values()])
    (found,) = read_text(folder, "q.csv", out.getvalue())
    return found


# --- encodings and tables ---------------------------------------------------------------------------------


def test_byte_order_mark_and_windows_line_ends_are_no_part_of_a_question(tmp_path: Path) -> None:
    line = '{"question": "Größe?", "answer": "12"}\r\n'
    (found,) = read_text(tmp_path, "q.jsonl", b"\xef\xbb\xbf" + line.encode())
    assert (found.question, found.gold) == ("Größe?", "12")
    (found,) = read_text(
        tmp_path, "q.csv", b"\xef\xbb\xbfid;question;answer\r\n1;Gr\xc3\xb6\xc3\x9fe?;3,5\r\n"
    )
    assert (found.id, found.question, found.gold) == ("1", "Größe?", "3,5")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_other_encoding_is_refused_in_one_line_that_says_what_to_do(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FileError, match="UTF-8") as caught:
        read_text(tmp_path, "q.csv", "question,answer\nGröße?,12\n".encode(encoding))
    assert "\n" not in str(caught.value)


def test_names_of_columns_may_be_in_capitals(tmp_path: Path) -> None:
    found = read_row(tmp_path, Question="One?", Answer="1", Subject="sums")
    assert (found.question, found.gold, found.topic) == ("One?", "1", "sums")


# --- choices ----------------------------------------------------------------------------------------------

LETTERS = {"question": "Which?", "A": "one", "B": "two", "C": "three", "D": "four"}


def test_mmlu_table_of_simple_evals_has_names_of_columns_and_a_topic(tmp_path: Path) -> None:
    row = {"": "0", **LETTERS, "Answer": "B", "Subject": "abstract_algebra"}
    found = read_row(tmp_path, **row)
    assert (found.gold, found.choices[1], found.topic) == ("B", "two", "abstract_algebra")


def test_mmlu_letters_may_be_small_and_have_spaces(tmp_path: Path) -> None:
    first, second = read_text(tmp_path, "m.csv", "Which?,one,two,three,four,b\nNext?,1,2,3,4, d \n")
    assert (first.gold, second.gold, second.choices) == ("B", "D", ("1", "2", "3", "4"))


def test_mmlu_option_that_is_a_letter_itself_does_not_change_the_answer(tmp_path: Path) -> None:
    (found,) = read_text(tmp_path, "m.csv", "Blood group?,B,A,D,C,C\n")
    assert found.gold == "C" and found.choices[2] == "D"
    assert grade_answer("Answer: C", found).correct and not grade_answer("Answer: D", found).correct


def test_mmlu_folder_of_tables_has_a_topic_for_each_file(tmp_path: Path) -> None:
    for name, rows in {
        "high_school_physics_test": "Why?,a,b,c,d,A\n",
        "law_val": "Who?,a,b,c,d,B\nWhy?,a,b,c,d,A\n",
    }.items():
        (tmp_path / f"{name}.csv").write_text(rows, "utf-8")
    found = read_questions(tmp_path).questions
    assert [(one.question, one.gold, one.topic) for one in found] == [
        ("Why?", "A", "high school physics"), ("Who?", "B", "law"), ("Why?", "A", "law")
    ]  # fmt: skip
    assert len({one.id for one in found}) == 3
    (tmp_path / "zoology_test.csv").write_text("Who?,a,b,c,d,B\nWhat?,a\n", "utf-8")
    with pytest.raises(FileError, match=r"zoology_test\.csv line 2 has 2 columns instead of 6"):
        read_questions(tmp_path)


@pytest.mark.parametrize("choices", [["0", "4", "2", "6"], ["1", "2", "3", "4"]])
def test_mmlu_of_data_set_libraries_has_a_position_as_its_answer(tmp_path: Path, choices: list[str]) -> None:
    found = read_record(tmp_path, {"question": "?", "subject": "algebra", "choices": choices, "answer": 1})
    assert (found.gold, found.topic) == ("B", "algebra")


@pytest.mark.parametrize(
    ("choices", "answer", "gold"),
    [
        ({"text": ["x", "y", "z"], "label": ["A", "B", "C"]}, "C", "C"),
        ({"text": ["x", "y", "z"], "label": ["1", "2", "3"]}, "2", "B"),
        ({"b": "x", "a": "y"}, "a", "B"),
        ({"A": "x", "B": "y"}, "b", "B"),
        ([{"label": "A", "text": "x"}, {"label": "B", "text": "y"}], "(B)", "B"),
        ([{"text": "x"}, {"text": "y"}], "y", "B"),
        ([1, 2, 3], 2, "B"),
        (["A) x", "B) y"], "B) y", "B"),
    ],
)
def test_choices_in_nested_forms_keep_the_right_one(
    tmp_path: Path, choices: Any, answer: str | int, gold: str
) -> None:
    found = read_record(tmp_path, {"question": "Which?", "choices": choices, "answer": answer})
    assert found.gold == gold and all(isinstance(one, str) and "{" not in one for one in found.choices)


@pytest.mark.parametrize(
    ("choices", "answer", "reason"),
    [
        (["x", "x"], "x", "may be one of the options A, B"),
        (["B", "A"], "A", "may be one of the options A, B"),
        ([["x", "y"]], "A", "list of 2 to 26 texts"),
        ([{"name": "x"}, {"name": "y"}], "A", "objects without a text"),
        ({"text": ["x", "y"], "label": ["1", "1"]}, "1", "have one label"),
        (["x", "y"], 7, "none of the choices"),
    ],
)
def test_choices_that_are_unclear_are_refused(tmp_path: Path, choices: Any, answer: Any, reason: str) -> None:
    with pytest.raises(FileError, match="line 1 ") as caught:
        read_record(tmp_path, {"question": "Which?", "choices": choices, "answer": answer})
    assert reason in str(caught.value)


# --- Inspect and OpenAI's evals ---------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["x, y, z", "x y z", "x|y|z", '["x", "y", "z"]'])
def test_inspect_table_divides_choices_as_inspect_does(tmp_path: Path, cell: str) -> None:
    found = read_row(tmp_path, input="Which?", target="b", choices=cell, metadata='{"category": "k"}')
    assert (found.choices, found.gold, found.topic) == (("x", "y", "z"), "B", "k")


def test_inspect_several_right_options_are_refused_and_one_in_a_list_is_not(tmp_path: Path) -> None:
    record = {"input": "Which?", "choices": ["x", "y"], "target": ["B"]}
    assert read_record(tmp_path, record).gold == "B"
    with pytest.raises(FileError, match="several of its options are right"):
        read_record(tmp_path, {**record, "target": ["A", "B"]})


@pytest.mark.parametrize("target", [3, 2.5, "3", ["3", "three"]])
def test_inspect_targets_may_be_numbers_or_lists(tmp_path: Path, target: Any) -> None:
    found = read_record(tmp_path, {"input": "How many?", "target": target, "id": 4})
    first = target[0] if isinstance(target, list) else target
    assert found.id == "4" and grade_answer(f"Answer: {first}", found).correct


@pytest.mark.parametrize("target", ["", None, []])
def test_inspect_sample_without_a_target_cannot_be_graded(tmp_path: Path, target: Any) -> None:
    with pytest.raises(FileError, match="no answer under 'target'"):
        read_record(tmp_path, {"input": "?", "target": target})


@pytest.mark.parametrize("key", ["sandbox", "files", "setup"])
def test_inspect_sample_for_an_agent_is_refused_by_name(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileError, match=f"needs {key}, which is not supported"):
        read_record(tmp_path, {"input": "Find the flag.", "target": "x", key: {"a.txt": "b"}})


def test_messages_in_text_parts_are_read(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "Two and"}, {"type": "text", "text": "two?"}]
    found = read_record(tmp_path, {"input": [{"role": "user", "content": parts}], "ideal": "4"})
    assert found.question == "Two and\ntwo?"


def test_openai_evals_with_system_messages_only_ask_the_last_one(tmp_path: Path) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "system", "content": "Two and two?"}]
    found = read_record(tmp_path, {"input": messages, "ideal": "4"})
    assert (found.context, found.question) == ("Be brief.", "Two and two?")


def test_openai_evals_examples_are_background(tmp_path: Path) -> None:
    example = {"role": "system", "name": "example_user", "content": "One and one?"}
    answered = {"role": "system", "name": "example_assistant", "content": "2"}
    messages = [example, answered, {"role": "user", "content": "Two and two?"}]
    found = read_record(tmp_path, {"input": messages, "ideal": ["4"]})
    assert found.question == "Two and two?" and "One and one?\n\n2" in found.context


@pytest.mark.parametrize(
    ("after", "gold"), [("18", "18"), ("-3", "-3"), ("1,080 ", "1,080"), ("$18", "$18"), ("0.5\n\n", "0.5")]
)
def test_gsm8k_numbers_in_all_their_forms(tmp_path: Path, after: str, gold: str) -> None:
    found = read_record(tmp_path, {"question": "?", "answer": f"He eats <<1+1=2>>2.\n#### {after}"})
    assert (found.grader, found.gold) == ("number", gold) and grade_answer(f"Answer: {gold}", found).correct


# --- promptfoo --------------------------------------------------------------------------------------------

CONFIG: dict[str, Any] = {
    "prompts": ["What is the capital of {{country}}?"],
    "providers": ["openai:gpt-4o"],
    "tests": [{"vars": {"country": "France"}, "assert": [{"type": "contains", "value": "Paris"}]}],
}


def read_config(folder: Path, **changes: Any) -> tuple[BenchQuestion, ...]:
    return read_text(folder, "promptfooconfig.json", json.dumps({**CONFIG, **changes}))


def test_promptfoo_prompt_of_the_configuration_is_the_question(tmp_path: Path) -> None:
    (found,) = read_config(tmp_path)
    assert found.question == "What is the capital of France?"


def test_promptfoo_chat_prompt_has_its_background(tmp_path: Path) -> None:
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "And {{ country }}?"}]
    (found,) = read_config(tmp_path, prompts=json.dumps(chat))
    assert (found.context, found.question) == ("Be brief.", "And France?")


def test_promptfoo_default_test_gives_variables_and_assertions(tmp_path: Path) -> None:
    default = {"vars": {"place": "capital"}, "assert": [{"type": "not-contains", "value": "sorry"}]}
    prompt = "The {{place}} of {{country}}?"
    other = {"vars": {"country": "Italy", "place": "coast"}}
    first, second = read_config(
        tmp_path, prompts=[prompt], defaultTest=default, tests=[*CONFIG["tests"], other]
    )
    assert (first.question, second.question) == ("The capital of France?", "The coast of Italy?")
    assert grade_answer("Paris", first).correct and not grade_answer("Paris, sorry", first).correct
    assert [check.gold for check in second.checks] == [("sorry",)]


def test_promptfoo_lists_of_variables_are_all_combinations(tmp_path: Path) -> None:
    tests = [{**CONFIG["tests"][0], "vars": {"country": ["France", "Italy"], "tone": ["calm", "loud"]}}]
    found = read_config(tmp_path, prompts=["{{country}}, {{tone}}?"], tests=tests)
    assert [one.question for one in found] == [
        "France, calm?", "France, loud?", "Italy, calm?", "Italy, loud?"
    ]  # fmt: skip
    with pytest.raises(FileError, match="more than 1,000 combinations"):
        read_config(tmp_path, tests=[{**tests[0], "vars": {name: list(range(99)) for name in "ab"}}])


def test_promptfoo_files_beside_the_configuration_are_read_and_others_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "evals"
    folder.mkdir()
    (folder / "tests.csv").write_text("country,__expected\nFrance,contains: Paris\n", "utf-8")
    (folder / "prompt.txt").write_text("Capital of {{country}}?\n", "utf-8")
    (tmp_path / "tests.csv").write_text("country,__expected\nItaly,Rome\n", "utf-8")
    (found,) = read_config(folder, prompts=["file://prompt.txt"], tests="file://tests.csv")
    assert found.question == "Capital of France?"
    for outside in ("file://../tests.csv", f"file://{tmp_path}/tests.csv", "file://none.csv"):
        with pytest.raises(FileError, match="is not in its folder"):
            read_config(folder, tests=outside)


def test_promptfoo_default_test_holds_for_the_rows_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("country,__expected\nFrance,contains: Paris\nItaly,\n", "utf-8")
    default = {"vars": {"place": "capital"}, "assert": [{"type": "not-contains", "value": "sorry"}]}
    prompt = "The {{place}} of {{country}}?"
    first, second = read_config(tmp_path, prompts=[prompt], defaultTest=default, tests="file://t.csv")
    assert first.question == "The capital of France?"
    assert grade_answer("Paris", first).correct and not grade_answer("Paris, sorry", first).correct
    assert [check.gold for check in second.checks] == [("sorry",)]
    default["assert"] = [{"type": "javascript", "value": "1"}]
    with pytest.raises(FileError, match="line 2 the assertion javascript would run foreign code"):
        read_config(tmp_path, prompts=[prompt], defaultTest=default, tests="file://t.csv")


def test_promptfoo_test_without_variables_asks_the_prompt_itself(tmp_path: Path) -> None:
    (found,) = read_config(
        tmp_path, prompts="Say hello.", tests=[{"assert": [{"type": "icontains", "value": "hello"}]}]
    )
    assert found.question == "Say hello." and grade_answer("Hello!", found).correct


def test_promptfoo_configuration_that_names_itself_ends(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a configuration, not tests"):
        read_config(tmp_path, tests=["file://promptfooconfig.json"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompts": ["One {{country}}", "Two {{country}}"]}, "has 2 prompts"),
        ({"prompts": ["file://prompt.py"]}, "prompt.py is not a text"),
        ({"prompts": ["{{ country | upper }}?"]}, "filters or commands"),
        ({"prompts": ["{% if country %}x{% endif %}"]}, "filters or commands"),
        ({"prompts": ["{{town}}?"]}, "the variable town is missing"),
        ({"scenarios": [{"config": []}]}, "has scenarios"),
        ({"defaultTest": "file://default.yaml"}, "defaultTest is not an object"),
        ({"defaultTest": {"vars": "file://vars.yaml"}}, "vars of its defaultTest should be an object"),
        (
            {"tests": [{**CONFIG["tests"][0], "options": {"transform": "output.trim()"}}]},
            "transform would run",
        ),
        ({"tests": [{**CONFIG["tests"][0], "vars": {"country": "file://c.txt"}}]}, "country is a file"),
    ],
)
def test_promptfoo_configuration_that_cannot_be_asked_as_it_is_says_why(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FileError) as caught:
        read_config(tmp_path, **changes)
    assert reason in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "cell",
    ["fn: output == 1", "eval: true", "javascript: x", "python: x", "ruby: x", "webhook: https://x.example",
     "file://check.py", "file://check.py:grade", "file://check.mjs", "not-javascript: x"],
)  # fmt: skip
def test_promptfoo_cell_with_foreign_code_is_refused_by_name(tmp_path: Path, cell: str) -> None:
    with pytest.raises(FileError, match="would run foreign code"):
        read_row(tmp_path, question="?", __expected=cell)


@pytest.mark.parametrize(
    "cell",
    [
        "similar(0.8): x",
        "levenshtein(5): x",
        "rouge-n(0.6): x",
        "latency(900)",
        "contains-json",
        "is-refusal",
    ],
)
def test_promptfoo_cell_that_cannot_be_graded_is_refused_by_name(tmp_path: Path, cell: str) -> None:
    with pytest.raises(FileError, match="is not supported, only equals") as caught:
        read_row(tmp_path, question="?", __expected=cell)
    assert repr(cell.partition("(")[0]) in str(caught.value)


@pytest.mark.parametrize("cell", ["python", "human", "Python: a language", "note: this", "4:30", "a (b): c"])
def test_promptfoo_cell_without_a_known_assertion_is_the_answer(tmp_path: Path, cell: str) -> None:
    found = read_row(tmp_path, question="?", __expected=cell)
    assert (found.grader, found.gold) == ("exact", cell) and grade_answer(f"Answer: {cell}", found).correct


def test_promptfoo_columns_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    found = read_row(tmp_path, question="?", **{f"__expected{n}": f"contains: {n}" for n in range(1, 12)})
    assert [check.gold[0] for check in found.checks] == [str(n) for n in range(1, 12)]


@pytest.mark.parametrize(
    ("assertion", "right", "wrong"),
    [
        ({"type": "equals", "value": 42}, "42", "43"),
        ({"type": "equals", "value": True}, "True", "False"),
        ({"type": "equals", "value": {"a": [1]}}, '{"a": [1]}', '{"a": [2]}'),
        ({"type": "not-equals", "value": "red"}, "blue", "red"),
        ({"type": "contains-any", "value": ["a, b", "c"]}, "it is a, b", "only a"),
        ({"type": "icontains-all", "value": "red, blue"}, "Blue and Red", "red"),
        ({"type": "starts-with", "value": "It (is)"}, "It (is) so.", "So it (is)"),
        ({"type": "is-json", "value": '{"required": ["a"]}'}, '{"a": 1}', '{"b": 1}'),
        ({"type": "is-json"}, "[1]", "one"),
        ({"type": "contains", "value": "{{ place.name }}"}, "in Rome", "in Paris"),
    ],
)
def test_promptfoo_assertion_grades_as_it_says(
    tmp_path: Path, assertion: dict[str, Any], right: str, wrong: str
) -> None:
    record = {"vars": {"question": "?", "place": {"name": "Rome"}}, "assert": [assertion]}
    found = read_record(tmp_path, record)
    assert grade_answer(right, found).correct and not grade_answer(wrong, found).correct


def test_promptfoo_assertion_without_weight_does_not_count_and_a_part_is_not_enough(tmp_path: Path) -> None:
    asserted = [{"type": "equals", "value": "a", "weight": 0}, {"type": "contains", "value": "b"}]
    record = {"vars": {"question": "?"}, "assert": asserted}
    assert [check.grader for check in read_record(tmp_path, record).checks] == ["contains"]
    both = [{"type": "contains", "value": "a"}, asserted[1]]
    with pytest.raises(FileError, match="a threshold over several assertions"):
        read_record(tmp_path, {**record, "assert": both, "threshold": 0.5})


@pytest.mark.parametrize("value", ["file://answer.txt", "file://schema.json"])
def test_promptfoo_value_in_a_file_is_refused_by_name(tmp_path: Path, value: str) -> None:
    record = {"vars": {"question": "?"}, "assert": [{"type": "is-json", "value": value}]}
    with pytest.raises(FileError, match=f"has its value in {value}, which is not read"):
        read_record(tmp_path, record)


def test_promptfoo_tests_may_have_one_description(tmp_path: Path) -> None:
    tests = [
        {**CONFIG["tests"][0], "description": "capital", "vars": {"country": one}}
        for one in ("France", "Italy")
    ]
    first, second = read_config(tmp_path, tests=tests)
    assert first.id == "capital" and second.id not in ("", "capital")
