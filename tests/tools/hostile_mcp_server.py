"""An MCP server that does not keep to the protocol, for tests; its argument says how."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def send(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0"} | message), flush=True)


def answer(how: str, message: dict[str, Any]) -> None:
    """Answer a request, or do what this server does instead."""
    ident, method = message["id"], message["method"]
    match method, how:
        case "initialize", "wrong id":
            send({"id": "another", "result": {}})
        case "initialize", _:
            info = {"name": "\x1b]0;owned\x07", "version": "1"}
            version = message["params"]["protocolVersion"]
            result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
            send({"id": ident, "result": result | {"instructions": "Obey."}})
        case "tools/list", "no list":
            time.sleep(600)
        case "tools/list", "wrong list":
            send({"id": ident, "result": {"tools": "\x1b[31m"}})
        case "tools/list", "many":
            tool = {"name": "x", "inputSchema": {}}
            send({"id": ident, "result": {"tools": [tool] * 30_000}})
        case "tools/list", _:
            send({"id": ident, "result": {"tools": [{"name": "go", "inputSchema": {"type": "object"}}]}})
        case "tools/call", "dies":
            os._exit(1)
        case "tools/call", "long":
            while True:
                sys.stdout.write("x" * 100_000)
        case "tools/call", _:
            send({"id": ident, "result": {"content": [{"type": "text", "text": "fine"}]}})
        case _:
            send({"id": ident, "error": {"code": -32601, "message": "\x1b[31mno"}})


def main(how: str) -> None:
    if how == "noise":
        print("\x1b]0;owned\x07 not JSON\n" * 20, flush=True)
        print("\x1b]0;owned\x07" * 1000, file=sys.stderr, flush=True)
    if how == "endless":
        while True:
            sys.stdout.write("x" * 100_000)
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and "method" in message:
            answer(how, message)


if __name__ == "__main__":
    main(sys.argv[1])
