"""What `roundtable proxy` prints at its start: the models, and a line to copy for each of three clients."""

from __future__ import annotations

from collections.abc import Sequence

from roundtable_tui.config import Settings
from roundtable_tui.proxy.reading.catalog import Catalog

MODEL = "roundtable/debate"


def describe(url: str, settings: Settings, *, has_key: bool) -> Sequence[str]:
    """Return the lines."""
    key = "KEY" if has_key else "none"
    header = f' -H "Authorization: Bearer {key}"' if has_key else ""
    return (
        f"Models: {', '.join(entry.id for entry in Catalog(settings).list_entries())}",
        f'openai (Python):  OpenAI(base_url="{url}", api_key="{key}"), model="{MODEL}"',
        f"aider:            aider --openai-api-base {url} --openai-api-key {key} --model openai/{MODEL}"
        " --weak-model openai/roundtable/single",
        f"curl:             curl {url}/models{header}",
        "Press Ctrl+C to stop. Base URL:",
    )
