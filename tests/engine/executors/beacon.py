"""How a test knows that a process runs, and that it is gone: the connection that the process holds to the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

DIAL = "import os, signal, socket, subprocess, sys; line = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
"""Python code of a process that reports to the beacon whose port is its first argument."""

WAIT = DIAL + "line.recv(1)"
"""Python code of a process that reports and then runs until it is killed."""


class Beacon:
    def __init__(self) -> None:
        self.port = 0
        self._callers: asyncio.Queue[Caller] = asyncio.Queue()
        self._all: list[Caller] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.append(Caller(reader, writer))
        await self._callers.put(self._all[-1])

    async def caller(self) -> "Caller":
        return await self._callers.get()

    async def go_out(self) -> None:
        await asyncio.gather(*(caller.hang_up() for caller in self._all))


class Caller:
    """A process that has reported; an event of its life is a read on its line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def gone(self) -> bytes:
        """Wait for the end of the process and return what it had said."""
        said = bytearray()
        with suppress(ConnectionError):
            while data := await self._reader.read(1024):
                said += data
        await self.hang_up()
        return bytes(said)

    def answer(self) -> None:
        """Let a process go on that waits for a byte."""
        self._writer.write(b".")

    async def hang_up(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def said(self) -> bytes:
        return await self._reader.readline()


@asynccontextmanager
async def beacon() -> AsyncIterator[Beacon]:
    light = Beacon()
    server = await asyncio.start_server(light.answer, "127.0.0.1", 0)
    light.port = server.sockets[0].getsockname()[1]
    try:
        yield light
    finally:
        server.close()
        await light.go_out()
        await server.wait_closed()
