"""What a server must not lose or keep: file handles and memory, before and after."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.benchmarks.machine import resident_bytes
from tests.servers import Server

PATIENCE = 30.0
MEGABYTE = 2**20


def handles(pid: int) -> list[str]:
    """Return what the files and sockets are that a process has open."""
    found = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(handle.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


def sockets(pid: int) -> int:
    """Return how many sockets a process has open."""
    return sum(name.startswith("socket:") for name in handles(pid))


@dataclass(frozen=True)
class Upkeep:
    """What a server holds at a moment."""

    server: Server
    files: int
    sockets: int
    memory: int

    @classmethod
    def of(cls, server: Server) -> "Upkeep":
        """Look now."""
        open_now = handles(server.pid)
        count = sum(name.startswith("socket:") for name in open_now)
        return cls(server, len(open_now) - count, count, resident_bytes(server.pid))

    async def check(self, grown: int) -> "Upkeep":
        """Check that the server comes back to what it held, and has not grown by more than so many megabytes."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            while sockets(self.server.pid) > self.sockets + 1:  # one is this very client's
                assert (await client.get(f"{self.server.url}/healthz")).status_code == 200
        now = Upkeep.of(self.server)
        assert now.files <= self.files + 2, handles(self.server.pid)
        assert now.memory - self.memory < grown * MEGABYTE, f"{self.told} before, {now.told} after"
        return now

    @property
    def told(self) -> str:
        """In words."""
        return f"{self.memory / MEGABYTE:.0f} MB, {self.files} files, {self.sockets} sockets"
