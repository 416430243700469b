"""Events are dropped from the old end of the log; what is left, and what is told of it, is exact."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.store.port import Store
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import NOW, act, add, send, start

MINUTE = timedelta(minutes=1)


async def prune(store: Store, minutes: float, limit: int = 1_000) -> int:
    return await store.write(lambda writer: writer.prune(NOW + minutes * MINUTE, limit))


async def firsts(store: Store, *release_ids: str | None) -> list[int]:
    return [await store.read(lambda reader, key=key: reader.first_position(key)) for key in (None, *release_ids)]


async def log(store: Store, after: int = 0, release_id: str | None = None) -> list[int]:
    return [one.position for one in await store.read(lambda reader: reader.events(after, 1_000, release_id))]


async def three_releases(store: Store) -> None:
    """Two events a minute: of 1, of 2, of 1, of 3, positions 1 to 8."""
    await add(store, "1")
    await add(store, "2", now=NOW + MINUTE)
    await send(store, "rel-1", act(Action.START), now=NOW + 2 * MINUTE)
    await add(store, "3", now=NOW + 3 * MINUTE)


async def test_nothing_is_missing_as_long_as_nothing_was_pruned(store: Store):
    assert await firsts(store, "rel-9") == [1, 1]
    await three_releases(store)
    assert await prune(store, 0) == 0
    assert await firsts(store, "rel-1", "rel-3", "rel-9") == [1, 1, 1, 1]


async def test_the_oldest_go_whatever_their_release(store: Store):
    await three_releases(store)
    assert await prune(store, 1.5) == 4
    assert await log(store) == [5, 6, 7, 8]
    assert await firsts(store, "rel-1", "rel-2", "rel-3") == [5, 3, 5, 1]
    assert await log(store, release_id="rel-2") == []
    assert await log(store, 5) == [6, 7, 8]
    backwards = await store.read(lambda reader: reader.events(8, 9, backwards=True))
    assert [one.position for one in backwards] == [7, 6, 5]


async def test_at_most_so_many_go_at_a_time(store: Store):
    await three_releases(store)
    assert [await prune(store, 9, 3) for _ in range(4)] == [3, 3, 2, 0]
    assert [await prune(store, 9, limit) for limit in (0, -1)] == [0, 0]


async def test_statuses_and_the_end_of_the_log_stay_when_all_events_are_gone(store: Store):
    await three_releases(store)
    ids = ["rel-1", "rel-2", "rel-3"]
    before = await store.read(lambda reader: reader.statuses(ids))
    whole = await store.read(lambda reader: reader.releases(ids))
    assert await prune(store, 9) == 8
    assert await log(store) == []
    assert await store.read(lambda reader: reader.last_position()) == 8
    assert await store.read(lambda reader: reader.statuses(ids)) == before
    assert [before[key].position for key in ids] == [6, 4, 8]
    assert await store.read(lambda reader: reader.releases(ids)) == whole
    assert await firsts(store, *ids) == [9, 7, 5, 9]
    await send(store, "rel-2", act(Action.START))
    assert await log(store) == [9, 10]
    assert (await store.read(lambda reader: reader.statuses(ids)))["rel-2"].position == 10


async def test_it_ends_at_the_first_that_is_not_old(store: Store):
    await add(store, "1", now=NOW + MINUTE)
    await add(store, "2", now=NOW)  # by a clock that was set back
    assert await prune(store, 0.5) == 0
    assert await prune(store, 1.5) == 4


async def test_a_commit_that_fails_prunes_nothing(store: Store):
    await three_releases(store)

    async def work(writer) -> None:
        assert await writer.prune(NOW + 9 * MINUTE, 9) == 8
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert (await firsts(store, "rel-1"), len(await log(store))) == ([1, 1], 8)


async def test_what_is_gone_is_known_after_a_restart(sqlite_store: SQLiteStore):
    await start(sqlite_store)
    assert await prune(sqlite_store, 9) == 4
    await sqlite_store.close()
    await sqlite_store.open()
    assert await firsts(sqlite_store, "rel-1") == [5, 5]
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 4


async def test_whatever_is_pruned_when_the_rest_is_whole(store: Store):
    chance = random.Random(3)
    kept: list[tuple[int, str]] = []
    gone: dict[str | None, int] = {}
    keys = ["1", "2", "3"]
    for key in keys:
        await add(store, key)
    steps = dict.fromkeys(keys, Action.START)
    for minute in range(40):
        key = chance.choice(keys)
        await send(store, f"rel-{key}", Perform(action=steps[key]), now=NOW + minute * MINUTE)
        steps[key] = Action.RESUME if steps[key] is Action.PAUSE else Action.PAUSE
        kept = [(one.position, one.release_id) for one in await store.read(lambda reader: reader.events(0, 1_000))]
        if chance.random() < 0.3:
            dropped = await prune(store, chance.randint(0, minute), chance.randint(1, 9))
            for position, release_id in kept[:dropped]:
                gone[release_id] = gone[None] = position
            kept = kept[dropped:]
        assert await log(store) == [position for position, _ in kept]
        for release_id in (None, *(f"rel-{key}" for key in keys)):
            assert (
                await store.read(lambda reader, of=release_id: reader.first_position(of)) == gone.get(release_id, 0) + 1
            )
            for after in range(0, 90, 7):
                mine = [position for position, owner in kept if release_id in (None, owner) and position > after]
                assert await log(store, after, release_id) == mine


async def test_a_prune_tells_of_no_change(tmp_path: Path, store: Store):
    await three_releases(store)
    told: list[object] = []
    store.on_commit(told.extend)
    await prune(store, 9)
    assert told == []
