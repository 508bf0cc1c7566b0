"""Codex: a question answered through `/v1/responses` and `roundtable/single`."""

import os
import subprocess
from pathlib import Path

home = Path(os.environ["CLIENT_HOME"]) / "codex"
(home / ".codex").mkdir(parents=True, exist_ok=True)
(home / ".codex" / "config.toml").write_text(
    f"""model = "roundtable/single"
model_provider = "roundtable"

[model_providers.roundtable]
name = "Roundtable"
base_url = "{os.environ["PROXY_URL"]}"
wire_api = "responses"
""",
    encoding="utf-8",
)
command = [
    str(Path(os.environ["PROGRAMS"]) / "node_modules" / ".bin" / "codex"), "exec", "--skip-git-repo-check",
    "--sandbox", "read-only", "Is 91 prime?",
]  # fmt: skip
environ = os.environ | {"HOME": str(home), "PWD": str(home), "CODEX_HOME": str(home / ".codex")}
done = subprocess.run(
    command, cwd=home, env=environ, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL
)
assert done.returncode == 0 and done.stdout.strip(), done.stdout + done.stderr
print("codex: an answer of roundtable/single")
