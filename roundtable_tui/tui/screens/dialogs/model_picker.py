"""A dialog to pick a server and a model from all servers that answer now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.model_choice.catalog import ServerEntry
    from roundtable_tui.setup.server_pool import ServerPool

BUILTIN_MODELS = (
    Item("local", "built-in model", "SmolLM2-135M on this machine: tiny test model, often wrong", "built in"),
    Item("demo", "demo", "written examples, generated text for other questions", "built in"),
)
ERROR_PREFIX = "trouble"


class ModelPicker(Picker):
    """Returns the key of a `ModelChoice`; ERROR_PREFIX and such a key, for a server that does not answer; or
    the id of one of the `more` items.
    """

    def __init__(
        self,
        title: str,
        backends: ServerPool,
        *,
        current: str = "",
        more: Sequence[Item] = (),
        base_url: str = "",
    ) -> None:
        """`base_url` is that of a server to list beside the configured and the discovered ones."""
        self._static_items = [*BUILTIN_MODELS, *more]
        super().__init__(title, self._static_items, current=current, allow_free=True)
        self._backends = backends
        self._chosen = current
        self._base_url = base_url
        self._auto_highlighted: Item | None = None

    def on_mount(self) -> None:
        """Start to load the models."""
        self.set_busy("loading models ...")
        self._load_models()

    @background()
    async def _load_models(self) -> None:
        """Add the models of each server when it answers."""
        from roundtable_tui.model_choice.catalog import list_servers, query_server

        found = await list_servers(self._backends)
        waiting = {
            asyncio.ensure_future(query_server(one, self._backends)): at for at, one in enumerate(found)
        }
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                found[waiting.pop(task)] = task.result()
            late = ", ".join(single_line(found[at].server.name, 30) for at in waiting.values())
            items = [item for one in found if one.is_queried for item in make_items(one)]
            now = next((item.id for item in items if self._is_current(item.id)), None)
            listed = self.query_one(ItemList)
            untouched = not self._search_text and (
                listed.item in self._static_items or listed.item == self._auto_highlighted
            )
            busy = f"waiting for {late} ..." if late else ""
            self.set_items([*items, *self._static_items], current=now or self._current, busy=busy)
            if untouched and items:
                # The current model, or the first that can be used.
                could = next((one for one in items if not one.tone), items[0])
                listed.highlight_item(now or could.id)
                self._auto_highlighted = listed.item
        self.set_busy("")

    def _is_current(self, id: str) -> bool:
        """Return True for the row of the current model; without a model name, the first of its server."""
        chosen = self._chosen
        return bool(chosen) and (id.startswith(chosen) if chosen.endswith("\n") else id == chosen)


def make_items(source: ServerEntry) -> list[Item]:
    """Return a row per model, or one with the error of the server."""
    server = source.server
    group = f"{server.name}  {server.base_url}"
    if source.error:
        return [
            Item(f"{ERROR_PREFIX}\n{source.choice().key}", source.error, source.error, group, tone="error")
        ]
    return [
        Item(
            source.choice(known.info.id).key,
            known.info.id,
            known.description or "not used yet",
            group,
            hint=known.short_stats,
        )
        for known in source.models
    ]
