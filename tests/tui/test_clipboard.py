from __future__ import annotations

import sys
from pathlib import Path

import pytest

from roundtable_tui.tui.clipboard import (
    MAX_OSC52_BYTES,
    ClipboardTool,
    describe_copy,
    find_tool,
    send_to_tool,
)


def here(*names: str):
    return lambda name: f"/usr/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("environ", "there", "system", "found"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ("wl-copy", "xclip"), "Linux", "wl-copy"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ("xclip", "xsel"), "Linux", "xclip"),
        ({"DISPLAY": ":0"}, ("xsel",), "Linux", "xsel"),
        ({}, ("wl-copy", "xclip", "xsel", "pbcopy", "clip.exe", "tmux"), "Linux", ""),
        ({}, ("pbcopy",), "Darwin", "pbcopy"),
        ({"WSL_DISTRO_NAME": "Debian"}, ("clip.exe",), "Linux", "clip.exe"),
        ({"TMUX": "/tmp/x"}, ("tmux",), "Linux", "tmux"),
        ({"TMUX": "/tmp/x", "DISPLAY": ":0"}, ("tmux", "xclip"), "Linux", "xclip"),
        ({"SSH_TTY": "/dev/pts/1"}, ("pbcopy",), "Darwin", ""),
        ({"SSH_CONNECTION": "x", "DISPLAY": "localhost:10.0"}, ("xclip",), "Linux", "xclip"),
        ({"SSH_TTY": "x", "WAYLAND_DISPLAY": "w", "TMUX": "x"}, ("wl-copy", "tmux"), "Linux", "tmux"),
    ],
)  # fmt: skip
def test_find_tool_environment_gives_reaching_program(environ, there, system, found):
    tool = find_tool(environ, here(*there), system)
    assert (tool.name if tool else "") == found


def python(code: str, *args: str, encoding: str = "utf-8") -> ClipboardTool:
    return ClipboardTool("python", (sys.executable, "-c", code, *args), encoding)


@pytest.mark.anyio
async def test_send_to_tool_reports_success_failure_and_timeout(tmp_path: Path):
    takes = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    kept = tmp_path / "kept"
    assert await send_to_tool(python(takes, str(kept)), "grün 猫\n" * 9, timeout_s=60)
    assert kept.read_text(encoding="utf-8") == "grün 猫\n" * 9
    assert await send_to_tool(python(takes, str(kept), encoding="utf-16"), "grün", timeout_s=60)
    assert kept.read_bytes().decode("utf-16") == "grün"
    assert not await send_to_tool(python("import sys; sys.exit(3)"), "x" * 1_000_000, timeout_s=60)
    assert not await send_to_tool(python("import time; time.sleep(600)"), "x", timeout_s=0.05)
    assert not await send_to_tool(ClipboardTool("gone", (str(tmp_path / "gone"),)), "x")


def test_describe_copy_names_text_and_program():
    assert describe_copy("transcript", "a" * 1200, "xclip") == "transcript copied, 1,200 characters, by xclip"
    alone = describe_copy("Ada's pane", "a", "")
    assert alone == "Ada's pane copied, 1 character, by the terminal (OSC 52)"
    assert "(xclip failed)" in describe_copy("x", "a", "", failed="xclip")
    long = describe_copy("x", "é" * MAX_OSC52_BYTES, "", escape="export it")
    assert "accept only 74 kB" in long and "this is 149 kB: export it" in long
    assert "kB" not in describe_copy("x", "a" * MAX_OSC52_BYTES, "")
