"""Pick who speaks: a server and a model, from all that can be asked right now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.widgets.lists.item_list import ItemList
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.setup.model_catalog import ServerEntry
    from roundtable_tui.setup.server_pool import ServerPool

BUILTIN_MODELS = (
    Item("local", "the embedded model", "SmolLM2-135M, here: real, tiny, often wrong", "comes along"),
    Item("demo", "the demo", "made-up text, no model: to look around", "comes along"),
)
ERROR_PREFIX = "trouble"


class ModelPicker(Picker):
    """Gives `server` or `url`, where, and the model, each on a line of its own; `local` or `demo`; the name
    of a model that was typed; `trouble`, kind and where, for a server that does not answer; or the id of one
    of the `more` items.
    """

    def __init__(
        self, title: str, backends: ServerPool, *, current: str = "", more: Sequence[Item] = ()
    ) -> None:
        self._static_items = [*BUILTIN_MODELS, *more]
        super().__init__(title, self._static_items, current=current, allow_free=True)
        self._backends = backends
        self._chosen = current
        self._auto_highlighted: Item | None = None

    def on_mount(self) -> None:
        """Begin to ask."""
        self.set_busy("asking the servers ...")
        self._load_models()

    @background()
    async def _load_models(self) -> None:
        """Put in the models of every server, as each of them answers."""
        from roundtable_tui.setup.model_catalog import list_servers, query_server

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
            busy = f"asking {late} ..." if late else ""
            self.set_items([*items, *self._static_items], current=now or self._current, busy=busy)
            if untouched and items:
                # To what speaks now; else to the first that could.
                could = next((one for one in items if not one.tone), items[0])
                listed.highlight_item(now or could.id)
                self._auto_highlighted = listed.item
        self.set_busy("")

    def _is_current(self, id: str) -> bool:
        """Tell whether a row is what speaks now; where no model is named, that is a server's first."""
        chosen = self._chosen
        return bool(chosen) and (id.startswith(chosen) if chosen.endswith("\n") else id == chosen)


def make_items(source: ServerEntry) -> list[Item]:
    """Return a row for each model; or one that says why there are none."""
    server = source.server
    group = f"{server.name}  {server.base_url}"
    if source.error:
        at = f"{ERROR_PREFIX}\n{source.kind}\n{source.reference}"
        return [Item(at, source.error, source.error, group, tone="error")]
    return [
        Item(
            f"{source.kind}\n{source.reference}\n{known.id}",
            known.id,
            known.description or "nothing is known of it yet",
            group,
            hint=known.short_stats,
        )
        for known in source.models
    ]
