"""How groups end: with their last member, by a fault, or with the server."""

import pytest

from phaseboard.api.scalars import format_cursor
from phaseboard.store.errors import Unavailable
from tests.api.streams.scene import EVENTS, STATUS, Recorder, Scene, store_of

START = format_cursor(0)


async def test_a_group_ends_with_the_last_and_starts_anew(scene: Scene) -> None:
    one, two = scene.join(EVENTS), scene.join(EVENTS)
    await scene.change("a")
    await scene.settle()
    one.leave()
    await scene.change("a")
    await scene.settle()
    assert (len(one.told), len(two.told)) == (2, 4)
    two.leave()
    two.leave()
    assert scene.hub.groups == ()
    again = scene.join(EVENTS, after=format_cursor(4))
    await scene.settle()
    assert again.numbers == two.numbers[2:]


async def test_a_group_that_was_left_at_once_runs_nothing(scene: Scene) -> None:
    scene.join(EVENTS).leave()
    member = scene.join(EVENTS)
    await scene.change("a")
    await scene.settle()
    assert len(member.told) == 2
    assert scene.hub.counts.executions == 1


async def test_everybody_is_told_of_a_fault_and_that_is_the_end(gated: Scene) -> None:
    first = gated.join(EVENTS)
    await gated.change("a")
    await gated.settle()
    late = gated.join(EVENTS)
    for _ in range(4):
        await gated.log.change("a")
    events = await gated.log.events(gated.log.published)
    store_of(gated).fault = Unavailable("busy")
    gated.feed.publish(events)  # more than is kept in memory
    await gated.settle()
    assert (first.numbers, late.numbers) == ([13, 14, None], [None])
    assert (first.end, late.end) == ("complete", "complete")


async def test_a_fault_of_one_member_harms_no_other(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Recorder):
        def answer(self, number: int | None, payload: bytes) -> None:
            raise RuntimeError

    one = scene.join(EVENTS)
    broken = Broken()
    assert one.group
    broken.begins = 0
    one.group.join(broken)
    two = scene.join(EVENTS)
    await scene.change("a")
    await scene.settle()
    assert one.told == two.told
    assert len(one.told) == 2
    assert "fault of a follower" in caplog.text


async def test_all_are_hung_up_on_when_the_server_stops(gated: Scene) -> None:
    members = [gated.join(EVENTS), gated.join(STATUS, id="rel-a"), gated.join(EVENTS + " ", after="garbage")]
    await gated.settle()
    store_of(gated).gate.clear()
    members += [gated.join(EVENTS, after=START), gated.join("mutation { __typename }")]
    gated.hub.close()
    members.append(gated.join(STATUS, id="rel-a"))
    assert [member.end for member in members] == ["hang up", "hang up", "refused", *["hang up"] * 3]
    assert gated.hub.groups == ()
    store_of(gated).gate.set()
