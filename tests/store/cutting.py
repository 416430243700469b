"""A way to PostgreSQL that is cut at a COMMIT, or before it: whoever sent it does not learn what became of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from tests.engine.hands import PATIENCE
from tests.store.test_postgres import name_of

_COMMIT = b"Q\0\0\0\x0bCOMMIT\0"
_EXECUTE, _SYNC = b"E\0\0\0\x09\0\0\0\0\0", b"S\0\0\0\x04"
_HOLDS_LOG = b"pg_advisory_xact_lock"


class Cut(Enum):
    """Where a COMMIT gets lost."""

    REQUEST = "on its way"
    ANSWER = "on its way back: it went through"
    LATE = "on its way, but it arrives when its sender has given it up"
    SILENCE = "on its way, and nothing is heard of its sender any more"
    BEFORE = "before it was sent: its sender holds the log, and falls silent in the middle of a request"


class Scissors:
    """Cuts the connection of the next COMMIT."""

    def __init__(self) -> None:
        self.armed: Cut | None = None
        self.done = asyncio.Event()
        """Set once the database knows what became of the COMMIT."""
        self.arrive = asyncio.Event()
        """Lets one that is LATE go on."""
        self.silent = asyncio.Event()
        """Set once one was swallowed by SILENCE."""

    def arm(self, cut: Cut) -> None:
        self.armed = cut
        self.done.clear()
        self.arrive.clear()

    async def finished(self) -> None:
        """Let what is late arrive, and wait until the database has answered."""
        self.arrive.set()
        async with asyncio.timeout(PATIENCE):
            await self.done.wait()


@asynccontextmanager
async def cutting(url: str) -> AsyncIterator[tuple[str, Scissors]]:
    """Give another address of a database, and what cuts the way to it."""
    folder, scissors = url.partition("host=")[2], Scissors()
    tasks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        answers = asyncio.create_task(_carry(there, writer))
        tasks.add(answers)
        holds_log = False
        try:
            while data := await reader.read(65536):
                holds_log |= _HOLDS_LOG in data
                if scissors.armed is Cut.BEFORE and holds_log and data.endswith(_EXECUTE + _SYNC):
                    answers.cancel()
                    await asyncio.wait([answers])
                    back.write(data.removesuffix(_SYNC))
                    scissors.silent.set()
                    await there.read()
                    return
                if data == _COMMIT and scissors.armed not in (None, Cut.BEFORE):
                    cut, scissors.armed = scissors.armed, None
                    answers.cancel()
                    await asyncio.wait([answers])
                    await _lose(scissors, cut, there, back, writer)
                    return
                back.write(data)
        finally:
            writer.close()
            back.close()

    def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(meet(reader, writer)))

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/{name_of(url)}?sslmode=disable", scissors
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    finally:
        writer.close()


async def _lose(
    scissors: Scissors, cut: Cut, there: asyncio.StreamReader, back: asyncio.StreamWriter, writer: asyncio.StreamWriter
) -> None:
    if cut is Cut.LATE:
        writer.close()
        await scissors.arrive.wait()
    if cut is Cut.SILENCE:
        scissors.silent.set()
        await there.read()
    elif cut is not Cut.REQUEST:
        back.write(_COMMIT)
        assert b"COMMIT" in await there.read(65536)
    back.close()
    await there.read()
    writer.close()
    scissors.done.set()
