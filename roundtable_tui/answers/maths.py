"""Whether two expressions are equal, by `math-verify` (the extra `maths`) in a worker process.

It is asked only about expressions whose normal forms differ. The library works in no thread, and a tower of
powers keeps it busy for minutes: the process has a time limit, and is killed and replaced when it exceeds it.
A thread with a running event loop does not wait: there, only what has been compared before is known.
"""

from __future__ import annotations

import atexit
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib.util import find_spec

from roundtable_tui.utils.lazy_pattern import lazy_compile
from roundtable_tui.utils.worker import Worker, WorkerError

LIBRARY = "math_verify"
MAX_CPU_S = 3.0
"""Seconds of the CPU for one comparison: they do not depend on how busy the machine is."""
TIMEOUT_S = 20.0
"""Seconds for one comparison."""
START_TIMEOUT_S = 60.0
"""Seconds until the library is loaded."""
MAX_MEMORY_BYTES = 1_500_000_000
MAX_CHARS = 120
_MAX_KNOWN = 4096
_HANDLER = "roundtable_tui.answers.maths_process:compare_expressions"

_FUNCTION = lazy_compile(r"arcsin|arccos|arctan|sqrt|sin|cos|tan|log|exp|ln|max|min")
_ALLOWED = lazy_compile(r"[\w\s+\-*/×^√π=<>≤≥≠().,|!{}∞]+")
_PRODUCT = lazy_compile(r"(?!(?:an|at|ad|nd|rd|dr|pt|qt|yd|cd|kb|kt|rt|db|bad|cat|dad)$)[abcdknpqrtxyz]{2,3}")
"""Letters beside each other that are certainly a product, not a word or a unit."""
_WORD = lazy_compile(r"[^\W\d_]{2,}")
_ARITHMETIC = lazy_compile(r"[\d\s.,+\-*/×()=]+")
_AMBIGUOUS = lazy_compile(
    r"[^\W\d_]\d|\|\||/\s*(?:\d+\s*[^\W\d_(√]|\d+\s*\(|[^\W\d_]\s*[^\W\d_(])|\^\s*\w+\s*\^|__|\d\s+\d"
)
"""Forms that are read in two ways, such as `1/2x`."""
_RELATION = lazy_compile("[<>≤≥≠=]")


class MathsProcess:
    """Compares expressions in a process that is started when it is first needed, one at a time.

    Attributes:
        timeout_s: Seconds for one comparison.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S, handler: str = _HANDLER) -> None:
        self.timeout_s = timeout_s
        self._handler = handler
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def find_known(self, a: str, b: str) -> bool | None:
        """Return whether two expressions are equal if they were compared before, else None."""
        return self._known.get((min(a, b), max(a, b)))

    def compare(self, a: str, b: str) -> bool:
        """Return True if two expressions are equal; False if they are not, or take too long to compare."""
        pair = (min(a, b), max(a, b))
        with self._lock:
            if pair in self._known:
                return self._known[pair]
            limit = _limit.get()
            if limit is not None and limit.is_over:
                return False
            try:
                found = self._request(pair)
            except WorkerError as error:
                if limit is not None and limit.is_over:
                    return False  # Interrupted: nothing is known about the pair.
                found = False
                if error.problem in ("timeout", "memory"):
                    self.close()
            except OSError:
                return False
            self._known[pair] = found
            if len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
            return found

    def _request(self, pair: tuple[str, str]) -> bool:
        worker = self._worker
        if worker is None:
            worker = Worker(
                self._handler,
                timeout_s=START_TIMEOUT_S,
                max_cpu_s=MAX_CPU_S,
                max_memory_bytes=MAX_MEMORY_BYTES,
            )
            self._worker = worker
            worker.request({})
        worker.timeout_s = self.timeout_s
        # `cancel` ends the limit first and then the process: one of the two is seen here.
        limit = _limit.get()
        if self._worker is not worker or (limit is not None and limit.is_over):
            raise WorkerError("stopped")
        try:
            return bool(worker.request({"a": pair[0], "b": pair[1]})["same"])
        except WorkerError:
            self._worker = None
            worker.close()
            raise

    def close(self) -> None:
        """End the process; a comparison that is under way then fails, and the next starts a new process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.timeout_s = 0.0  # A request that begins right now ends at once.
            worker.close()


class TimeLimit:
    """How long the comparisons of one call may take together; `cancel` ends them at once."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """True if no more comparisons are to be made."""
        return time.monotonic() >= self._end

    def cancel(self) -> None:
        """End the comparison that is under way, and allow no more."""
        self._end = 0.0
        process.close()


_limit: ContextVar[TimeLimit | None] = ContextVar("maths_limit", default=None)
process = MathsProcess()
"""The process that all comparisons share."""
atexit.register(process.close)


@contextmanager
def limit_comparisons(limit: TimeLimit) -> Iterator[None]:
    """Let `limit` hold for the comparisons of this context and of the threads it starts."""
    token = _limit.set(limit)
    try:
        yield
    finally:
        _limit.reset(token)


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Return True if the extra `maths` is installed."""
    return find_spec(LIBRARY) is not None


def is_equal(a: str, b: str) -> bool:
    """Return True if two expressions, as plain text, are equal by `math-verify`.

    False without the extra, for what is not certainly mathematics, and in a thread with a running event loop
    unless the two were compared before.
    """
    if not can_compare(a, b) or not is_installed():
        return False
    if (known := process.find_known(a, b)) is not None:
        return known
    return not _has_event_loop() and process.compare(a, b)


def can_compare(a: str, b: str) -> bool:
    """Return True if both texts can be read as mathematics in one way, and have the same relation signs."""
    if not is_mathematics(a) or not is_mathematics(b):
        return False
    if _ARITHMETIC.fullmatch(a) and _ARITHMETIC.fullmatch(b):
        return False
    if len(_RELATION.findall(a)) != len(_RELATION.findall(b)):
        return False
    if ("log" in a + b) and ("ln" in a + b):
        return False  # The base of log is not known.
    own, others = (_letters(text) for text in (a, b))
    if own != others and not _FUNCTION.search(a + b):
        return False  # `1990s`, `12 x`: the library drops what it takes for a unit.
    letters = own | others
    # The library does not distinguish case. AB is not BA for matrices.
    return len({char.lower() for char in letters}) == len(letters) and sum(map(str.isupper, letters)) < 2


def is_mathematics(text: str) -> bool:
    """Return True if a text is certainly an expression or a number, not a score, a date, code or a name."""
    if len(text) > MAX_CHARS or not _ALLOWED.fullmatch(text) or _AMBIGUOUS.search(text):
        return False
    if _ARITHMETIC.fullmatch(text):
        return bool(re.fullmatch(r"-?\d+(?:\.\d+)?(?:/\d+)?", text))
    if re.search(r"[{}]|[=<>!]=|[=<>]\s*[=<>]|,", text) or len(_RELATION.findall(text)) > 1:
        return False
    if "×" in re.sub(r"(?<=[\d)])\s*×|×\s*(?=[\d(])", "*", text):
        return False  # The cross of two letters may be that of vectors.
    return all(_PRODUCT.fullmatch(word) for word in _WORD.findall(_FUNCTION.sub(" ", text)))


def _letters(text: str) -> set[str]:
    return {char for char in _FUNCTION.sub("", text) if char.isalpha()}


def _has_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
