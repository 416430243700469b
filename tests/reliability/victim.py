"""`phaseboard`, watched: the process that the tiers kill, forked by a nursery. All that it runs is the product's own.

`CHAOS_FOLDER` names a folder: facts about leases are appended to its `journal`, calls of executors to its `calls`, when
they begin and when they have a result; its `die` may hold a moment such as `before claim 2`, at which the process kills
itself: right before or right after the second commit of a kind.
"""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from phaseboard.cli.main import app
from phaseboard.engine.executors.port import Result
from phaseboard.engine.runner import TaskRunner
from phaseboard.engine.steps import Claimed
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.sqlite.store import SQLiteStore
from tests.reliability.history import Call
from tests.reliability.witness import Fact, watch

STORES = (SQLiteStore, PostgresStore)
"""The kinds of store that are watched when a server opens one."""

WATCHED = "tests.reliability.victim:main"
"""What a `Server` runs that is watched."""


def victim_env(folder: Path) -> dict[str, str]:
    """Return what the process needs in its environment."""
    return {"CHAOS_FOLDER": str(folder)}


def die_at(folder: Path, moment: str) -> None:
    """Let the process that is started next die at a moment; at none if it is empty."""
    (folder / "die").write_text(moment)


def facts_in(folder: Path) -> Iterator[Fact]:
    """Yield what the journal tells."""
    yield from map(Fact.of, _lines(folder / "journal"))


def calls_in(folder: Path) -> Iterator[Call]:
    """Yield the calls of executors: each when it begins, with a token, and with its output when it has a result."""
    yield from (Call(**json.loads(line)) for line in _lines(folder / "calls"))


def _lines(file: Path) -> Iterator[str]:
    """Yield the lines of a file that may not be there; a torn last one does not count."""
    for line in file.read_text().splitlines(keepends=True) if file.exists() else ():
        if line.endswith("}\n"):
            yield line


class Victim:
    """Notes facts and calls, and dies at the moment it was told."""

    def __init__(self, folder: Path) -> None:
        self._journal = _appended(folder / "journal")
        self._calls = _appended(folder / "calls")
        die = folder / "die"
        when, _, rest = (die.read_text() if die.exists() else "").partition(" ")
        kind, _, nth = rest.rpartition(" ")
        self._last = (when, kind), int(nth or 0)
        self._passed: Counter[tuple[str, str]] = Counter()

    def note(self, fact: Fact) -> None:
        os.write(self._journal, fact.line().encode())

    def note_call(self, claimed: Claimed, result: Result | None = None) -> None:
        """Note that an executor is called, or what it has returned where no other call returns the same."""
        task = claimed.task
        output = result.output if result and task.spec.executor == "webhook" else None
        call = Call(task.id, task.attempt, task.idempotency_key, task.lease_token, output)
        os.write(self._calls, (json.dumps(asdict(call)) + "\n").encode())

    def moment(self, when: str, kind: str) -> None:
        moment, nth = self._last
        self._passed[when, kind] += 1
        if (when, kind) == moment and self._passed[moment] == nth:
            os.kill(os.getpid(), signal.SIGKILL)


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def main() -> None:
    victim = Victim(Path(os.environ["CHAOS_FOLDER"]))
    _watch_calls(victim)
    for kind in STORES:
        opened = kind.open

        async def watched(store: Store, opened=opened) -> None:
            watch(store, victim.note, victim.moment)
            await opened(store)

        kind.open = watched  # type: ignore[method-assign]
    app(prog_name="phaseboard")


def _watch_calls(victim: Victim) -> None:
    result_of = TaskRunner._result

    async def watched(runner: TaskRunner, claimed: Claimed) -> Result:
        victim.note_call(claimed)
        result = await result_of(runner, claimed)
        victim.note_call(claimed, result)
        return result

    TaskRunner._result = watched  # type: ignore[method-assign]
