"""A stranger's task reads and writes nothing outside its folder; a flag may name any file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roundtable_tui.resources import TaskLibrary, load_task
from roundtable_tui.resources.task_storage import copy_task
from roundtable_tui.setup.task_check import check_task_settings
from roundtable_tui.utils import paths
from tests.support.strangers import SECRET, copy_item, list_names, run_command, write_task

TEXTS = (
    "context.txt",
    "instructions.txt",
    "discuss_instructions.txt",
    "summarize_instructions.txt",
    "questions.txt",
    "task.toml",
)


def ask(*flags: str):
    return run_command("ask", "--task", "x", *flags, base_url=True)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (
            "task",
            'task.toml, line 5: options.file "~/id_rsa" is outside the task folder. Use --file to read it.',
        ),
        (
            "stages",
            'stage 2 (chain): options.file "../../../me/id_rsa" is outside the task folder. Use --file',
        ),
    ],
)
def test_task_file_option_outside_folder_is_refused(here: Path, private: Path, kind: str, line: str) -> None:
    copy_item(kind, here / "tasks" / "x")
    said = ask()
    assert (said.code, said.requests) == (2, 0)
    assert line in said.err and len(said.err.splitlines()) == 1


@pytest.mark.parametrize("form", ["{private}", "~/id_rsa", "../../../me/id_rsa", "link"])
@pytest.mark.parametrize(
    ("mode", "option"), [("single", "file"), ("chain", "file"), ("pro", "answer_schema")]
)
@pytest.mark.parametrize("stages", [False, True])
def test_task_path_option_in_every_form_is_refused(
    here: Path, private: Path, form: str, mode: str, option: str, stages: bool
) -> None:
    value = form.format(private=private)
    toml = f'mode = "{mode}"\n[options]\n{option} = "{value}"\n'
    if stages:
        toml = f'[[stages]]\nmode = "{mode}"\noptions = {{ {option} = "{value}" }}\n'
    folder = write_task(here, toml)
    (folder / "link").symlink_to(private)
    said = ask()
    assert said.code == 2 and said.requests == 0 and SECRET not in said.err
    assert "is outside the task folder" in said.err
    _, problems = check_task_settings(toml, 1, None, folder)
    assert ["is outside the task folder" in problem.what for problem in problems] == [True]


def test_task_file_option_as_a_recorded_text_is_refused(here: Path, private: Path) -> None:
    folder = write_task(
        here, f'mode = "single"\n[options.file]\npath = "{private}"\nsha256 = "00"\nbytes = 1\n'
    )
    said = ask()
    assert said.code == 2 and said.requests == 0
    assert f"{folder.name}/task.toml, line" in said.err and "options.file should be a path" in said.err


def test_task_file_option_inside_folder_is_read_from_there(here: Path) -> None:
    (write_task(here, 'mode = "single"\n[options]\nfile = "texts/own.txt"\n') / "texts").mkdir()
    (here / "tasks/x/texts/own.txt").write_text("An own text.")
    said = ask()
    assert said.code == 0 and "An own text." in said.sent


def test_flag_names_any_file(here: Path, private: Path) -> None:
    write_task(here, 'mode = "single"\n')
    said = ask("--file", "~/id_rsa")
    assert said.code == 0 and SECRET in said.sent


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_is_a_link_out_is_refused(here: Path, private: Path, name: str) -> None:
    folder = write_task(here, context="Some context.")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(private)
    said = ask()
    assert (said.code, said.requests) == (2, 0) and SECRET not in said.err
    shown = run_command("tasks")
    assert f"x/{name}: is a link that leads out of the folder. Put a copy of what it points to" in shown.err


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_is_a_pipe_is_refused_unopened(here: Path, name: str) -> None:
    folder = write_task(here, context="Some context.")
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert f"x/{name}: is a device or a pipe, not a file" in run_command("tasks").err


def test_text_that_is_a_link_inside_is_read(here: Path) -> None:
    folder = write_task(here)
    (folder / "own.md").write_text("An own text.")
    (folder / "context.txt").symlink_to("own.md")
    assert load_task(folder).context == "An own text."


@pytest.mark.parametrize("name", ["documents", "participants", "personas"])
def test_folder_that_is_a_link_out_is_refused(here: Path, elsewhere: Path, name: str) -> None:
    (write_task(here) / name).symlink_to(elsewhere)
    assert f"x/{name}: is a link that leads out of the folder" in run_command("tasks").err


def test_documents_that_are_links_out_are_not_sent(here: Path, private: Path) -> None:
    deep = write_task(here, 'mode = "single"\n') / "documents" / "deep"
    deep.mkdir(parents=True)
    (deep / "own.md").write_text("What does the text say? An own document.")
    (deep / "private.md").symlink_to(private)
    os.mkfifo(deep / "pipe.md")
    said = ask()
    assert said.code == 0 and "An own document." in said.sent and SECRET not in said.sent
    assert "private.md: is a link that leads out of the folder" in said.err
    assert "pipe.md: is a device or a pipe" in said.err


def test_participant_that_is_a_link_out_has_no_seat(here: Path, private: Path) -> None:
    people = write_task(here, 'mode = "single"\n') / "participants"
    people.mkdir()
    private.write_text('{"name": "Eve", "prompt": "You are Eve, and private."}')
    (people / "role1.json").symlink_to(private)
    assert "and private" not in ask().sent


def test_task_folder_that_is_a_link_out_is_refused(here: Path, elsewhere: Path) -> None:
    (elsewhere / "questions.txt").write_text("A private question?")
    (here / "tasks").mkdir()
    (here / "tasks" / "x").symlink_to(elsewhere)
    said = ask()
    assert (said.code, said.requests) == (2, 0)
    assert "tasks/x: is a link that leads out of the folder" in run_command("tasks").err


@pytest.mark.parametrize("out", ["{elsewhere}", "~/elsewhere", "../../../me/elsewhere"])
def test_task_out_option_outside_is_refused(here: Path, elsewhere: Path, out: str) -> None:
    write_task(here, f'mode = "fanout"\n[options]\nout = "{out.format(elsewhere=elsewhere)}"\n')
    said = ask()
    assert said.code == 2 and said.requests == 0 and list_names(elsewhere) == []
    assert "options.out" in said.err and "Use --out to write there." in said.err


def test_task_out_option_inside_is_in_the_run_folder(here: Path) -> None:
    write_task(here, 'mode = "fanout"\n[options]\nout = "texts"\nagents = 1\n')
    assert ask().code == 0
    (run,) = (one for one in paths.runs_dir().iterdir() if one.is_dir())
    assert list_names(run / "texts") == ["index.json", "output_1.txt"]
    assert list_names(here) == ["tasks"] and list_names(here / "tasks" / "x") == [
        "questions.txt",
        "task.toml",
    ]


def test_out_flag_names_any_folder(here: Path, elsewhere: Path) -> None:
    write_task(here, 'mode = "fanout"\n[options]\nagents = 1\n')
    assert ask("--out", "~/elsewhere").code == 0 and list_names(elsewhere) == ["index.json", "output_1.txt"]
    assert ask("--out", "mine").code == 0 and list_names(here / "mine") == ["index.json", "output_1.txt"]


def test_task_of_the_user_follows_the_same_rule(here: Path, private: Path) -> None:
    copy_item("task", paths.data_dir() / "tasks" / "x")
    said = ask()
    assert said.code == 2 and "is outside the task folder" in said.err


def test_team_names_are_no_paths(here: Path, private: Path) -> None:
    write_task(here, 'mode = "debate"\nteam = "../../me/id_rsa"\n')
    said = ask()
    assert said.code == 2 and said.requests == 0 and "there is no team called ../../me/id_rsa" in said.err


def test_copy_of_a_task_leaves_links_out_behind(here: Path, private: Path) -> None:
    folder = write_task(here)
    (folder / "documents").mkdir()
    (folder / "documents" / "private.md").symlink_to(private)
    (folder / "documents" / "own.md").write_text("An own document.")
    copy = copy_task(folder, "Copy")
    assert list_names(copy / "documents") == ["own.md"]


def test_task_in_place_of_the_shipped_one_says_so(here: Path) -> None:
    write_task(here, 'mode = "single"\n').rename(here / "tasks" / "salon")
    assert TaskLibrary.load().get("salon").origin == "here"
    said = run_command("ask", "--task", "salon", base_url=True)
    assert "task salon: from this folder, in place of the shipped one" in said.err
    assert "here, hides shipped" in run_command("tasks").out


def test_task_made_of_a_run_has_the_text_that_the_flag_named(here: Path, private: Path) -> None:
    assert run_command("ask", "What?", "--mode", "single", "--file", "~/id_rsa", "--demo").code == 0
    assert run_command("tasks", "--new", "Kept", "--from-run", "last").code == 0
    kept = paths.data_dir() / "tasks" / "kept"
    assert (kept / "file.txt").read_text() == SECRET and load_task(kept).settings.options == {
        "file": "file.txt"
    }
    private.unlink()
    assert SECRET in run_command("ask", "--task", "kept", base_url=True).sent
