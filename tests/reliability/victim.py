"""`phaseboard`, watched: the process that the tiers kill. Everything it runs is the product's own.

    python -m tests.reliability.victim serve ...

`CHAOS_FOLDER` names a folder: facts about leases are appended to its `journal`, and its `die` may hold a moment such as
`before claim 2`, at which the process kills itself: right before or right after the second commit of a kind.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from phaseboard.cli.main import app
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.sqlite import SQLiteStore
from tests.reliability.witness import Fact, watch

STORES = (SQLiteStore, PostgresStore)
"""The kinds of store that are watched when a server opens one."""

ROOT = Path(__file__).parents[2]
VICTIM = (sys.executable, "-m", "tests.reliability.victim")
"""The command to start it with, for `tests.servers`."""


def victim_env(folder: Path) -> dict[str, str]:
    """Return what the process needs in its environment."""
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "CHAOS_FOLDER": str(folder)}


def die_at(folder: Path, moment: str) -> None:
    """Let the process that is started next die at a moment; at none if it is empty."""
    (folder / "die").write_text(moment)


def facts_in(folder: Path) -> Iterator[Fact]:
    """Yield what the journal tells; a torn last line does not count."""
    journal = folder / "journal"
    for line in journal.read_text().splitlines(keepends=True) if journal.exists() else ():
        if line.endswith("}\n"):
            yield Fact.of(line)


class Victim:
    """Notes facts in a journal, and dies at the moment it was told."""

    def __init__(self, folder: Path) -> None:
        self._journal = os.open(folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        die = folder / "die"
        when, _, rest = (die.read_text() if die.exists() else "").partition(" ")
        kind, _, nth = rest.rpartition(" ")
        self._last = (when, kind), int(nth or 0)
        self._passed: Counter[tuple[str, str]] = Counter()

    def note(self, fact: Fact) -> None:
        os.write(self._journal, fact.line().encode())

    def moment(self, when: str, kind: str) -> None:
        moment, nth = self._last
        self._passed[when, kind] += 1
        if (when, kind) == moment and self._passed[moment] == nth:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    victim = Victim(Path(os.environ["CHAOS_FOLDER"]))
    for kind in STORES:
        opened = kind.open

        async def watched(store: Store, opened=opened) -> None:
            watch(store, victim.note, victim.moment)
            await opened(store)

        kind.open = watched  # type: ignore[method-assign]
    app(prog_name="phaseboard")


if __name__ == "__main__":
    main()
