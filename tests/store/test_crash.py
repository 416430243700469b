"""A process that is killed while it commits loses nothing that it was told is committed."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from phaseboard.store.errors import StoreUnusable
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.load import CALLERS

ROOT = Path(__file__).parents[2]


@contextmanager
def under_load(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that commits without end; it is killed at the latest when the block ends."""
    command = [sys.executable, "-m", "tests.store.load", str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with closing(process.stdout), process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(lines: list[str]) -> dict[str, int]:
    """Return the newest revision of each release that the process was told of; a torn last line does not count."""
    pairs = [line.split() for line in lines if line.endswith("\n")]
    return {release_id: int(revision) for release_id, revision in pairs}


@pytest.mark.process
@pytest.mark.parametrize("after", [100, 333])
async def test_kill_9_under_load(path: Path, after: int):
    with under_load(path) as process:
        lines = [process.stdout.readline() for _ in range(after)]
        with pytest.raises(StoreUnusable, match=f"pid {process.pid}"):
            await SQLiteStore(path).open()
        process.kill()
        lines += process.stdout.readlines()
    told = acknowledged(lines)
    store = SQLiteStore(path)
    await store.open()
    releases = await store.read(lambda reader: reader.releases([f"rel-{key}" for key in CALLERS]))
    for release_id, release in releases.items():
        assert release.revision >= told.get(release_id, 0)
        events = await store.read(lambda reader, key=release_id: reader.events(0, 100_000, key))
        revisions = [event.revision for event in events]
        assert revisions[0] == 1
        assert revisions[-1] == release.revision
        assert all(later - earlier in (0, 1) for earlier, later in pairwise(revisions))
        assert events[-1].snapshot == release.snapshot
    assert set(told) <= set(releases)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
