"""Files that hold secrets, told by their names: they are neither listed nor read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import pairwise

_PATTERNS = (
    ".env", ".env.*", "*.env", ".envrc", ".git", ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker",
    ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials", "id_*", "*.pem",
    "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.gpg", "*.asc", "*_history",
    "shadow", "gshadow", "*.tfstate", "*.tfstate.*", "*.tfvars", ".my.cnf", "wallet.dat",
)  # fmt: skip
_WORDS = frozenset(
    {
        "token", "tokens", "secret", "secrets", "password", "passwords", "passwd", "credential",
        "credentials", "apikey", "apikeys",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def is_secret_name(name: str) -> bool:
    """Return whether a file or folder of this name may hold secrets: `.env`, `id_rsa`, `api_token.txt`.

    Words count as wholes: `tokenizer.py` may be read.
    """
    lower = name.lower()
    if any(fnmatchcase(lower, pattern) for pattern in _PATTERNS):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = set(pairwise(words))
    return not _WORDS.isdisjoint(words) or not pairs.isdisjoint({("api", "key"), ("private", "key")})


def has_secret_part(parts: Iterable[str]) -> bool:
    """Return whether any part of a path may hold secrets."""
    return any(map(is_secret_name, parts))
