"""The ways to the clipboard: a program of the system where there is one, and the terminal itself (OSC 52)."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from textual.app import App

from roundtable_tui.tui.background import run_in_background
from roundtable_tui.utils import processes
from roundtable_tui.utils.text import sanitize

TOOL_TIMEOUT_S = 2.0
"""Seconds that a program has to take the text."""
MAX_OSC52_BYTES = 74_994
"""What terminals take by OSC 52 that allow 100,000 signs a sequence, as many do; base64 makes 4 of 3."""

Which = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ClipboardTool:
    """A program that puts what it reads into the clipboard."""

    name: str
    command: tuple[str, ...]
    encoding: str = "utf-8"


def find_tool(
    environ: Mapping[str, str] = os.environ, which: Which | None = None, system: str = ""
) -> ClipboardTool | None:
    """Return the program that reaches the clipboard of the person at this terminal; None if there is none.

    Over ssh the clipboard of the machine itself is somebody else's: only a forwarded X display, and tmux,
    which hands on to its terminal, are of use there. Inside of tmux a program's own OSC 52 is ignored by
    default, but what is loaded into its buffer with `-w` is passed on.
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
    """Give a text to a program and return whether it took it; one that takes too long is ended."""
    try:
        # Some stay in the background to serve the text: nothing of them is read, and they hold no folder.
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
    """Return the line that says what was copied, and how; `by` is the program, "" for the terminal alone.

    `failed` is the program that did not take it; `escape` says what else to do with a text that is too long
    for many a terminal.
    """
    size = len(text.encode("utf-8", "replace"))
    line = f"{what} copied, {_format_size(len(text))}"
    if by:
        return f"{line}, by {by}"
    trouble = f" ({failed} did not take it)" if failed else ""
    line = f"{line}, by the terminal (OSC 52){trouble}"
    if size > MAX_OSC52_BYTES:
        line += (
            f". Many terminals take only {MAX_OSC52_BYTES // 1000} kB that way, and this is {size // 1000} kB"
        )
        line += f": {escape}" if escape else ""
    return line


def _format_size(characters: int) -> str:
    return "1 character" if characters == 1 else f"{characters:,} characters"


_MESSAGE_TIMEOUT_S = 4.0
_WARNING_TIMEOUT_S = 10.0


class ClipboardApp(App[int]):
    """`copy` is for what has a name; what a person selects comes by Textual's own `copy_to_clipboard`."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected; in a field one sees what is selected, so nothing is said of it there."""
        self.copy(text, "selection" if self.screen.get_selected_text() else "")

    def copy(self, text: str, what: str, *, escape: str = "") -> None:
        """Copy `what`, and say so; `escape` is what else to do with a text that the terminal may cut."""
        text = "\t".join(sanitize(part) for part in text.split("\t"))
        if not text.strip():
            self.notify(f"{what}: there is nothing to copy yet", timeout=_MESSAGE_TIMEOUT_S, markup=False)
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
        sure = bool(by) or fits
        if what or not sure:
            failed = tool.name if tool is not None and not by else ""
            self.notify(
                describe_copy(what or "selection", text, by, failed=failed, escape=escape),
                timeout=_MESSAGE_TIMEOUT_S if sure else _WARNING_TIMEOUT_S,
                severity="information" if sure else "warning",
                markup=False,
            )


def copy(app: App[object], text: str, what: str, *, escape: str = "") -> None:
    """Copy `what` in an app, and say so where it can."""
    if isinstance(app, ClipboardApp):
        app.copy(text, what, escape=escape)
    else:
        app.copy_to_clipboard(sanitize(text))
