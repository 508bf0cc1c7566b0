"""The child process of the local model: starts llama.cpp's server and ends when its parent does.

It is run by its path, so that nothing of this package is imported. The address is printed to stdout as
one line; the end of stdin means that the parent has ended, even if it was killed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
from typing import Any

LISTENING_PREFIX = "listening "
"""Prefix of the line with the address."""
_GRACE_PERIOD_S = 0.5


def main() -> int:
    """Serve until SIGTERM, SIGINT or the end of stdin."""
    parser = argparse.ArgumentParser(description="Serve one GGUF file on a free loopback port.")
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", default="local")
    parser.add_argument("--slots", type=int, default=5)
    parser.add_argument("--ctx", type=int, default=4096, help="tokens of context per slot")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
    if hasattr(os, "nice"):
        # The app has priority: a model that uses every core makes typing slow.
        with contextlib.suppress(OSError):
            os.nice(5)
    try:
        server = _start_server(args)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    print(f"{LISTENING_PREFIX}{server.listening_address}", flush=True)
    stop.wait()
    # The server has no stop(): it runs until the process ends.
    os._exit(0)


def _start_server(args: argparse.Namespace) -> Any:
    """Return the running server; this loads the model."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.model_alias = {args.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = args.slots
    params.n_ctx = args.slots * args.ctx
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = args.threads
    params.verbosity = -1
    params.warmup = False
    params.use_jinja = True
    return xllamacpp.Server(params)


def _watch_parent(stop: threading.Event) -> None:
    """Wait for the end of stdin, then exit even if the model is still loading."""
    with contextlib.suppress(OSError):
        while os.read(0, 64):
            continue
    stop.set()
    time.sleep(_GRACE_PERIOD_S)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
