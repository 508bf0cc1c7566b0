"""The grader `code`: runs the tests of a question against the code of an answer, only in a sandbox.

The sandbox is bubblewrap: no network, no files but the system's, read-only, and limits of time, memory and
processes. Without it the grader is refused: code of a model is foreign code.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path

from roundtable_tui.bench.graders.check_outcome import CheckOutcome
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.errors import UsageError
from roundtable_tui.utils import processes
from roundtable_tui.utils.text import single_line

TIMEOUT_S = 20.0
MAX_MEMORY_BYTES = 1_000_000_000
MAX_PROCESSES = 64
_PROGRAM = "bwrap"
_NOBODY = 65534
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64", "/bin", "/etc/alternatives")


def require_sandbox() -> str:
    """Return the path of bubblewrap. Raises UsageError if it is not installed."""
    found = processes.find_program(_PROGRAM)
    if found is None:
        raise UsageError(
            "the grader code runs code of models, and bubblewrap is not installed",
            hint="Install it (apt install bubblewrap), or leave these questions out.",
        )
    return found


def grade_code(answer: str, check: AnswerCheck, question: BenchQuestion) -> CheckOutcome:
    """Run the tests against the last code block of an answer, else against all of it. Raises UsageError."""
    program = require_sandbox()
    blocks = _BLOCK.findall(answer)
    code = blocks[-1] if blocks else answer
    # The last line shows that the tests ran to their end: `exit(0)` in an answer does not pass.
    token = secrets.token_hex(16)
    script = build_script(code, check, token)
    try:
        process = processes.start(
            build_command(program), stdin="pipe", stdout="pipe", stderr="pipe", folder=processes.NOWHERE
        )
    except OSError as error:
        return CheckOutcome(False, code, f"the sandbox cannot be started: {error.strerror}")
    output = processes.communicate(process, script.encode("utf-8", "replace"), TIMEOUT_S)
    if output is None:
        return CheckOutcome(False, code, f"the tests took over {TIMEOUT_S:g} s")
    out, err = output
    passed = process.returncode == 0 and out.decode("utf-8", "replace").endswith(f"{token}\n")
    reason = "" if passed else single_line(err.decode("utf-8", "replace").strip().split("\n")[-1], 200)
    return CheckOutcome(passed, code, reason)


def build_command(program: str) -> list[str]:
    """Return the command that runs Python from standard input in the sandbox."""
    folders = [word for folder in (*_SYSTEM_FOLDERS, sys.prefix, sys.base_prefix)
               for word in ("--ro-bind-try", folder, folder)]  # fmt: skip
    is_root = os.geteuid() == 0
    isolation = _isolate_root() if is_root else ["--unshare-all", "--tmpfs", "/tmp"]
    change_user = f"os.setgroups([]);os.setgid({_NOBODY});os.setuid({_NOBODY});" if is_root else ""
    limits = (
        "import os,resource,sys;"
        f"resource.setrlimit(resource.RLIMIT_AS,({MAX_MEMORY_BYTES},{MAX_MEMORY_BYTES}));"
        f"resource.setrlimit(resource.RLIMIT_CPU,({int(TIMEOUT_S)},{int(TIMEOUT_S)}));"
        f"resource.setrlimit(resource.RLIMIT_NPROC,({MAX_PROCESSES},{MAX_PROCESSES}));"
        f"{change_user}"
        "exec(compile(sys.stdin.read(),'answer','exec'),{'__name__':'answer'})"
    )
    return [
        program, "--die-with-parent", "--new-session", "--clearenv", "--proc", "/proc", "--dev", "/dev",
        *isolation,
        *folders,  # After /tmp: Python may be below it.
        "--chdir", "/tmp",
        "--", *processes.python("-I", "-c", limits),
    ]  # fmt: skip


def _isolate_root() -> list[str]:
    """Return the arguments for a sandbox of root, in which it becomes another user.

    A limit of processes does not hold for root. In a user namespace it could not become another user; without
    one, that user has to be able to write to /tmp and to reach the folders above Python.
    """
    above = {parent for prefix in (sys.prefix, sys.base_prefix) for parent in Path(prefix).parents}
    folders = sorted(str(one) for one in above if one != one.parent and str(one) not in _SYSTEM_FOLDERS)
    return [
        "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID",
        "--perms", "1777", "--tmpfs", "/tmp",
        *(word for one in folders if one != "/tmp" for word in ("--perms", "0755", "--dir", one)),
    ]  # fmt: skip


def build_script(code: str, check: AnswerCheck, token: str) -> str:
    """Return the program: the answer's code, the tests, and a last line that shows that they passed."""
    call = f"check({check.entry_point})" if "def check(" in check.code else ""
    return f"{code}\n\n{check.code}\n\n{call}\nprint({token!r})\n"
