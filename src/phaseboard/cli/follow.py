"""Following a subscription over broken connections: connect, remember the cursor, resume from it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from random import SystemRandom
from typing import Any

from phaseboard.cli.client import Answer, PhaseboardClient
from phaseboard.cli.errors import PASSING

SHORTEST_WAIT = 0.5
LONGEST_WAIT = 15.0

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is open; what was missed follows."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The socket is gone; the next try is made after `wait` seconds."""

    wait: float
    why: str


@dataclass(frozen=True, slots=True)
class Received:
    """The server sent an item."""

    item: Mapping[str, Any]


Update = Connected | Lost | Received


def waits() -> Iterator[float]:
    """Yield the seconds before each further try: twice as long each time, by chance up to half less."""
    for tries in count():
        longest = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(tries, 10))
        yield longest * _random.uniform(0.5, 1)


async def follow(
    client: PhaseboardClient, document: str, variables: Mapping[str, Any], cursor: str
) -> AsyncGenerator[Update, None]:
    """Yield the items of a subscription from `cursor` on, each once, over as many connections as it takes.

    The document names its field `item`, selects its `cursor` and takes the variable `$after`. Raises CliError for
    what a further try would not mend; does not end by itself.
    """
    pauses = waits()
    while True:
        why = "the server ended the stream"
        try:
            async with client.socket() as socket:
                yield Connected()
                async with aclosing(socket.items(document, {**variables, "after": cursor})) as answers:
                    async for answer in answers:
                        item = _item(answer)
                        cursor = item["cursor"]
                        pauses = waits()
                        yield Received(item)
        except PASSING as error:
            why = str(error)
        pause = next(pauses)
        yield Lost(pause, why)
        await asyncio.sleep(pause)


def _item(answer: Answer) -> Mapping[str, Any]:
    item: Mapping[str, Any] = answer["item"]
    return item
