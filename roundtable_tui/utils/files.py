"""Read and write files that users edit: limited in size, checked, and written atomically."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal

from roundtable_tui.errors import FileError
from roundtable_tui.utils import paths, text

BYTES_PER_MB = 1_000_000
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def display_path(path: Path) -> str:
    """Return `path` relative to the current folder or to `~`, sanitized, on one line."""
    for base, prefix in ((_folder_or_none(Path.cwd), Path()), (_folder_or_none(Path.home), Path("~"))):
        if base is not None and path.is_absolute() and path.is_relative_to(base):
            return text.single_line(str(prefix / path.relative_to(base)))
    return text.single_line(str(path))


def format_location(path: Path | None, line: int | None = None) -> str:
    """Return a place for an error message: the file, and its line (from 1) where known."""
    shown = "" if path is None else display_path(path)
    if line is None:
        return shown
    return f"{shown}, line {line}" if shown else f"line {line}"


def resolve_path(path: Path) -> Path:
    """Return `path` with symbolic links resolved; unchanged if they form a loop."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def is_within(path: Path, folder: Path) -> bool:
    """Return whether `path` is in `folder`, or the folder itself, with links resolved in both."""
    return resolve_path(path).is_relative_to(resolve_path(folder))


def path_exists(path: Path) -> bool:
    """Return whether the name exists, also as a broken link: reading it then reports the problem."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def read_text(path: Path, limit: int = BYTES_PER_MB) -> str:
    r"""Return the text of the regular UTF-8 file `path` of at most `limit` bytes, line ends as `\n`, no BOM.

    Devices, pipes and folders are refused unopened. Raises FileError for everything that can go wrong,
    with the line where the text is at fault.
    """
    return decode_text(read_bytes(path, limit), path)


def decode_text(data: bytes, path: Path) -> str:
    r"""Return the bytes of the file `path` as text, line ends as `\n`, no BOM. Raises FileError."""
    if data.startswith(_UTF16_BOMS):
        raise FileError("is UTF-16", where=format_location(path), hint="Save it as UTF-8.")
    data = data.removeprefix(_BOM)
    if (at := data.find(0)) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise FileError(
            "is not a text file (a NUL byte)",
            where=format_location(path, line),
            hint="Save it as UTF-8 text.",
        )
    try:
        found = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}"
        raise FileError(what, where=format_location(path, line), hint="Save it as UTF-8.") from None
    return found.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path, limit: int = BYTES_PER_MB) -> bytes:
    """Return the content of the regular file `path`, at most `limit` bytes. Raises FileError."""
    try:
        with open_regular(path) as file:
            found = os.fstat(file.fileno())
            data = b"" if found.st_size > limit else file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot be read: {_error_reason(error)}", where=format_location(path)) from error
    size = max(found.st_size, len(data))
    if size > limit:
        shown = f"{size / BYTES_PER_MB:,.1f} MB" if found.st_size > limit else "larger than its reported size"
        raise FileError(
            f"is too large ({shown})",
            where=format_location(path),
            hint=f"At most {limit / BYTES_PER_MB:g} MB is read.",
        )
    return data


def open_regular(path: Path, mode: Literal["rb", "rb+"] = "rb", *, follow: bool = True) -> BinaryIO:
    """Open a regular file, for reading or with "rb+" for reading and writing.

    Args:
        path: The file. A folder, a pipe or a device is refused before it is opened, also behind a link.
        mode: "rb" or "rb+".
        follow: Whether it may be a link.

    Raises:
        FileError: It is not a regular file, or a link where none may be.
        OSError: It is not there, or cannot be opened.
    """
    flags = os.O_RDWR if mode == "rb+" else os.O_RDONLY
    return os.fdopen(open_regular_fd(path, flags, follow=follow), mode)


def open_regular_fd(path: Path, flags: int, *, follow: bool = True) -> int:
    """Return a descriptor of a regular file, as `open_regular` opens it; it may be created by `flags`."""
    try:
        _require_regular_file(path, path.stat() if follow else path.lstat())
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    # A pipe may take the name in between: it is opened without waiting, and what was opened is checked again.
    flags |= os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    handle = os.open(path, flags, 0o600)
    try:
        _require_regular_file(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def is_locked(path: Path) -> bool:
    """Return True if any process, this one included, holds the exclusive lock of a regular file."""
    try:
        fd = open_regular_fd(path, os.O_RDONLY)
    except (OSError, ValueError, FileError):
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # Some file systems have no locks.
    finally:
        os.close(fd)
    return False


def is_regular(path: Path) -> bool:
    """Return whether `path` is a regular file that can be accessed, or a link to one; whatever its name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


FileSnapshot = tuple[tuple[str, int, int, int], ...]
"""Of each file its path, time of change (ns), size (bytes) and inode number."""


def snapshot_files(found: Iterable[Path]) -> FileSnapshot:
    """Return the state of files; a different state means that a file was changed, added or removed."""
    state = []
    for path in found:
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        state.append((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(state)


def write_text(path: Path, content: str, *, mode: int = 0o600, is_synced: bool = True) -> Path:
    """Write `content` as UTF-8 to `path`, see `write_bytes`."""
    return write_bytes(path, text.fix_surrogates(content).encode(), mode=mode, is_synced=is_synced)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o600, is_synced: bool = True) -> Path:
    """Write `content` to `path` atomically; the file has permissions `mode`.

    A link is followed: its target is replaced and the link stays. Returns the file written. Where
    `is_synced` is False, a power failure may lose the file: for what can be made again from others.
    Raises FileError; the previous file is then unchanged.
    """
    import tempfile

    temporary: str | None = None
    try:
        target = path.resolve()
        paths.make_private_dir(target.parent)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if is_synced:
                os.fsync(file.fileno())
        Path(temporary).replace(target)
        temporary = None
        if is_synced:
            _sync_folder(target.parent)
    except (OSError, RuntimeError, ValueError) as error:
        raise FileError(f"cannot be written: {_error_reason(error)}", where=format_location(path)) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def _require_regular_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        is_link, is_folder = stat.S_ISLNK(found.st_mode), stat.S_ISDIR(found.st_mode)
        kind = "a link" if is_link else "a folder" if is_folder else "a device or a pipe"
        raise FileError(f"is {kind}, not a file", where=format_location(path))


def _error_reason(error: Exception) -> str:
    import errno

    if isinstance(error, RuntimeError) or (isinstance(error, OSError) and error.errno == errno.ELOOP):
        return "its link leads back to itself"
    return text.single_line((isinstance(error, OSError) and error.strerror) or str(error), 120)


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the new name survives a power failure, if the file system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folder_or_none(where: Callable[[], Path]) -> Path | None:
    try:
        return where()
    except (OSError, RuntimeError):
        return None
