"""The options of a question, in the forms that files have them, and the letter of the right one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.bench.questions.model import letters
from roundtable_tui.bench.questions.record_error import RecordError
from roundtable_tui.utils.text import single_line

_LETTER = re.compile(r"\(?([A-Za-z])[).]?\Z")
_MAX_CHOICES = 26


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """The texts of the options A, B, C, ..., and the labels that a file gives them."""

    texts: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """The letter of each label, in lower case: a file may call its options 1, 2, 3 or list B before A."""

    def find_letter(self, answer: str, *, is_letter: bool = False) -> str:
        """Return the letter of the right option, given as a label, a letter, a text or both.

        Args:
            answer: what the file gives.
            is_letter: the format gives letters only: an option whose text is one, such as
                a blood group, is not meant.

        Raises:
            RecordError: it is none of the options, or more than one.
        """
        if (label := answer.strip("(). ").casefold()) in self.labels:
            return self.labels[label]
        match = _LETTER.match(answer)
        known = letters(self.texts)
        by_letter = match[1].upper() if match and (not self.texts or match[1].upper() in known) else ""
        texts = zip(known, self.texts, strict=True)
        by_text = {letter for letter, text in texts if text.casefold() == answer.casefold()}
        found = ({by_letter} - {""}) if is_letter or not by_text else by_text | ({by_letter} - {""})
        if len(found) > 1:
            shown = ", ".join(sorted(found))
            raise RecordError(f"its answer {single_line(answer, 40)!r} may be one of the options {shown}")
        if not found:
            raise RecordError(f"its answer {single_line(answer, 40)!r} is none of the choices")
        return found.pop()


def read_choices(
    record: Mapping[str, Any], split: Callable[[str], Sequence[str]] = lambda text: text.split("|")
) -> ChoiceList:
    """Return the options of a record: a list, a JSON list in a cell of a table, or texts by label.

    Args:
        record: has them under `choices` or `options`: texts, objects with `label` and `text`, an object of
            texts by label, or an object of two lists `text` and `label`.
        split: how a cell that is not JSON is divided.

    Raises:
        RecordError: they are in no such form.
    """
    value = record.get("choices", record.get("options"))
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value) if value.lstrip().startswith(("[", "{")) else list(split(value))
        except ValueError:
            raise RecordError("its choices are not a JSON list") from None
    if not value:
        return ChoiceList()
    labels, texts = _read_labels(value)
    if not 2 <= len(texts) <= _MAX_CHOICES or not all(isinstance(one, str | int | float) for one in texts):
        raise RecordError(f"its choices should be a list of 2 to {_MAX_CHOICES} texts")
    folded = [str(label).strip("(). ").casefold() for label in labels]
    if len(set(folded)) < len(folded):
        raise RecordError("two of its choices have one label")
    return ChoiceList(
        tuple(str(text).strip() for text in texts),
        dict(zip(folded, letters(texts), strict=True)) if folded else {},
    )


def _read_labels(value: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return (labels, texts); no labels if the file gives none."""
    if isinstance(value, Mapping):
        labels, texts = value.get("label"), value.get("text")
        if isinstance(labels, list) and isinstance(texts, list) and len(labels) == len(texts):
            return labels, texts
        return list(value), list(value.values())
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        if not all("text" in one for one in value):
            raise RecordError("its choices are objects without a text")
        has_labels = all("label" in one for one in value)
        return [one["label"] for one in value] if has_labels else [], [one["text"] for one in value]
    return [], value if isinstance(value, list) else [value]
