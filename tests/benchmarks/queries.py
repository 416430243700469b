"""The same status query again and again over HTTP: POST, on 32 connections that stay open, without pipelining.

What is counted: whole answers of status 200 that hold the document. The figure that counts is the CPU time that the
server process used by the number of answers; requests per second by the wall clock are shown beside it, with the server
kept busy all the time. The generator is `callers.Callers`, on a core of its own: against a server that answers faster
than 20,000 times a second it may become what bounds the wall clock, never the CPU time per answer.

The bare Starlette route gets the very same requests: it reads the body, looks at nothing and returns constant bytes. A
`GET` of the same route, with nothing to read, is shown beside it.
"""

from tests.benchmarks.callers import Callers
from tests.benchmarks.contestants import (
    APOLLO,
    MERCURIUS,
    STARLETTE,
    STARLETTE_GET,
    YOGA,
    Contestant,
    capture,
    client_core,
    phaseboard,
)
from tests.benchmarks.machine import cpu_seconds
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import RUNNING, Captured
from tests.benchmarks.table import Row, at_least, over, shown

TARGETS = {STARLETTE: 1.5, STARLETTE_GET: None, MERCURIUS: 1.0, APOLLO: None, YOGA: None}
FIRST_EXECUTION = {APOLLO: 1.0}
WARM_UP, SECONDS = 2.0, 4.0


async def measure(scale: Scale) -> list[Row]:
    """Return how many times as many answers as the peers we give for the same CPU time."""
    captured = capture()
    return _compared("warm status query", phaseboard(), TARGETS, captured, scale)


async def measure_first(scale: Scale) -> list[Row]:
    """Return the same with every query executed anew: no answer is reused, parsed documents are, on either side."""
    captured = capture()
    executing = phaseboard(PHASEBOARD_ANSWERS="off")
    return _compared("status query executed", executing, FIRST_EXECUTION, captured, scale)


def _compared(
    what: str, ours: Contestant, targets: dict[Contestant, float | None], captured: Captured, scale: Scale
) -> list[Row]:
    contestants = (ours, *targets)
    cpu: dict[Contestant, list[float]] = {contestant: [] for contestant in contestants}
    rate: dict[Contestant, list[float]] = {contestant: [] for contestant in contestants}
    for _ in range(scale.repeats):
        for contestant in contestants:
            microseconds, per_second = _measured(contestant, captured, scale)
            cpu[contestant].append(microseconds)
            rate[contestant].append(per_second)
    rows = [
        shown(f"{what}: server CPU per answer", "us", cpu[ours]),
        shown(f"{what}: answers per second", "/s", rate[ours]),
    ]
    for peer, target in targets.items():
        label = f"{what}: answers per CPU second over {peer.name}"
        ratios = over(cpu[peer], cpu[ours])
        rows.append(at_least(target, label, ratios) if target else shown(label, "x", ratios))
        rows.append(shown(f"{what}: the same by the wall clock", "x", over(rate[ours], rate[peer])))
    return rows


def _measured(contestant: Contestant, captured: Captured, scale: Scale) -> tuple[float, float]:
    """Return the microseconds of CPU time per answer, and the answers per second."""
    with contestant.start(captured) as target, client_core(), Callers(target.port, target.query, RUNNING) as callers:
        callers.run(WARM_UP * scale.share)
        before = cpu_seconds(target.pid)
        answers, seconds = callers.run(SECONDS * scale.share)
        return (cpu_seconds(target.pid) - before) / answers * 1e6, answers / seconds
