"""Thousands of frames to sockets: messages of the protocol and others, and frames that break the rules of frames."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.fuzz.bodies import Asking
from tests.fuzz.corpus import corpus
from tests.fuzz.frames import BINARY, TEXT, broken, fragments, frame
from tests.fuzz.messages import Messages
from tests.fuzz.scale import SEED, chance, scaled
from tests.fuzz.scene import scene
from tests.fuzz.sockets import Socket
from tests.servers import Server

FRAMES = scaled(1_000, 10_000)
DOCUMENTS = scaled(120, 2_000)
SOCKETS = 4
ON_A_SOCKET = 24

OF_THE_PROTOCOL = {4400, 4401, 4403, 4408, 4409, 4429}
OF_BROKEN_FRAMES = {1002, 1003, 1007, 1009}

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + FRAMES // 10)]


class Storm:
    """Opens sockets and sends frames until there were enough."""

    def __init__(self, server: Server, messages: Messages) -> None:
        self._server = server
        self._messages = messages
        self._numbers: Iterator[int] = iter(range(FRAMES))
        self.tally: Counter[str] = Counter()

    async def rage(self) -> Counter[str]:
        """Send them all, over several sockets at a time."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(SOCKETS):
                    group.create_task(self._work())
        except* AssertionError as problems:
            raise problems.exceptions[0] from None
        return self.tally

    async def _work(self) -> None:
        while self.tally["frames"] < FRAMES:
            number = next(self._numbers)
            try:
                await self._one(chance("socket", number))
            except (AssertionError, TimeoutError, ValueError) as problem:
                raise AssertionError(f"SEED={SEED} socket {number}: {problem!r}") from problem

    async def _one(self, random: Random) -> None:
        socket = await Socket.open(self._server.url)
        self.tally["sockets"] += 1
        try:
            if random.random() < 0.95:
                self._send(socket, [frame(TEXT, self._messages.init(random))])
            breaks = random.random() < 0.3
            for _ in range(random.randint(0, ON_A_SOCKET)):
                self._send(socket, self._frames(random))
            if breaks:
                self._send(socket, broken(self._messages.message(random), random))
            if random.random() < 0.1:
                return
            code = await (socket.closed() if breaks else socket.alive())
            allowed = OF_THE_PROTOCOL | (OF_BROKEN_FRAMES if breaks else {None})
            assert code in allowed, f"closed with {code}; {'the last frame was broken' if breaks else 'all was lawful'}"
            self.tally[f"closed with {code}" if code else "alive at the end"] += 1
        finally:
            await socket.leave()

    def _frames(self, random: Random) -> list[bytes]:
        message = self._messages.message(random)
        kind = random.random()
        if kind < 0.01:
            return [frame(BINARY, message)]
        return fragments(message, random) if kind < 0.1 else [frame(TEXT, message)]

    def _send(self, socket: Socket, frames: list[bytes]) -> None:
        socket.send(frames)
        self.tally["frames"] += len(frames)


async def test_whatever_a_socket_gets_it_says_how_it_ends(server: Server, figures: Callable[[str], None]) -> None:
    async with scene(server, figures) as around:
        storm = Storm(server, Messages(Asking(corpus(DOCUMENTS), around.ids)))
        await around.under_fire(storm.rage, lambda: "sockets")
    assert storm.tally["alive at the end"] > storm.tally["sockets"] / 10, storm.tally
    assert {f"closed with {code}" for code in (4400, 1002)} <= set(storm.tally), storm.tally
