"""`roundtable proxy` as a process: what it prints, what it answers, how it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROUNDTABLE = Path(sys.executable).parent / "roundtable"


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_proxy_process_prints_its_address_answers_and_stops(signal_number: int) -> None:
    process = subprocess.Popen(
        [str(ROUNDTABLE), "proxy", "--demo", "--port", "0"], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=os.environ | {"ROUNDTABLE_PROXY_KEY": "key-of-the-proxy"},
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    request = urllib.request.Request(
        f"{url}/chat/completions",
        json.dumps(
            {"model": "roundtable/vote:agents=2", "messages": [{"role": "user", "content": "Why?"}]}
        ).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer key-of-the-proxy"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        body = json.load(response)
    assert body["choices"][0]["message"]["content"] and body["roundtable"]["recorded"]
    process.send_signal(signal_number)
    rest, said = process.communicate(timeout=120)
    assert process.returncode == 0 and not rest
    assert "roundtable/debate" in said and "Server of the models: demo" in said
    assert "key-of-the-proxy" not in said and "Traceback" not in said
