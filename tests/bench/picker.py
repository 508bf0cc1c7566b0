"""What a key costs in the picker of models: CPU from the key to the list, for 10,000 models and for 200."""

from __future__ import annotations

import asyncio
import statistics
import time

from textual.widgets import Input

from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from tests.support.screen_host import open_screen

MODELS, FEW = 10_000, 200
QUERIES = (
    "m",
    "mo",
    "mod",
    "model",
    "model-8",
    "model-87",
    "qwen",
    "qwen 12",
    "instruct",
    "tt",
    "gpt",
    "mdl",
    "",
)
TARGET_MS, TARGET_RATIO = 50.0, 3.0
_MAKERS = (
    "openai",
    "anthropic",
    "google",
    "meta-llama",
    "mistralai",
    "qwen",
    "deepseek",
    "x-ai",
    "cohere",
    "nvidia",
)


def rows() -> list[tuple[object, ...]]:
    """Return the median and the slowest key, against those of a list of 200 models."""
    many, few = (asyncio.run(_measure(count)) for count in (MODELS, FEW))
    return [
        (
            f"key, {MODELS:,} models, median (ms)",
            *_pair(statistics.median(many), statistics.median(few)),
            TARGET_RATIO,
        ),
        (f"key, {MODELS:,} models, slowest (ms)", *_pair(max(many), max(few)), f"{TARGET_MS:g} ms"),
    ]


def _pair(many: float, few: float) -> tuple[float, float, float]:
    return many, few, many / few


async def _measure(count: int) -> list[float]:
    """Return the milliseconds of CPU of each query, the best of three times."""
    items = [_item(number) for number in range(count)]
    async with open_screen(Picker("Model", items, allow_free=True)) as (app, pilot):
        best = dict.fromkeys(QUERIES, float("inf"))
        for _ in range(4):
            for query in QUERIES:
                start = time.process_time()
                app.screen.query_one("#search", Input).value = query
                await pilot.pause()
                best[query] = min(best[query], (time.process_time() - start) * 1000)
        return list(best.values())


def _item(number: int) -> Item:
    name = f"{_MAKERS[number % len(_MAKERS)]}/model-{number}-instruct"
    detail = f"holds {4096 * (number % 30 + 1):,} tokens; calls tools; ${number % 90 / 100} a million tokens"
    return Item(
        f"url\nhttp://r\n{name}", name, detail, "Router  https://openrouter.ai/api/v1", "131k · tools"
    )
