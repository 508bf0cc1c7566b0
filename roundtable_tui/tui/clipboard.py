"""Copies text to the clipboard, by a program of the system or by the terminal (OSC 52)."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from textual.app import App

from roundtable_tui.tui.background import run_in_background
from roundtable_tui.utils import processes
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import sanitize

TOOL_TIMEOUT_S = 2.0
"""Seconds after which a clipboard program is ended."""
MAX_OSC52_BYTES = 74_994
"""Bytes that fit in an OSC 52 sequence of 100,000 base64 characters, the limit of many terminals."""

Which = Callable[[str], str | None]


class ClipboardTool(NamedTuple):
    """A program that copies its standard input to the clipboard."""

    name: str
    command: tuple[str, ...]
    encoding: str = "utf-8"


def find_tool(
    environ: Mapping[str, str] = os.environ, which: Which | None = None, system: str = ""
) -> ClipboardTool | None:
    """Find the program that reaches the clipboard of the user at this terminal.

    Over ssh the clipboard of this machine is not the user's: only a forwarded X display works, and tmux,
    which passes text on to its terminal. Inside tmux an application's own OSC 52 is ignored by default,
    but a buffer loaded with `-w` is passed on.

    Args:
        environ: The environment.
        which: Finds a program by name; default: on PATH.
        system: As `platform.system()`; "" for this system.

    Returns:
        The program, or None if there is none.
    """
    remote = "SSH_CONNECTION" in environ or "SSH_TTY" in environ
    tools: list[ClipboardTool] = []
    if not remote:
        if (system or platform.system()) == "Darwin":
            tools.append(ClipboardTool("pbcopy", ("pbcopy",)))
        if environ.get("WAYLAND_DISPLAY"):
            tools.append(ClipboardTool("wl-copy", ("wl-copy",)))
        if "WSL_DISTRO_NAME" in environ or (system or platform.system()) == "Windows":
            tools.append(ClipboardTool("clip.exe", ("clip.exe",), "utf-16"))
    if environ.get("DISPLAY"):
        tools.append(ClipboardTool("xclip", ("xclip", "-selection", "clipboard")))
        tools.append(ClipboardTool("xsel", ("xsel", "--clipboard", "--input")))
    if environ.get("TMUX"):
        tools.append(ClipboardTool("tmux", ("tmux", "load-buffer", "-w", "-")))
    found = which or partial(processes.find_program, environ=environ)
    return next((tool for tool in tools if found(tool.command[0])), None)


async def send_to_tool(tool: ClipboardTool, text: str, timeout_s: float = TOOL_TIMEOUT_S) -> bool:
    """Send a text to a program; return whether it accepted it in time."""
    try:
        # Some stay in the background to serve the text: read no output of them, and let them hold no folder.
        process = await processes.start_async(tool.command, stdin="pipe", folder=processes.NOWHERE)
    except OSError:
        return False
    try:
        async with asyncio.timeout(timeout_s):
            await process.communicate(text.encode(tool.encoding, "replace"))
    except (TimeoutError, OSError):
        return False
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode == 0


def describe_copy(what: str, text: str, by: str, *, failed: str = "", escape: str = "") -> str:
    """Format the message about a copied text.

    Args:
        what: What was copied.
        text: The text.
        by: The program that copied it; "" for the terminal alone.
        failed: A program that did not accept the text.
        escape: What to do instead with a text that is too long for many terminals.
    """
    size = len(text.encode("utf-8", "replace"))
    line = f"{what} copied, {count_of(len(text), 'character')}"
    if by:
        return f"{line}, by {by}"
    problem = f" ({failed} failed)" if failed else ""
    line = f"{line}, by the terminal (OSC 52){problem}"
    if size > MAX_OSC52_BYTES:
        line += (
            f". Many terminals accept only {MAX_OSC52_BYTES // 1000} kB this way; this is {size // 1000} kB"
        )
        line += f": {escape}" if escape else ""
    return line


_MESSAGE_TIMEOUT_S = 4.0
_WARNING_TIMEOUT_S = 10.0


class ClipboardApp(App[int]):
    """An app that copies with a message. `copy` takes named text, `copy_to_clipboard` the selection."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy the selection; in a field without a message, since the selection is visible."""
        self.copy(text, "selection" if self.screen.get_selected_text() else "")

    def copy(self, text: str, what: str, *, escape: str = "") -> None:
        """Copy `text` and show a message; `what` and `escape` as in `describe_copy`."""
        text = "\t".join(sanitize(part) for part in text.split("\t"))
        if not text.strip():
            self.notify(f"{what}: nothing to copy yet", timeout=_MESSAGE_TIMEOUT_S, markup=False)
            return
        self._clipboard = text
        run_in_background(
            self, partial(self._copy, text, what, escape), name="copy", group="copy", exclusive=True
        )

    async def _copy(self, text: str, what: str, escape: str) -> None:
        tool = find_tool()
        fits = len(text.encode("utf-8", "replace")) <= MAX_OSC52_BYTES
        if tool is None or fits:
            super().copy_to_clipboard(text)
        by = tool.name if tool is not None and await send_to_tool(tool, text) else ""
        if tool is not None and not by and not fits:
            super().copy_to_clipboard(text)
        is_complete = bool(by) or fits
        if what or not is_complete:
            failed = tool.name if tool is not None and not by else ""
            self.notify(
                describe_copy(what or "selection", text, by, failed=failed, escape=escape),
                timeout=_MESSAGE_TIMEOUT_S if is_complete else _WARNING_TIMEOUT_S,
                severity="information" if is_complete else "warning",
                markup=False,
            )


def copy(app: App[object], text: str, what: str, *, escape: str = "") -> None:
    """Copy `text` in any app, with a message where the app can show it."""
    if isinstance(app, ClipboardApp):
        app.copy(text, what, escape=escape)
    else:
        app.copy_to_clipboard(sanitize(text))
