"""The rows of a batch's `results.jsonl`: one for each finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.texts.json_fields import read_fields

RESULTS_FILE = "results.jsonl"
_MAX_QUESTION_CHARS = 200


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One finished run. A failed run is a row with an `error` and `ok` false."""

    key: str
    id: str
    ok: bool
    answer: str
    error: str = ""
    status: str = ""
    """complete, partial or failed."""
    how: str = ""
    agreement: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    cost: float | None = None
    """USD; None if no price is known."""
    seconds: float = 0.0
    estimated: bool = False
    server: str = ""
    """The name of the server that the batch chose for the run; "" if there is only one."""
    run_folder: str = ""
    """Folder of the record, relative to that of the batch; "" without a record."""
    question: str = ""
    """The beginning of the question, on one line."""
    batch_model: str = ""
    """The model of a task that came as a line of the OpenAI Batch format; "" for others."""
    cut: bool = False
    """True if a token limit ended the answer."""

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def build_row(
    key: str,
    task_id: str,
    question: str,
    run: FinishedRun,
    *,
    server: str = "",
    folder: str = "",
    batch_model: str = "",
) -> BatchRow:
    """Return the row of a finished run."""
    return BatchRow(
        key=key,
        id=task_id,
        ok=run.has_answer,
        answer=run.answer,
        error=run.problem,
        status=run.status,
        how=run.how,
        agreement=run.agreement,
        prompt_tokens=run.prompt_tokens,
        completion_tokens=run.completion_tokens,
        cached_tokens=run.cached_tokens,
        calls=run.calls,
        cost=run.cost,
        seconds=run.seconds,
        estimated=run.estimated,
        server=server,
        run_folder=folder,
        question=single_line(question, _MAX_QUESTION_CHARS),
        batch_model=batch_model,
        cut=run.cut,
    )


def parse_row(data: Mapping[str, Any]) -> BatchRow | None:
    """Return a row of a file; None if it is not one."""
    try:
        return BatchRow(**read_fields(BatchRow, data))
    except (TypeError, ValueError):
        return None
