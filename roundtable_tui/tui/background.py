"""Starts background work of screens and widgets; an exception of it is shown and logged, never lost."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import MountError
from textual.worker import Worker, WorkerFailed

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.key_hold import get_key_hold

N = TypeVar("N")
P = ParamSpec("P")

ERROR_TIMEOUT_S = 15.0


def run_in_background(
    node: DOMNode,
    job: Callable[[], Any],
    *,
    name: str,
    group: str = "default",
    exclusive: bool = False,
    thread: bool = False,
) -> Worker[Any]:
    """Run `job` as a Textual worker that belongs to `node` and is cancelled when that is removed.

    Args:
        node: The screen, widget or app that the work belongs to.
        job: A function without arguments: a coroutine function, or a plain one with `thread`.
        name: Name of the worker, for Textual's log.
        group: Workers of one node with the same group replace each other if `exclusive`.
        exclusive: Cancel the running workers of this group first.
        thread: Run `job` in a thread.

    Returns:
        The worker. An exception of `job` becomes one toast on the uppermost screen and, unless it
        is a `RoundtableError`, an entry in the log; the worker then has the state `ERROR`.
    """
    # Looked up here: a removed node may have no app when its work fails, and threads have no active app.
    app = node.app

    async def run_observed() -> Any:
        try:
            return await job()
        except (NoMatches, MountError) as error:
            if is_removed(node):
                return None  # Its widgets went while it ran, a moment before it would have been cancelled.
            report_exception(app, error)
            raise
        except Exception as error:
            report_exception(app, error)
            raise

    def run_observed_thread() -> Any:
        try:
            return job()
        except Exception as error:
            app.call_from_thread(report_exception, app, error)
            raise

    observed: Callable[[], Any] = run_observed_thread if thread else run_observed
    return node.run_worker(
        observed, name=name, group=group, exclusive=exclusive, thread=thread, exit_on_error=False
    )


def background(
    *, group: str = "default", exclusive: bool = False, thread: bool = False, opens_screen: bool = False
) -> Callable[
    [Callable[Concatenate[N, P], Coroutine[Any, Any, Any] | Any]], Callable[Concatenate[N, P], Worker[Any]]
]:
    """Make a method run in the background. See `run_in_background`.

    The method belongs to a screen or widget, or to a controller, whose `screen` the work then belongs to.
    With `opens_screen`, keys that come before its screen has opened, or before it ends, wait for that.
    """

    def decorate(method: Callable[Concatenate[N, P], Any]) -> Callable[Concatenate[N, P], Worker[Any]]:
        @wraps(method)
        def start(self: N, /, *args: P.args, **kwargs: P.kwargs) -> Worker[Any]:
            owner: Any = self
            node = owner if isinstance(owner, DOMNode) else owner.screen
            job: Callable[[], Any] = partial(start.__wrapped__, self, *args, **kwargs)
            return run_in_background(
                node,
                _hold_keys(node, job) if opens_screen else job,
                name=method.__name__,
                group=group,
                exclusive=exclusive,
                thread=thread,
            )

        return start

    return decorate


def _hold_keys(node: DOMNode, job: Callable[[], Any]) -> Callable[[], Any]:
    """Return a job during which keys are held from now on, until a screen opens."""
    if (hold := get_key_hold(node.app)) is None:
        return job
    end = hold.begin()

    async def run_held() -> Any:
        try:
            return await job()
        finally:
            end()

    return run_held


def is_removed(node: DOMNode) -> bool:
    """Return True if a screen or widget is being removed, or was; the app itself never is."""
    if isinstance(node, App):
        return False
    if not node.app.is_running:
        return True
    screen = next((one for one in node.ancestors_with_self if isinstance(one, Screen)), None)
    return not node.is_attached or screen not in node.app.screen_stack


def report_exception(app: App[Any], error: Exception) -> None:
    """Show an exception of background work in one line on the uppermost screen; log unexpected ones."""
    if isinstance(error, WorkerFailed):
        return  # The failed worker that this one waited for has reported it.
    from roundtable_tui.utils.crash_log import log_exception

    line = str(error) if isinstance(error, RoundtableError) else log_exception(error)
    app.notify(line, severity="error", timeout=ERROR_TIMEOUT_S, markup=False)
