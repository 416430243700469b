"""Following: everything, in order, once, from wherever a follower begins and however slow it is."""

import asyncio
import random
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.domain.enums import Phase
from phaseboard.feed import feed as feed_module
from phaseboard.feed.feed import Feed
from phaseboard.feed.tail import Tail
from phaseboard.store.memory import MemoryStore
from tests.engine.hands import PATIENCE
from tests.feed.log import Log, follow


async def turn(times: int = 3) -> None:
    """Let the followers run as far as they can."""
    for _ in range(times):
        await asyncio.sleep(0)


async def test_a_follower_gets_what_is_kept_and_what_is_not(log: Log) -> None:
    for _ in range(4):
        await log.change("a")
        await log.change("b")
    await log.publish()
    starts = range(len(await log.events()) + 1)
    followers = [asyncio.create_task(follow(log.feed, start)) for start in starts]
    mine = [asyncio.create_task(follow(log.feed, start, "rel-a")) for start in starts]
    await turn()
    await log.change("a")
    await log.publish()
    await turn(6)
    log.feed.close()
    for start in starts:
        assert await followers[start] == await log.events(start)
        assert await mine[start] == await log.events(start, "rel-a")


async def test_a_follower_of_a_release_without_events_waits_for_the_first(log: Log) -> None:
    for _ in range(5):
        await log.change("a")
    await log.publish()
    follower = asyncio.create_task(follow(log.feed, 0, "rel-b"))
    await turn()
    await log.change("b")
    await log.publish()
    await turn()
    log.feed.close()
    assert [event.release_id for event in await follower] == ["rel-b"] * 2


async def test_what_is_committed_but_not_published_is_told_once(log: Log) -> None:
    for _ in range(4):
        await log.change("a")
    await log.publish(4)
    behind = asyncio.create_task(follow(log.feed, 0))
    ahead = asyncio.create_task(follow(log.feed, 6))
    await turn()
    await log.publish(1)
    await turn()
    await log.publish()
    await turn()
    log.feed.close()
    assert await behind == await log.events()
    assert await ahead == await log.events(6)


async def test_a_slow_follower_loses_nothing_and_holds_nobody_up(log: Log) -> None:
    await log.change("a")
    await log.publish()
    slow = log.feed.events(0)
    got = await anext(slow)
    fast = asyncio.create_task(follow(log.feed, 0))
    await turn()
    for _ in range(20):
        await log.change("a")
        await log.publish()
        await turn()
    async with aclosing(slow):
        while got[-1].position < log.published:
            got += await anext(slow)
    log.feed.close()
    assert got == await fast == await log.events()


async def test_long_stretches_of_the_log_are_read_page_by_page(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 3)
    for _ in range(6):
        await log.change("a")
        await log.change("b")
    await log.publish()
    both = [asyncio.create_task(follow(log.feed, 0, release_id)) for release_id in (None, "rel-a")]
    await turn(20)
    log.feed.close()
    assert await both[0] == await log.events()
    assert await both[1] == await log.events(0, "rel-a")


async def test_closing_ends_those_who_wait_and_those_who_come_after(log: Log) -> None:
    await log.change("a")
    await log.publish()
    waiting = asyncio.create_task(follow(log.feed, 2))
    status = asyncio.create_task(anext(log.feed.statuses("rel-a", 1), None))
    await turn()
    log.feed.close()
    async with asyncio.timeout(PATIENCE):
        assert await waiting == []
        assert await status is None
        assert await follow(log.feed, 0) == []
        assert [one.snapshot.revision async for one in log.feed.statuses("rel-a")] == [1]


async def test_a_follower_that_is_cancelled_leaves_nothing_behind(log: Log) -> None:
    followers = [asyncio.create_task(follow(log.feed, 0)) for _ in range(3)]
    await turn()
    assert log.feed.followers == 3
    for follower in followers:
        follower.cancel()
    await asyncio.gather(*followers, return_exceptions=True)
    assert log.feed.followers == 0


async def test_a_status_is_told_at_once_then_the_newest_alone(log: Log) -> None:
    await log.change("a")
    await log.publish()
    statuses = log.feed.statuses("rel-a")
    async with aclosing(statuses):
        assert (await anext(statuses)).snapshot.revision == 1
        for _ in range(3):
            await log.change("a")
            await log.change("b")
        await log.publish()
        newest = await anext(statuses)
        assert (newest.snapshot.revision, newest.position) == (4, (await log.events(0, "rel-a"))[-1].position)


async def test_a_commit_of_several_events_is_one_status(log: Log) -> None:
    await log.change("a")
    await log.publish()
    statuses = log.feed.statuses("rel-a", 1)
    async with aclosing(statuses):
        following = asyncio.create_task(anext(statuses))
        await turn()
        await log.change("a")
        await log.publish(1)
        assert (await following).snapshot.revision == 2
        following = asyncio.create_task(anext(statuses))
        await turn()
        await log.publish()
        await turn()
        assert not following.done()
        await log.change("a")
        await log.publish()
        assert (await following).snapshot.revision == 3


@pytest.mark.parametrize(("known", "told"), [(0, [2, 3, 4]), (1, [2, 3, 4]), (2, [3, 4]), (9, [2, 3, 4])])
async def test_statuses_end_with_the_release(log: Log, known: int, told: list[int]) -> None:
    await log.change("a")
    await log.change("a")
    await log.publish()
    statuses = log.feed.statuses("rel-a", known)
    seen = []
    async with asyncio.timeout(PATIENCE), aclosing(statuses):
        if known != 2:
            seen.append((await anext(statuses)).snapshot.revision)
        for step in (log.change, log.archive):
            following = asyncio.create_task(anext(statuses))
            await turn()
            await step("a")
            await log.publish()
            status = await following
            seen.append(status.snapshot.revision)
        assert status.snapshot.phase is Phase.ARCHIVED
        assert await anext(statuses, None) is None
    assert seen == told


async def test_there_are_no_statuses_of_a_release_that_does_not_exist(log: Log) -> None:
    assert [status async for status in log.feed.statuses("rel-9")] == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6),
    st.lists(st.sampled_from("abcabcpPft"), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
def test_whatever_is_committed_published_and_followed_when_each_gets_the_log(
    kept: int, course: list[str], chance: random.Random
) -> None:
    asyncio.run(walk(kept, course, chance))


async def walk(kept: int, course: list[str], chance: random.Random) -> None:
    store = MemoryStore()
    await store.open()
    log = Log(store, Feed(store, Tail(kept=kept)))
    followers = []
    for step in course:
        match step:
            case "a" | "b" | "c":
                await log.change(step)
            case "p":
                await log.publish(chance.randint(1, 4))
            case "P":
                await log.publish()
            case "f":
                start = chance.randint(0, log.published)
                release_id = chance.choice([None, "rel-a", "rel-b", "rel-none"])
                followers.append((start, release_id, asyncio.create_task(follow(log.feed, start, release_id))))
            case "t":
                await turn(chance.randint(1, 3))
    await log.publish()
    await turn(10)
    log.feed.close()
    for start, release_id, follower in followers:
        assert await follower == await log.events(start, release_id)
    assert log.feed.followers == 0
    await store.close()
