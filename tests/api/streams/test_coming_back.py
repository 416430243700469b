"""Coming back, many at once: who missed the same of the log shares one execution of it, and waits for nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.replay import MOST
from phaseboard.api.streams.ring import MAX_BYTES, Ring
from phaseboard.store.errors import Unavailable
from tests.api.streams.scene import EVENTS, PHASES, Gated, Recorder, Scene, positions, store_of
from tests.factory import NOW

MANY = 50
REMEMBERED = 8


@pytest.fixture
async def restarted() -> AsyncIterator[Scene]:
    """A server that has no more in memory than the newest of 24 events."""
    async with Scene(store=Gated(), kept=1, remembered=REMEMBERED).open() as scene:
        await scene.change(*"a" * 12)
        yield scene


def back(scene: Scene, missed: int, document: str = EVENTS) -> Recorder:
    """Let a member come back that missed so many events."""
    return scene.join(document, after=format_cursor(scene.feed.head - missed))


async def newest(scene: Scene, count: int) -> list[int]:
    """Return the positions of the newest events."""
    return positions(await scene.log.events())[-count:]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("missed", [1, 4, REMEMBERED])
async def test_many_who_missed_the_same_share_one_execution(restarted: Scene, missed: int, *, at_once: bool) -> None:
    reads = store_of(restarted).reads
    members = []
    for _ in range(MANY):
        members.append(back(restarted, missed))
        if not at_once:
            await restarted.settle()
    await restarted.settle()
    assert restarted.hub.counts.executions <= 2, "the group's, and one for what they missed"
    assert store_of(restarted).reads - reads <= 2
    await restarted.change("a")
    await restarted.settle()
    assert restarted.hub.counts.executions <= 2
    assert members[0].numbers == await newest(restarted, missed + 2)
    assert all(member.told == members[0].told for member in members)


@pytest.mark.parametrize("document", [EVENTS, PHASES])
async def test_many_from_a_few_positions_share_an_execution_for_each(restarted: Scene, document: str) -> None:
    members = {back(restarted, missed, document): missed for missed in (1, 4, 2, 3, 4, 6) for _ in range(MANY)}
    await restarted.settle()
    assert restarted.hub.counts.executions <= 1 + 5
    log = [event.position for event in await restarted.log.events()][-6:]
    for member, missed in members.items():
        assert member.numbers == [number for number in log[-missed:] if document == EVENTS or number % 2 == 0]
    again = [back(restarted, missed, document) for missed in (6, 4, 3, 2, 1)]
    await restarted.settle()
    assert restarted.hub.counts.executions <= 1 + 5, "all that was missed is remembered by now"
    assert {tuple(member.told) for member in again} <= {tuple(member.told) for member in members}


async def test_also_many_who_missed_more_than_is_remembered_share(restarted: Scene) -> None:
    members = [back(restarted, 24) for _ in range(MANY)]
    await restarted.settle()
    assert restarted.hub.counts.executions == 2
    assert members[0].numbers == await newest(restarted, 24)
    assert all(member.told == members[0].told for member in members)


class Slow(Recorder):
    """A member that takes nothing more until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = asyncio.Event()

    async def room(self) -> None:
        await self.takes.wait()


async def test_nobody_waits_for_who_reads_slowly_and_who_is_slow_misses_nothing(restarted: Scene) -> None:
    first = back(restarted, 24)
    assert first.group
    slow = [Slow() for _ in range(3)]
    for member in slow:
        member.begins = restarted.feed.head - 24
        first.group.join(member)
    await restarted.settle()
    assert first.numbers == await newest(restarted, 24)
    assert [len(member.told) for member in slow] == [1] * 3
    for member in slow:
        member.takes.set()
    await restarted.settle()
    assert [member.told for member in slow] == [first.told] * 3
    assert restarted.hub.counts.executions == 3, "the group's, one for who is quick, and one for who is slow"


async def test_who_shares_may_leave_at_any_time(restarted: Scene) -> None:
    store_of(restarted).gate.clear()
    first, *others = (back(restarted, 24) for _ in range(4))
    await restarted.settle()
    first.leave()
    others[0].on_answer = others[1].leave
    store_of(restarted).gate.set()
    await restarted.settle()
    assert (first.told, others[1].told) == ([], [])
    assert others[0].numbers == others[2].numbers == await newest(restarted, 24)
    assert restarted.hub.counts.executions == 2


async def test_a_fault_is_told_to_all_who_share_and_to_nobody_later(restarted: Scene) -> None:
    store_of(restarted).fault = Unavailable("busy")
    members = [back(restarted, 24) for _ in range(MANY)]
    await restarted.settle()
    assert {(*member.numbers, member.end) for member in members} == {(None, "complete")}
    assert restarted.hub.counts.executions <= 2
    store_of(restarted).fault = None
    later = back(restarted, 24)
    await restarted.settle()
    assert later.numbers == await newest(restarted, 24)


async def test_what_is_gone_from_the_log_is_told_to_those_who_missed_it_alone(restarted: Scene) -> None:
    await restarted.store.write(lambda writer: writer.prune(NOW + timedelta(days=1), 20))
    refused = [back(restarted, 24, PHASES) for _ in range(MANY)]
    told = [back(restarted, 4, PHASES) for _ in range(MANY)]
    await restarted.settle()
    assert {member.end for member in refused} == {"refused"}
    assert all("older than the log" in member.errors[0] for member in refused)
    assert all(member.numbers == [22, 24] for member in told)
    assert restarted.hub.counts.executions <= 3


async def test_many_who_all_missed_something_else_need_little_memory(restarted: Scene) -> None:
    await restarted.change(*"b" * 2 * MOST)
    first = restarted.join(EVENTS)
    store_of(restarted).gate.clear()
    members = [back(restarted, 30 + missed) for missed in range(2 * MOST)]
    await restarted.settle()
    assert first.group
    kept = [replay.ring._most for replay in first.group._replays._newest.values()]  # type: ignore[attr-defined]
    assert kept == [REMEMBERED] * MOST + [1] * MOST
    store_of(restarted).gate.set()
    await restarted.settle()
    for missed, member in enumerate(members):
        assert member.numbers == await newest(restarted, 30 + missed)


def ring(floor: int, *numbers: int, size: int = 1, most: int = 3) -> Ring:
    made = Ring(floor, most)
    for number in numbers:
        made.add(number, b"x" * size)
    return made


@pytest.mark.parametrize(
    ("later", "earlier", "until", "floor", "numbers"),
    [
        (ring(5), ring(2, 3, 5), 5, 2, [3, 5]),
        (ring(5, 6, 7), ring(2, 3, 5), 5, 3, [5, 6, 7]),
        (ring(5, 6, 7, 8), ring(2, 3, 5), 5, 5, [6, 7, 8]),
        (ring(6, 7, 8, 9), ring(2, 3, 5), 5, 6, [7, 8, 9]),
        (ring(2, 3, 5), ring(1, 2, 3, 5), 5, 1, [2, 3, 5]),
        (ring(3, 5), ring(0, 2, 5), 5, 0, [2, 5]),
        (ring(2, 3, 5), ring(4, 5), 5, 2, [3, 5]),
        (ring(5, 6), ring(4, 5, size=MAX_BYTES), 5, 5, [6]),
    ],
)
def test_a_ring_takes_what_came_before_as_far_as_there_is_room(
    later: Ring, earlier: Ring, until: int, floor: int, numbers: list[int]
) -> None:
    later.precede(earlier, until)
    assert later.floor == floor
    assert [number for number, _ in later.above(floor)] == numbers
    assert later._bytes == sum(len(payload) for _, payload in later.above(floor))
