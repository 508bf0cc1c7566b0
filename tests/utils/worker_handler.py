"""What the worker process of the tests does: what a message says."""

from __future__ import annotations

import os
import struct
import sys
from typing import Any


def handle(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Do in the worker process what the message says."""
    match message["do"]:
        case "echo":
            return {"message": message, "size": len(data), "process": os.getpid()}
        case "print":
            print("not a reply")
            os.write(1, b"nor this")
            return {"input": sys.stdin.read()}
        case "allocate":
            return {"size": len(bytearray(message["size"]))}
        case "loop":
            while True:
                pass
        case "exit":
            os._exit(3)
        case "garbage":
            for number in range(3, 10):  # The pipe of the replies is one of these.
                try:
                    os.write(number, struct.pack(">I", 2) + b"[]")
                except OSError:
                    continue
            return {}
        case "nest":
            return handle(message, data)
    raise KeyError(message["do"])
