"""A process that commits without end and prints what it was told is committed: the victim of test_crash.

    python -m tests.store.load PATH

Each line is a release and the revision that was acknowledged.
"""

import asyncio
import sys

from phaseboard.domain.enums import Action
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import act, send, start

CALLERS = "abcdefgh"


async def commit_without_end(store: SQLiteStore, key: str) -> None:
    release = await start(store, key)
    while True:
        sys.stdout.write(f"{release.id} {release.revision}\n")
        sys.stdout.flush()
        release = await send(store, release.id, act(release.snapshot.actions[0]))
        assert release.snapshot.actions[0] in (Action.PAUSE, Action.RESUME)


async def main(path: str) -> None:
    store = SQLiteStore(path)
    await store.open()
    await asyncio.gather(*(commit_without_end(store, key) for key in CALLERS))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
