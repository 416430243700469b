"""The check for leaks sees each kind of leak."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import leaks

Undo = Callable[[], object]


def leaves_thread(_: Path) -> Undo:
    end = threading.Event()
    threading.Thread(target=end.wait, name="left", daemon=True).start()
    return end.set


def leaves_handle(folder: Path) -> Undo:
    number = os.open(folder / "left", os.O_CREAT)
    return lambda: os.close(number)


def leaves_child(_: Path) -> Undo:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    return child.communicate


def leaves_task(_: Path) -> Undo:
    async def leave() -> None:
        asyncio.get_running_loop().left = asyncio.create_task(asyncio.Event().wait())  # type: ignore[attr-defined]

    asyncio.run(leave())
    return lambda: None


LEAKS: dict[str, Callable[[Path], Undo]] = {
    "thread": leaves_thread,
    "handle": leaves_handle,
    "child process": leaves_child,
    "task": leaves_task,
}


@pytest.mark.parametrize("kind", LEAKS)
def test_each_kind_is_seen(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "PATIENCE", 0.0)
    check = leaks.watched()
    next(check)
    undo = LEAKS[kind](tmp_path)
    try:
        with pytest.raises(AssertionError, match=f"left behind: .*{kind}"):
            next(check)
    finally:
        undo()
        leaks.forget()


def test_a_task_that_ends_by_itself_is_no_leak() -> None:
    async def leave() -> None:
        asyncio.get_running_loop().left = asyncio.create_task(asyncio.sleep(0))  # type: ignore[attr-defined]

    asyncio.run(leave())
