"""aider: a question answered by a panel, with the turns shown as thinking."""

import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "aider"
home.mkdir(exist_ok=True)
command = [
    str(Path(os.environ["PROGRAMS"]) / "aider"), "--openai-api-base", os.environ["PROXY_URL"],
    "--openai-api-key", "none", "--model", "openai/roundtable/vote", "--weak-model",
    "openai/roundtable/single", "--chat-mode", "ask", "--no-git", "--yes-always", "--no-check-update",
    "--no-show-model-warnings", "--no-pretty", "--no-analytics", "--message", "Is 91 prime?",
]  # fmt: skip
environ = os.environ | {"HOME": str(home)}
done = subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, timeout=150)
assert done.returncode == 0, done.stdout + done.stderr
assert "THINKING" in done.stdout and "**Voter" in done.stdout and "ANSWER" in done.stdout, done.stdout
print("aider: an answer of a panel, its turns as thinking")
