"""Inspect: an evaluation whose model is a panel, without any code of ours; and logs of a bench."""

import json
import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "inspect"
home.mkdir(exist_ok=True)
(home / "task.py").write_text(
    """from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes


@task
def primes():
    return Task(dataset=[Sample(input=f"Is {n} prime?", target="no") for n in (91, 93)], scorer=includes())
""",
    encoding="utf-8",
)
environ = os.environ | {
    "ROUNDTABLE_BASE_URL": os.environ["PROXY_URL"],
    "ROUNDTABLE_API_KEY": "none",
}
programs = Path(os.environ["PROGRAMS"])
model = "openai-api/roundtable/roundtable/vote"
command = [
    str(programs / "inspect"), "eval", "task.py", "--model", model, "--display", "plain", "--log-format",
    "json", "--log-dir", "logs",
]  # fmt: skip
done = subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, timeout=150)
assert done.returncode == 0, done.stdout + done.stderr
(path,) = (home / "logs").glob("*.json")
log = json.loads(path.read_text(encoding="utf-8"))
assert log["status"] == "success", log.get("error")
sample = log["samples"][0]
kinds = [part["type"] for part in sample["output"]["choices"][0]["message"]["content"]]
assert kinds[0] == "reasoning", kinds
usage = log["stats"]["model_usage"][model]
assert usage["total_tokens"] > 0

# The other way round: Inspect lists and reads the logs of a bench.
logs = home / "bench-logs"
logs.mkdir(exist_ok=True)
command = [
    os.environ["ROUNDTABLE"], "bench", "--demo", "--limit", "4", "--arms", "single,vote:agents=3",
    "--out", str(home / "bench"), "--inspect", str(logs),
]  # fmt: skip
done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=150)
assert done.returncode == 0, done.stderr
program = """
import sys
from inspect_ai.log import list_eval_logs, read_eval_log
read = [read_eval_log(one) for one in list_eval_logs(sys.argv[1])]
print(*sorted(f"{log.eval.model}:{log.status}:{len(log.samples)}" for log in read))
"""
done = subprocess.run(
    [str(programs / "python"), "-c", program, str(logs)], capture_output=True, text=True, timeout=150
)
assert done.stdout.split() == ["roundtable/single:success:4", "roundtable/vote:agents=3:success:4"], done
tokens = usage["total_tokens"]
print(f"inspect-ai: {len(log['samples'])} samples, reasoning part, {tokens} tokens; logs of a bench")
