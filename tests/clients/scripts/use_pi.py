"""pi: a coding agent's question answered through `roundtable/single`."""

import json
import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "pi"
(home / ".pi" / "agent").mkdir(parents=True, exist_ok=True)
models = {
    "providers": {
        "roundtable": {
            "baseUrl": os.environ["PROXY_URL"], "apiKey": "none", "api": "openai-completions",
            "models": [{"id": "roundtable/single", "name": "one model", "input": ["text"],
                        "contextWindow": 8000, "maxTokens": 1000, "reasoning": False,
                        "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}}],
        }
    }
}  # fmt: skip
(home / ".pi" / "agent" / "models.json").write_text(json.dumps(models), encoding="utf-8")
command = [
    str(Path(os.environ["PROGRAMS"]) / "node_modules" / ".bin" / "pi"), "--provider", "roundtable",
    "--model", "roundtable/single", "-p", "Is 91 prime?",
]  # fmt: skip
environ = os.environ | {"HOME": str(home), "PWD": str(home)}
done = subprocess.run(
    command, cwd=home, env=environ, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL
)
assert done.returncode == 0 and done.stdout.strip(), done.stdout + done.stderr
print("pi: an answer of roundtable/single")
