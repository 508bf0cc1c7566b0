"""The demo as a server of the ordinary client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.llm.types import Server

if TYPE_CHECKING:
    from roundtable_tui.llm.demo.responder import DemoApi

DEMO_URL = "http://demo.invalid/v1"
"""A host that cannot exist: if the transport is forgotten, nothing is reached."""


def create_demo_server(api: DemoApi) -> Server:
    """Return the demo as a server of the ordinary client."""
    from roundtable_tui.llm.demo.transport import DemoTransport

    return Server(name="demo", base_url=DEMO_URL, transport=DemoTransport(api))
