"""The command line program llm: a model in its settings, an answer, a conversation that goes on."""

import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "llm"
home.mkdir(exist_ok=True)
(home / "extra-openai-models.yaml").write_text(
    f"""- model_id: debate
  model_name: roundtable/debate:max_rounds=1
  api_base: {os.environ["PROXY_URL"]}
  api_key_name: roundtable
""",
    encoding="utf-8",
)


def llm(*arguments: str) -> str:
    environ = os.environ | {"LLM_USER_PATH": str(home)}
    command = [str(Path(os.environ["PROGRAMS"]) / "llm"), *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


llm("keys", "set", "roundtable", "--value", "none")
answer = llm("-m", "debate", "Is 91 prime?")
assert answer and "**" not in answer, answer
assert llm("-m", "debate", "--no-stream", "Is 97 prime?")
assert llm("-c", "And 97?")
logs = llm("logs", "--usage", "-n", "1")
assert "input" in logs, logs
print(f"{llm('--version')}: answer, without stream, conversation, usage")
