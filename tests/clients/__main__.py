"""Run clients that nobody here wrote against `roundtable proxy` in front of the demo server, and MCP servers.

    python -m tests.clients [NAME ...]

Each client is installed into a folder of its own in the environment. One that cannot be installed is named in
one line; one that fails makes the exit code 1. After its script, the recipe of docs/proxy.md is run as it is
there, but for the address.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.clients.catalog import CLIENTS, Client
from tests.support.paths import ROOT

ROUNDTABLE = Path(sys.executable).parent / "roundtable"
FOLDER = Path(sys.prefix) / "clients"
ADDRESS = "http://127.0.0.1:11500"
"""The address in the recipes."""
INSTALL_TIMEOUT_S, RUN_TIMEOUT_S = 600, 180


class CannotInstallError(Exception):
    """A client cannot be installed here."""


def main(names: Sequence[str]) -> int:
    """Run the named clients, by default all. Returns the exit code."""
    chosen = [client for client in CLIENTS if not names or client.name in names]
    unknown = set(names) - {client.name for client in CLIENTS}
    if unknown:
        print(f"no such client: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory() as home, served(home) as url:
        for client in chosen:
            try:
                programs = install(client)
            except CannotInstallError as error:
                print(f"NOT RUN: {client.name}, which could not be installed: {error}", flush=True)
                continue
            failed |= not run(client, programs, url, home)
    return int(failed)


@contextmanager
def served(home: str) -> Iterator[str]:
    """Run the demo server and the proxy; the value is the base URL of the proxy."""
    environ = os.environ | {"ROUNDTABLE_HOME": home}
    environ.pop("OPENAI_API_KEY", None)
    with serving(["demo-server", "--port", "0", "--pace", "0"], environ) as demo:
        proxy = ["proxy", "--port", "0", "--runs", "20", "--base-url", demo]
        with serving(proxy, environ) as url:
            yield url


@contextmanager
def serving(arguments: Sequence[str], environ: dict[str, str]) -> Iterator[str]:
    """Run a command of Roundtable that prints its address as the only line of stdout."""
    process = subprocess.Popen(
        [str(ROUNDTABLE), *arguments], env=environ, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def install(client: Client) -> Path:
    """Install a client and return the folder with its programs. Raises CannotInstallError."""
    folder = FOLDER / client.name
    if client.manager == "here":
        return Path(sys.executable).parent
    if client.manager == "npm":
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "package.json").exists():
            (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        execute(["npm", "install", "--silent", "--no-fund", "--no-audit", *client.packages], folder)
        return folder
    python = folder / "bin" / "python"
    if not python.exists():
        execute([sys.executable, "-m", "venv", str(folder)], ROOT)
    execute([str(python), "-m", "pip", "install", "-q", *client.packages], ROOT)
    return folder / "bin"


def execute(command: Sequence[str], folder: Path) -> None:
    """Run a step of an installation. Raises CannotInstallError."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstallError(str(error).splitlines()[0][:200]) from None
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise CannotInstallError(lines[-1][:200] if lines else f"exit code {done.returncode}")


def run(client: Client, programs: Path, url: str, home: str) -> bool:
    """Run the script of a client; print what it says and return whether it passed."""
    script = Path(__file__).parent / "scripts" / client.script
    environ = os.environ | {
        "PROXY_URL": url, "PROGRAMS": str(programs), "CLIENT_HOME": home, "ROUNDTABLE": str(ROUNDTABLE),
    }  # fmt: skip
    if client.script.endswith(".mjs"):
        # Beside its packages: a module is looked up from the folder of the file.
        copy = programs / client.script
        copy.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
        command = ["node", str(copy)]
    else:
        python = sys.executable if client.manager == "npm" else str(programs / "python")
        command = [python, str(script)]
    try:
        done = subprocess.run(
            command, cwd=home, env=environ, capture_output=True, text=True, timeout=RUN_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        print(f"FAILED: {client.name} did not end within {RUN_TIMEOUT_S} s", flush=True)
        return False
    said = (done.stdout + done.stderr).strip()
    if done.returncode:
        print(f"FAILED: {client.name}\n{said}", flush=True)
        return False
    if client.has_recipe and (problem := run_recipe(client, programs, url, home)):
        print(f"FAILED: {client.name}: the recipe of docs/proxy.md\n{problem}", flush=True)
        return False
    print(f"passed: {client.name}: {(said.splitlines() or [''])[-1]}", flush=True)
    return True


def read_recipe(name: str, url: str) -> list[tuple[str, str]]:
    """Return (language, text) of the blocks of a recipe, with the address of the proxy."""
    page = (ROOT / "docs" / "proxy.md").read_text(encoding="utf-8")
    section = page.split(f"\n### {name}\n", 1)[1].split("\n##", 1)[0]
    found = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [(kind, text.replace(ADDRESS, url.removesuffix("/v1"))) for kind, text in found]


def run_recipe(client: Client, programs: Path, url: str, home: str) -> str:
    """Run the recipe of a client; return what went wrong, "" if nothing did."""
    folder = Path(home) / client.folder
    found = programs / "node_modules" / ".bin" if client.manager == "npm" else programs
    environ = os.environ | {
        "PATH": f"{found}{os.pathsep}{os.environ['PATH']}",
        "LLM_USER_PATH": str(folder),
        "PWD": str(folder),
    }
    if client.config:
        environ["HOME"] = str(folder)
    for kind, text in read_recipe(client.name, url):
        if kind in ("yaml", "json", "toml"):
            (folder / client.config).write_text(text, encoding="utf-8")
            continue
        if kind == "js":
            (programs / "recipe.mjs").write_text(text, encoding="utf-8")
        command = {
            "py": [str(programs / "python"), "-c", text],
            "js": ["node", str(programs / "recipe.mjs")],
            "bash": ["bash", "-euc", text],
        }[kind]
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, timeout=RUN_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode or not done.stdout.strip():
            return done.stdout + done.stderr
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
