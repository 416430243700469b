"""Statuses, whole releases, the log."""

from datetime import timedelta

import pytest

from phaseboard.domain.enums import Action
from phaseboard.store.port import Status, Store
from tests.store.scenes import LATER, act, add, pass_time, run, send, start


async def test_what_does_not_exist(store: Store):
    assert await store.read(lambda reader: reader.status("rel-9")) is None
    assert await store.read(lambda reader: reader.release("")) is None
    assert await store.read(lambda reader: reader.statuses(["rel-9", "\x00", "'"])) == {}
    assert await store.read(lambda reader: reader.releases([])) == {}
    assert await store.read(lambda reader: reader.last_position()) == 0
    assert await store.read(lambda reader: reader.events(0, 10)) == []


async def test_a_status_carries_the_position_of_its_last_event(store: Store):
    await start(store, "1")
    await add(store, "2")
    release = await store.read(lambda reader: reader.release("rel-1"))
    assert await store.read(lambda reader: reader.status("rel-1")) == Status(snapshot=release.snapshot, position=4)


async def test_a_status_equals_the_snapshot_through_all_cycles(store: Store):
    await start(store)
    for task_id in ("tsk-1-1", "tsk-1-2", "tsk-1-3"):
        await run(store, task_id)
    now, seen = LATER, set()
    for _ in range(20):
        release = await store.read(lambda reader: reader.release("rel-1"))
        status = await store.read(lambda reader: reader.status("rel-1"))
        assert status.snapshot == release.snapshot
        seen.add(release.phase)
        if not await pass_time(store, "rel-1", now):
            now += timedelta(hours=1)
            if release.tasks_under_way():
                await run(store, release.tasks_under_way()[0].id)
    assert len(seen) >= 4


async def test_many_at_once(store: Store):
    for key in "abc":
        await add(store, key)
    wanted = ["rel-c", "rel-a", "rel-x", "rel-a"]
    found = await store.read(lambda reader: reader.statuses(wanted))
    assert {key: status.position for key, status in found.items()} == {"rel-a": 2, "rel-c": 6}
    whole = await store.read(lambda reader: reader.releases(wanted))
    assert {key: release.secret for key, release in whole.items()} == {"rel-a": "secret a", "rel-c": "secret c"}
    assert whole["rel-a"] == await store.read(lambda reader: reader.release("rel-a"))


@pytest.mark.parametrize(
    ("mark", "release_id", "backwards", "positions"),
    [
        ((0, 10), None, False, [1, 2, 3, 4, 5, 6]),
        ((0, 2), None, False, [1, 2]),
        ((4, 10), None, False, [5, 6]),
        ((6, 10), None, False, []),
        ((-5, 1), None, False, [1]),
        ((10**30, 10), None, False, []),
        ((10**30, 2), None, True, [6, 5]),
        ((4, 2), None, True, [3, 2]),
        ((1, 10), None, True, []),
        ((0, 10), "rel-1", False, [1, 2, 5, 6]),
        ((2, 1), "rel-1", False, [5]),
        ((6, 2), "rel-1", True, [5, 2]),
        ((0, 10), "rel-9", False, []),
        ((0, 0), None, False, []),
        ((0, -1), None, False, []),
    ],
)
async def test_the_log_is_read_from_any_position(store: Store, mark, release_id, backwards, positions):
    await add(store, "1")
    await add(store, "2")
    await send(store, "rel-1", act(Action.START))
    events = await store.read(lambda reader: reader.events(*mark, release_id, backwards=backwards))
    assert [event.position for event in events] == positions


async def test_both_directions_show_the_same_events(store: Store):
    await start(store)
    onwards = await store.read(lambda reader: reader.events(0, 10))
    back = await store.read(lambda reader: reader.events(5, 10, backwards=True))
    assert back == onwards[::-1]


async def test_a_glance_tells_what_a_read_does(store: Store):
    await add(store, "1")
    status = await store.read(lambda reader: reader.status("rel-1"))
    assert await store.glance(lambda reader: reader.status("rel-1")) == status
    assert await store.glance(lambda reader: reader.last_position()) == status.position
    assert await store.glance(lambda reader: reader.status("rel-9")) is None
