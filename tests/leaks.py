"""Every test is checked for what it leaves behind: asyncio tasks, threads, file handles, child processes.

A plug-in of pytest, loaded by `tests/conftest.py`. What outlives its test is a leak of the test, or of Phaseboard.
"""

import asyncio
import asyncio.runners
import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

PATIENCE = 5.0
"""Seconds that a thread which has been told to end may take."""

_HANDLES = Path("/proc/self/fd")
_TASKS = Path("/proc/self/task")

_cancelled: list[str] = []
"""The tasks that were still there when an event loop was closed."""

_cancel_all_tasks = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]


TURNS = 5
"""How many turns of its loop a task may take to end by itself, as one does that closes an asynchronous generator."""


def _telling(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left as the runner does, and note it; after an exception there is nothing to complain of."""
    if sys.exc_info()[0] is None:
        for _ in range(TURNS):
            loop.run_until_complete(asyncio.sleep(0))
        _cancelled.extend(repr(task) for task in asyncio.all_tasks(loop))
    _cancel_all_tasks(loop)


asyncio.runners._cancel_all_tasks = _telling  # type: ignore[attr-defined]
uvloop.new_event_loop().close()  # the first one opens a pipe for the whole life of the process


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves something behind."""
    yield from watched()


def forget() -> None:
    """Complain no more of the tasks that were left until now."""
    _cancelled.clear()


def watched() -> Iterator[None]:
    """Look twice, and raise AssertionError with what was left between."""
    forget()
    threads, handles, children = set(threading.enumerate()), _handles(), _children()
    yield
    left = [f"task {task}" for task in _cancelled]
    left += [f"thread {thread}" for thread in _left_threads(threads)]
    left += [f"handle {number} of {target}" for number, target in _left_handles(handles)]
    left += [f"child process {pid}" for pid in sorted(_children() - children)]
    assert not left, f"left behind: {left}"


def _left_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(PATIENCE)
    return [thread for thread in new if thread.is_alive()]


def _left_handles(before: dict[str, str]) -> list[tuple[str, str]]:
    if new := _new(before):
        gc.collect()  # what is only not collected yet is none
        new = _new(before)
    return new


def _new(before: dict[str, str]) -> list[tuple[str, str]]:
    return [(number, target) for number, target in _handles().items() if before.get(number) != target]


def _handles() -> dict[str, str]:
    found = {}
    for handle in _HANDLES.iterdir() if _HANDLES.exists() else ():
        try:
            found[handle.name] = str(handle.readlink())
        except OSError:
            continue  # the handle that listed them
    return found


def _children() -> set[str]:
    found: set[str] = set()
    for task in _TASKS.iterdir() if _TASKS.exists() else ():
        try:
            found.update((task / "children").read_text().split())
        except OSError:
            continue
    return found
