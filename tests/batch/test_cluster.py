"""A batch on the workers of a Dask cluster: shares, a worker that is killed, keys that are not sent."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import config
from roundtable_tui.batch.cluster.executor import ClusterExecutor, divide_slots, parse_cluster
from roundtable_tui.batch.cluster.saved_run import discard_result, load_result, run_and_save
from roundtable_tui.batch.results_file import read_rows
from roundtable_tui.batch.run_once import FinishedRun
from roundtable_tui.batch.runner import Batch
from roundtable_tui.batch.servers import BatchServerPool, ServerBalancer
from roundtable_tui.errors import NoAnswerError, UsageError
from roundtable_tui.setup.request import RunRequest
from tests.support.cli_run import CommandResult
from tests.support.fake_server import FakeServer, Reply

KEY = "sk-cluster-secret-key-0123456789"


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_divide_slots_sum_is_the_limit_and_remainders_are_spread(workers: int) -> None:
    slots = {"home": 4, "gpu": 7, "one": 1}
    found = divide_slots(slots, workers)
    assert {name: sum(share.get(name, 0) for share in found) for name in slots} == slots
    sums = [sum(share.values()) for share in found]
    assert (
        len(found) == workers
        and max(sums) - min(sums) <= 1
        and all(min(one.values()) for one in found if one)
    )


def test_parse_cluster_wrong_place_is_refused() -> None:
    assert parse_cluster("local:4") == "local:4" and parse_cluster("file:/x.json") == "file:/x.json"
    for wrong in ("local:0", "local:x", "local", "http://x", "file:", "tcp:"):
        with pytest.raises(UsageError):
            parse_cluster(wrong)


@pytest.mark.anyio
@pytest.mark.parametrize("has_record", [True, False])
async def test_run_and_save_finished_run_is_not_paid_again(tmp_path: Path, has_record: bool) -> None:
    folder = tmp_path / "run"
    async with FakeServer("A") as fake, BatchServerPool(config.Settings(discovery=False), {}) as pool:
        request = RunRequest(
            question="Why?", mode="single", base_url=fake.url, model="fake",
            record=has_record, folder=folder if has_record else None,
        )  # fmt: skip
        first = await run_and_save(request, folder, pool)
        assert await run_and_save(request, folder, pool) == first and first.answer == "A"
        assert len(fake.requests) == 1
        assert (folder / "result.json").exists() != has_record == (folder / "events.jsonl").exists()
        if not has_record:
            (folder / "result.json").write_text('{"status": "comp')
            assert load_result(folder) is None, "a torn file is no result"
            discard_result(folder)
            assert not folder.exists()


@pytest.mark.anyio
async def test_cluster_worker_killed_loses_nothing_and_passes_no_limit(
    tmp_path: Path, roundtable_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTER_KEY", KEY)
    source = tmp_path / "tasks.jsonl"
    source.write_text("".join(json.dumps({"question": f"Question {n}?"}) + "\n" for n in range(60)))
    async with (
        FakeServer(Reply("A", first_delay=0.05)) as home,
        FakeServer(Reply("B", first_delay=0.05)) as gpu,
    ):
        slots = {"home": 4, "gpu": 3}
        (roundtable_home / "settings.toml").write_text(
            "discovery = false\n"
            + "".join(
                f'[servers.{name}]\nbase_url = "{fake.url}"\napi_key_env = "CLUSTER_KEY"\n'
                f"concurrency = {slots[name]}\n"
                for name, fake in (("home", home), ("gpu", gpu))
            )
        )
        sent: list[bytes] = []
        async with BatchServerPool(config.load(), os.environ) as pool:
            request = RunRequest(mode="single", model="fake")
            balancer = ServerBalancer(pool, request, ("home", "gpu"))
            await balancer.prepare()
            batch = Batch(source, balancer, tmp_path / "out")
            await batch.prepare()
            async with ClusterExecutor("local:2", slots) as executor:
                executor.run = remember(executor.run, sent)  # type: ignore[method-assign]
                batch.executor = executor
                running = asyncio.create_task(batch.run())
                await home.seen(8)
                executor.processes[0].send_signal(signal.SIGKILL)
                state = await running
                assert len(executor.processes) == 3, "a lost worker is started again"
    assert (state.done, state.failed) == (60, 0)
    rows = list(read_rows(tmp_path / "out" / "results.jsonl"))
    assert len({row["key"] for row in rows}) == len(rows) == 60
    asked = Counter(seen.user for fake in (home, gpu) for seen in fake.requests)
    repeated = sum(count - 1 for count in asked.values())
    assert len(asked) == 60 and repeated <= 4, "at most the runs in flight of the killed worker"
    assert home.most_at_once <= 4 and gpu.most_at_once <= 3
    assert all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in (*home.requests, *gpu.requests))
    assert sent and not any(secret in data for data in sent for secret in (KEY.encode(), b"127.0.0.1"))
    assert not list((tmp_path / "out").rglob("result.json"))


def remember(run: Callable[..., Any], sent: list[bytes]) -> Callable[..., Any]:
    async def remembered(request: RunRequest, folder: Path) -> FinishedRun:
        sent.append(pickle.dumps((request, str(folder))))
        found: FinishedRun = await run(request, folder)
        return found

    return remembered


def test_batch_command_cluster_needs_named_servers(
    cli_run: Callable[..., CommandResult], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "t.csv").write_text("question\nWhy?\n")
    words = ("batch", "t.csv", "--mode", "single", "--model", "m", "--out", "out", "--cluster")
    result = cli_run(*words, "local:2", "--base-url", "http://127.0.0.1:9/v1")
    assert result.code == 2 and "is not in the settings" in result.err
    result = cli_run(*words, "nowhere", "--demo")
    assert result.code == 2 and "is not a cluster" in result.err
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    result = cli_run(*words, "local:2", "--demo")
    assert result.code == 2 and "roundtable-tui[cluster]" in result.err


@pytest.mark.anyio
async def test_cluster_with_tls_that_is_not_configured_says_so(tmp_path: Path) -> None:
    (tmp_path / "scheduler.json").write_text('{"address": "tls://127.0.0.1:1"}')
    with pytest.raises(NoAnswerError, match="DASK_DISTRIBUTED__COMM__TLS__CA_FILE"):
        async with ClusterExecutor(f"file:{tmp_path / 'scheduler.json'}", {"home": 1}):
            pass


@pytest.mark.anyio
async def test_cluster_scheduler_of_the_user_runs_on_workers_with_the_resource(
    tmp_path: Path, roundtable_home: Path
) -> None:
    import dask
    from distributed import Scheduler, Worker

    source = tmp_path / "tasks.csv"
    source.write_text("question\n" + "".join(f"Question {n}?\n" for n in range(6)))
    scheduler_file = tmp_path / "scheduler.json"
    async with FakeServer("A") as fake:
        text = f'discovery = false\n[servers.home]\nbase_url = "{fake.url}"\nconcurrency = 4\n'
        (roundtable_home / "settings.toml").write_text(text)
        with dask.config.set({"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}):
            scheduler = Scheduler(
                host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0",
                scheduler_file=str(scheduler_file),
            )  # fmt: skip
            async with scheduler, BatchServerPool(config.load(), os.environ) as pool:
                balancer = ServerBalancer(pool, RunRequest(mode="single", model="fake"), ("home",))
                await balancer.prepare()
                batch = Batch(source, balancer, tmp_path / "out")
                await batch.prepare()

                def worker(name: str, **resources: float) -> Worker:
                    folder = str(tmp_path / name)
                    return Worker(
                        scheduler.address, name=name, resources=resources, dashboard=False, memory_limit=0,
                        local_directory=folder, nthreads=4,
                    )  # fmt: skip

                async with worker("other"):
                    with pytest.raises(UsageError, match="has calls of the server home"):
                        await ClusterExecutor(f"file:{scheduler_file}", {"home": 4}).__aenter__()
                    executor = ClusterExecutor(scheduler.address, {"home": 4})
                    async with worker("good", home=2), executor as batch.executor:
                        assert any("good: home 2" in line for line in executor.describe_workers())
                        state = await batch.run()
        assert (state.done, state.failed, len(fake.requests)) == (6, 0, 6)
        assert fake.most_at_once <= 2
