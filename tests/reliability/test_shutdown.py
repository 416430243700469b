"""T8: SIGTERM under load with 50 sockets and 50 event streams open, and the next server takes over, again and again."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.api.serving import Address
from tests.e2e.plans import simulated, simulated_plan
from tests.reliability.invariants import check_invariants
from tests.reliability.open_streams import MANY, Open, opened
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import Storm, storm

ROUNDS = scaled(5, 100)
STREAMS = 50
"""Of each kind."""

PROMISED = 5.0
"""Seconds in which a server stops. A busy machine holds some up; a server that is slower by itself holds up all."""

LIMIT = 20
"""Seconds that a busy machine gets."""

READY, UNREADY = 200, 503
KILLED = 128 + signal.SIGTERM

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 30 * ROUNDS)]


async def test_every_stop_is_clean(tmp_path: Path, figures: Callable[[str], None]) -> None:
    chance, streams = Random(SEED), list[Open]()
    stops, cuts, answers = list[float](), list[tuple[int, float]](), list[list[int]]()
    endless, ends = list[str](), list[bool]()
    async with storm(tmp_path, chance) as around:
        for number in range(ROUNDS):
            twice = number % 2 == 1
            endless += [await busy(around)] if twice else []
            async with opened(around.address, around.position, STREAMS) as open_now:
                async with around.patience():
                    await around.load.moves(30)
                if twice:
                    cuts.append(await cut(around))
                else:
                    seconds, told = await stopped(around)
                    stops.append(seconds)
                    answers.append(told)
            streams += open_now
            ends += [] if twice else [all(stream.proper for stream in open_now)]
            await asyncio.to_thread(around.server.start)
        for release_id in endless:
            await around.load.archive(release_id)
    history = await around.history()
    history.streams += [stream.stream for stream in streams]
    cut_within = max(seconds for _, seconds in cuts)
    told_of = f"{len(stops)} stops within {max(stops):.1f} s, {len(cuts)} cut short within {cut_within:.1f} s"
    figures(f"{told_of}, {len(streams)} streams open, {around.figures(history)}")
    check_invariants(history)
    assert MANY(ends)
    assert min(stops) < PROMISED
    assert KILLED in {code for code, _ in cuts}
    assert any(UNREADY in told for told in answers)
    assert not any(READY in told[told.index(UNREADY) :] for told in answers if UNREADY in told)


async def stopped(around: Storm) -> tuple[float, list[int]]:
    """Stop the server; returns how long it took, and what `/readyz` said from before the signal to the end."""
    began, asking = asyncio.Event(), list[int]()
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(around.address, asking, began))
        await began.wait()
        signalled = time.monotonic()
        around.server.signal(signal.SIGTERM)
        code = await asyncio.to_thread(around.server.ended, LIMIT)
        seconds = time.monotonic() - signalled
    assert code == 0
    return seconds, asking


async def cut(around: Storm) -> tuple[int, float]:
    """Send a second signal once the first was heard; returns the exit code and how long it took from then on."""
    around.server.signal(signal.SIGTERM)
    await asyncio.to_thread(heard, around.address)
    signalled = time.monotonic()
    around.server.signal(signal.SIGTERM)
    code = await asyncio.to_thread(around.server.ended, LIMIT)
    assert code in (KILLED, 0)  # on a busy machine it may be through by then
    return code, time.monotonic() - signalled


def heard(address: Address) -> None:
    """Wait until a server is not ready any more: in a thread, since our loop may have much to read before that."""
    with httpx.Client(trust_env=False, verify=False) as client, suppress(httpx.HTTPError):
        while client.get(httpx.URL(address.http).join("/readyz")).status_code == READY:
            pass


async def ask(address: Address, told: list[int], began: asyncio.Event) -> None:
    """Ask a server whether it is ready, over a connection that stays, until it says no more."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        with suppress(httpx.HTTPError):
            while True:
                told.append((await client.get(httpx.URL(address.http).join("/readyz"))).status_code)
                began.set()


async def busy(around: Storm) -> str:
    """Let a task run that does not end by itself, so that the server has to wait for it; returns its release."""
    plan = simulated_plan(simulated("slow", 3600))
    release_id: str = (await around.load.send("createRelease", **plan))["release"]["id"]
    started = await around.load.send("startRelease", releaseId=release_id)
    async with around.patience():
        await around.load.told_of(release_id, started["status"]["revision"] + 1)
    return release_id
