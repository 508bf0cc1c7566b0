"""The environment of a call: its variables, and the base URL and key that the user gave in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from roundtable_tui.config.urls import get_origin, normalize_url

_LOCALHOST = ("localhost", "127.0.0.1", "::1")


def may_receive(given_for: str, url: str) -> bool:
    """True if a key given for the base URL `given_for` may be sent to `url`.

    Scheme, host and port have to be the same; the path does not count. The name localhost is resolved to
    127.0.0.1 or ::1, so a key given for it may be sent to both. A key given for one of these addresses may
    not be sent to the name: another program may listen on the other address.
    """
    owner, target = get_origin(given_for), get_origin(url)
    if owner is None or target is None:
        return False
    if owner[1] == "localhost" and target[1] in _LOCALHOST:
        target = target[0], owner[1], target[2]
    return owner == target


class FlagEnvironment(Mapping[str, str]):
    """Environment variables, with the base URL and the key that the user gave in the same command or call.

    The key is for that base URL only. Without a key, OPENAI_API_KEY belongs to that base URL unless
    OPENAI_BASE_URL is set. Both are fields beside the variables, not among them, so that neither a variable
    nor a child process can have them. Make one only from `--base-url` or the arguments of the Python API,
    never from a file, a record or a server found.
    """

    def __init__(self, variables: Mapping[str, str], base_url: str, api_key: str = "") -> None:
        self._variables = variables
        self.base_url = normalize_url(base_url)
        self._api_key = api_key

    def given_key(self, url: str) -> str:
        """Return the key given in the call, "" if there is none or it may not be sent to `url`."""
        return self._api_key if may_receive(self.base_url, url) else ""

    def __getitem__(self, name: str) -> str:
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)
