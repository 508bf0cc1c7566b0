"""Run a batch from the answers to a file of requests; calls that are not in the file are made as usual."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from roundtable_tui.batch.offline.requests import OFFLINE_OPTIONS, CallNames, prepare_offline
from roundtable_tui.batch.servers import BatchServerPool
from roundtable_tui.errors import FileError
from roundtable_tui.llm.client import Client
from roundtable_tui.llm.stream.completion import read_completion
from roundtable_tui.llm.types import (
    ChatRequest,
    Failed,
    Finished,
    Limits,
    Server,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
)
from roundtable_tui.setup.plan import find_mode, find_task
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line


class CollectedAnswers:
    """The answers of an output file, by the name of the call; they stay on disk."""

    def __init__(self, path: Path) -> None:
        """Index a file. Raises FileError if it cannot be read, or holds no answer to a file of requests."""
        self.path = path
        self.used = 0
        """Answers that were given to runs."""
        self._offsets: dict[str, int] = {}
        self._names = CallNames()
        try:
            self._file: BinaryIO = files.open_regular(path)
        except OSError as error:
            where = files.format_location(path)
            raise FileError(f"cannot be read: {error.strerror}", where=where) from error
        for offset, line in self._iter_lines():
            if isinstance(name := line.get("custom_id"), str) and name.count("-") == 2:
                self._offsets[name.partition("-")[2]] = offset
        if not self._offsets:
            self.close()
            hint = "Use the output of a file that roundtable batch has written."
            raise FileError("holds no answers", where=files.format_location(path), hint=hint)

    def __len__(self) -> int:
        """Return the number of answers, failed ones included."""
        return len(self._offsets)

    def find(self, request: ChatRequest) -> Finished | Failed | None:
        """Return the answer to a call; None if the file has none."""
        offset = self._offsets.get(self._names.make_name(request))
        if offset is None:
            return None
        self.used += 1
        self._file.seek(offset)
        line = load_json(self._file.readline())
        response = line.get("response")
        body = response.get("body") if isinstance(response, Mapping) else None
        if isinstance(response, Mapping) and response.get("status_code", 200) == 200:
            found = read_completion(body)
            if found is not None:
                return found
        reason = _find_reason(line.get("error")) or _find_reason(body) or "no answer"
        return Failed("server", f"{request.model}: in the collected file: {reason}")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _iter_lines(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        offset = 0
        for raw in self._file:
            try:
                line = load_json(raw)
            except ValueError:
                line = None
            if isinstance(line, Mapping):
                yield offset, line
            offset += len(raw)


class CollectingClient(Client):
    """A client that answers calls from a file first."""

    def __init__(self, answers: CollectedAnswers) -> None:
        super().__init__(spaces_reads=False)
        self._answers = answers

    def stream(
        self, server: Server, request: ChatRequest, limits: Limits
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the events of one call, see `Client.stream`."""
        if (found := self._answers.find(request)) is not None:
            return _replay(found)
        return super().stream(server, request, limits)


class CollectingServerPool(BatchServerPool):
    """The servers of a batch with collected answers."""

    def __init__(self, *arguments: Any, answers: CollectedAnswers) -> None:
        super().__init__(*arguments)
        self._answers = answers

    @property
    def client(self) -> Client:
        """The client, which answers from the file first."""
        if self._client is None:
            self._client = CollectingClient(self._answers)
        return self._client


def adapt_to_answers(pool: ServerPool, request: RunRequest) -> RunRequest:
    """Return the request of a run that takes its first calls from a file; other modes stay as they are."""
    mode = find_mode(request, find_task(request.task), pool.settings).name
    return prepare_offline(request, mode) if mode in OFFLINE_OPTIONS else request


async def _replay(found: Finished | Failed) -> AsyncGenerator[StreamEvent, None]:
    if isinstance(found, Finished):
        if found.reasoning:
            yield ThinkingDelta(found.reasoning)
        yield TextDelta(found.text)
    yield found


def _find_reason(value: Any) -> str:
    """Return the message of an error in one of its usual places; "" if there is none."""
    if isinstance(value, Mapping):
        inner = value.get("error", value.get("message"))
        return _find_reason(inner) if inner else ""
    return single_line(value, 200) if isinstance(value, str) else ""
