"""The certificates that TLS connections trust: those of the system, or SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

FILE_VARIABLE, FOLDER_VARIABLE = "SSL_CERT_FILE", "SSL_CERT_DIR"
_SUFFIXES = (".pem", ".crt", ".cer")
_MAX_FILES = 1000
_MAX_FILE_BYTES = 20_000_000


def create_tls_context() -> ssl.SSLContext | None:
    """Return a context that trusts what the two variables name; None if neither is set.

    The files of a folder count whether or not they have the names of hashes that OpenSSL looks for.

    Raises:
        RoundtableError: A variable names nothing readable, or no certificate.
    """
    file, folders = os.environ.get(FILE_VARIABLE, ""), os.environ.get(FOLDER_VARIABLE, "")
    if not file and not folders:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file:
        try:
            load_certificates(context, Path(file))
        except (OSError, ValueError, FileError) as error:
            raise _unreadable(FILE_VARIABLE, file) from error
    for folder in folders.split(os.pathsep) if folders else ():
        try:
            paths = sorted(Path(folder).iterdir())[:_MAX_FILES]
        except (OSError, ValueError) as error:
            raise _unreadable(FOLDER_VARIABLE, folder) from error
        context.load_verify_locations(capath=folder)
        for path in paths:
            if path.suffix.lower() in _SUFFIXES:
                _load(context, path)
    return context


def trust_hint() -> str:
    """Return what to do about a server whose certificate is not trusted."""
    for name in (FILE_VARIABLE, FOLDER_VARIABLE):
        if value := os.environ.get(name):
            return f"Add the certificate of its authority to {name} ({single_line(value, 60)})"
    return f"Name the PEM file of its authority in {FILE_VARIABLE}, or a folder of them in {FOLDER_VARIABLE}"


def load_certificates(context: ssl.SSLContext, path: Path) -> None:
    """Trust the certificates of a PEM file.

    Raises:
        FileError: It is not a regular file, or too large: OpenSSL would wait for a pipe and read a device.
        OSError, ValueError: It cannot be read, or has no certificate.
    """
    with files.open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > _MAX_FILE_BYTES:
            raise FileError("is too large for certificates", where=files.display_path(path))
    context.load_verify_locations(cafile=path)


def _load(context: ssl.SSLContext, path: Path) -> None:
    try:
        load_certificates(context, path)
    except (OSError, ValueError, FileError):
        return  # A key or a request for a certificate, which such folders contain too.


def _unreadable(name: str, value: str) -> RoundtableError:
    return RoundtableError(
        f"{name} names no readable certificates: {single_line(value, 80)}",
        hint="Correct it, or unset it to use the certificates of the system",
    )
