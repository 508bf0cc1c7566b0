"""Paths of Roundtable's files. `ROUNDTABLE_HOME` puts everything under one folder."""

from __future__ import annotations

import os
from pathlib import Path

from roundtable_tui.errors import UsageError

APP_NAME = "roundtable"


def home_override() -> Path | None:
    """Return the folder named by ROUNDTABLE_HOME, if it is set."""
    value = os.environ.get("ROUNDTABLE_HOME")
    return expand_user(value) if value else None


def expand_user(path: str | Path) -> Path:
    """Return a path with `~` and `~USER` replaced. Raises UsageError for a user without a home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        from roundtable_tui.utils.text import single_line

        what = f"{single_line(str(path), 80)}: this user has no home folder"
        raise UsageError(what, hint="Write the whole path.") from None


def config_dir() -> Path:
    """Return the folder of the settings file."""
    if (base := home_override()) is not None:
        return base
    return _user_dir("config")


def data_dir() -> Path:
    """Return the folder of the user's personas, teams, tasks and runs."""
    if (base := home_override()) is not None:
        return base
    return _user_dir("data")


def cache_dir() -> Path:
    """Return the folder for files that can be rebuilt: learned server capabilities, the run index."""
    if (base := home_override()) is not None:
        return base / "cache"
    return _user_dir("cache")


def _user_dir(kind: str) -> Path:
    """Return a folder of the user. Raises UsageError for a user without a home, as in some containers."""
    import platformdirs

    try:
        folder = Path(getattr(platformdirs, f"user_{kind}_dir")(APP_NAME, appauthor=False))
    except RuntimeError:
        folder = Path()
    if not folder.is_absolute():
        raise UsageError("this user has no home folder", hint="Set HOME or ROUNDTABLE_HOME to a folder.")
    return folder


def settings_file() -> Path:
    """Return the settings file, which need not exist."""
    return config_dir() / "settings.toml"


def runs_dir() -> Path:
    """Return the folder that holds one folder per run."""
    return data_dir() / "runs"


def models_dir() -> Path:
    """Return the folder of local model files."""
    return data_dir() / "models"


def log_file() -> Path:
    """Return the file that unexpected errors are written to."""
    return cache_dir() / "roundtable.log"


def bundled_dir(kind: str) -> Path:
    """Return the shipped folder `kind` (personas, tasks): in the package when installed, else beside it."""
    package = Path(__file__).parent.parent
    inside = package / kind
    return inside if inside.is_dir() else package.parent / kind


def search_path(kind: str, given: Path | None = None) -> list[tuple[str, Path]]:
    """Return (origin, folder) pairs in search order: given, here, yours, shipped."""
    places = [("yours", data_dir() / kind), ("shipped", bundled_dir(kind))]
    if (here := current_dir()) is not None:
        places.insert(0, ("here", here / kind))
    if given is not None:
        places.insert(0, ("given", given))
    seen: set[Path] = set()
    unique = []
    for origin, folder in places:
        real = folder.resolve()
        if real == bundled_dir(kind).resolve():
            origin = "shipped"
        if real not in seen:
            seen.add(real)
            unique.append((origin, folder))
    return unique


def current_dir() -> Path | None:
    """Return the current folder, None if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def make_private_dir(folder: Path) -> Path:
    """Create `folder` and its parents, readable by their owner only, if they do not exist."""
    if not folder.parent.is_dir() and folder.parent != folder:
        make_private_dir(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
