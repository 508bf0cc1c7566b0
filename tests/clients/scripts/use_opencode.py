"""opencode: a question answered through `roundtable/single`, which its tools are passed on to."""

import json
import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "opencode"
home.mkdir(exist_ok=True)
config = {
    "$schema": "https://opencode.ai/config.json",
    "autoupdate": False,
    "share": "disabled",
    "provider": {
        "roundtable": {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Roundtable",
            "options": {"baseURL": os.environ["PROXY_URL"], "apiKey": "none"},
            "models": {"roundtable/single": {"name": "one model"}, "roundtable/vote": {"name": "a vote"}},
        }
    },
    "small_model": "roundtable/roundtable/single",
}
(home / "opencode.json").write_text(json.dumps(config), encoding="utf-8")
command = [
    str(Path(os.environ["PROGRAMS"]) / "node_modules" / ".bin" / "opencode"), "run",
    "--model", "roundtable/roundtable/single", "Is 91 prime?",
]  # fmt: skip
environ = os.environ | {
    "HOME": str(home),
    "PWD": str(home),
    "XDG_DATA_HOME": str(home / "data"),
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
}
done = subprocess.run(
    command, cwd=home, env=environ, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL
)
assert done.returncode == 0 and done.stdout.strip(), done.stdout + done.stderr
print("opencode: an answer of roundtable/single")
