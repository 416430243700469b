"""A server to throw things at: a release under way on it, a bystander beside it, and a look at it before and after."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.e2e.client import BEGINNING, EVENTS, TASKS, connect
from tests.e2e.plans import simulated, simulated_plan
from tests.fuzz.probe import LAG, Looks, bystander
from tests.fuzz.upkeep import Upkeep
from tests.servers import Server

WAIT = 0.25
"""Seconds of work that the server may have between somebody's small question and its answer.

No request makes the loop stand still for more than `LAG`: test_bombs holds each that is known to that, and takes the
best of three. What is waited for here may be more: one request of each connection is before it, and a collection of
garbage, and a busy machine counts up to three times the work. So the worst of thousands is held to this, nearly all to
`LAG`.
"""

LATE = 0.005
"""The share of questions before which there may be more work than `LAG`."""

GROWS = 50
"""Megabytes that a server may grow by under fire, once it is warm."""

_FAULTS = ("api.fault", "fault in", "Task exception", "never retrieved")


@dataclass
class Scene:
    """What a test works with."""

    server: Server
    ids: tuple[str, ...]
    """Ids of a release and of its tasks, one of them waiting for a report."""
    upkeep: Upkeep
    told: list[str] = field(default_factory=list)

    async def under_fire(self, fire: Callable[[], Awaitable[Counter[str]]], doing: Callable[[], str]) -> None:
        """Run what sends things; check that meanwhile others are answered soon, and that nothing is left after it."""
        async with bystander(self.server, doing) as looks:
            tally = await fire()
        after = await self.check()
        counted = ", ".join(f"{number:,} {sort}" for sort, number in sorted(tally.items()))
        self.told.append(f"{counted}; {_figures(looks)}; {self.upkeep.told} -> {after.told}")
        assert looks.worst < WAIT, f"{_figures(looks)}, while: {looks.doing}"
        assert looks.late <= LATE * looks.count, _figures(looks)

    async def check(self) -> Upkeep:
        """Check that nothing is left of what came, in the server and in its log; returns what it holds now."""
        after = await self.upkeep.check(GROWS)
        faults = [line for line in self.server.stderr.splitlines() if any(fault in line for fault in _FAULTS)]
        assert not faults, faults[:3]
        return after


def _figures(looks: Looks) -> str:
    return (
        f"{looks.count:,} looks, at most {looks.worst * 1e3:.0f} ms of work between question and answer "
        f"({looks.longest * 1e3:.0f} ms by the clock), {looks.late} times more than {LAG * 1e3:.0f} ms"
    )


@asynccontextmanager
async def scene(server: Server, figures: Callable[[str], None]) -> AsyncIterator[Scene]:
    """Give a scene on a running server; what it measured is told at its end."""
    async with connect(server.url) as api:
        manual = {"name": "manual", "executor": "manual", "with": {}}
        release = (await api.act("createRelease", **simulated_plan(simulated("branch"), manual)))["release"]["id"]
        await api.act("startRelease", releaseId=release)
        async with api.socket(EVENTS, id=release, after=BEGINNING) as events:
            await events.until(lambda item: item.get("to") == "AWAITING_CALLBACK")
        tasks = (await api.ask(TASKS, id=release))["release"]["tasks"]
    around = Scene(server, (release, *(task["id"] for task in tasks)), Upkeep.of(server))
    try:
        yield around
    finally:
        for line in around.told:
            figures(line)
