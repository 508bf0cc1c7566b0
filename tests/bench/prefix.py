"""The share of a conversation that a prefix cache can reuse: bytes that begin the next request."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections import defaultdict
from itertools import pairwise

from tests.support.fake_server import FakeServer, Reply


def rows() -> list[tuple[str, ...]]:
    """Return the row of the table."""
    same, all_of_it = asyncio.run(_measure())
    share = same / all_of_it
    what = "earlier conversation that begins the next request, debate of 5, 4 rounds"
    return [(what, f"{same:,} bytes", f"{all_of_it:,} bytes", f"{share:.3f}", "1")]


async def _measure() -> tuple[int, int]:
    """Return bytes that are a prefix of the seat's next request, and bytes that could be."""
    from roundtable_tui.config import Settings
    from roundtable_tui.setup.open_run import build_run
    from roundtable_tui.setup.request import RunRequest
    from roundtable_tui.setup.server_pool import ServerPool

    def reply(request: dict, nth: int) -> Reply:
        if "response_format" in request:
            return Reply(decision={"consensus": False, "direction": "Which one?", "choice": 1})
        return Reply(f"Since {nth} is what it is: [[ANSWER]] {nth}\n" + "and so on " * 40)

    async with FakeServer(reply) as fake:
        with tempfile.TemporaryDirectory() as home:
            os.environ["ROUNDTABLE_HOME"] = home
            backends = ServerPool(Settings(), {})
            wish = RunRequest(
                question="Which?", mode="debate", base_url=fake.url, model="m", options={"max_rounds": 4}
            )
            result = await (await build_run(wish, backends)).execute()
            await backends.aclose()
        assert result.status == "complete", result
        asked = defaultdict(list)
        for seen in fake.requests:
            asked[seen.body["messages"][0]["content"]].append(seen.body["messages"])
    same = whole = 0
    for requests in asked.values():
        for before, after in pairwise(requests):
            # What the server had processed: the request, and the answer to it, which is the next message.
            had = json.dumps([*before, after[len(before)]]).encode()[:-1]
            whole += len(had)
            now = json.dumps(after).encode()
            same += next((at for at, (a, b) in enumerate(zip(had, now, strict=False)) if a != b), len(had))
    return same, whole


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="  ")
