"""Catching up: who begins further back than a group remembers gets what it missed, then what all get."""

import pytest

from phaseboard.api.prefetch import MOST
from phaseboard.api.scalars import format_cursor
from phaseboard.feed import feed as feed_module
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from tests.api.streams.scene import EVENTS, PHASES, Scene, positions, store_of

START = format_cursor(0)


async def test_who_leaves_while_catching_up_leaves_nothing_behind(gated: Scene) -> None:
    first = gated.join(EVENTS)
    await gated.settle()
    store_of(gated).gate.clear()
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    assert gated.hub.watchers == 2
    far.leave()
    await gated.settle()
    assert gated.hub.watchers == 1
    store_of(gated).gate.set()
    await gated.change("a")
    await gated.settle()
    assert (len(first.told), far.told) == (2, [])


async def test_the_last_may_leave_while_catching_up(gated: Scene) -> None:
    store_of(gated).gate.clear()
    gated.join(EVENTS, after=START).leave()
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    far.leave()
    assert gated.hub.groups == ()
    store_of(gated).gate.set()


async def test_what_happens_while_one_catches_up_is_told_once(gated: Scene) -> None:
    first = gated.join(EVENTS)
    await gated.settle()
    store_of(gated).gate.clear()
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    for _ in range(4):
        await gated.log.change("a")
    gated.feed.publish(await MemoryStore.read(gated.store, lambda reader: reader.events(12, 100)))
    await gated.settle()
    store_of(gated).gate.set()
    gated.log.published = gated.feed.head
    await gated.change("a", "b", "a", "a")
    await gated.settle()
    assert far.numbers == positions(await gated.log.events())
    assert first.numbers == far.numbers[-len(first.numbers) :]


@pytest.mark.parametrize(("fields", "more"), [("cursor to", 0), ("cursor release { tasks { id } }", 2)])
async def test_catching_up_takes_few_reads_however_many_releases(gated: Scene, fields: str, more: int) -> None:
    await gated.change(*(f"r{number}" for number in range(MOST + 10)))
    await gated.settle()
    document = PHASES.replace("cursor to", fields)
    gated.join(document)
    await gated.settle()
    reads = store_of(gated).reads
    far = gated.join(document, after=START)
    await gated.settle()
    assert len(far.told) == 6 + MOST + 10
    assert more <= store_of(gated).reads - reads <= more + 3


async def test_a_fault_while_catching_up_leaves_no_gap(gated: Scene, caplog: pytest.LogCaptureFixture) -> None:
    first = gated.join(EVENTS)
    await gated.settle()
    store_of(gated).fault = Unavailable("busy")
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    assert far.numbers == [None]
    assert "try again" in far.results[0]["errors"][0]["message"]
    assert far.end == "complete"
    store_of(gated).fault = None
    await gated.change("a")
    await gated.settle()
    assert (len(first.told), first.end) == (2, None)
    assert "busy" in caplog.text


async def test_who_cannot_even_begin_to_catch_up_is_refused(gated: Scene) -> None:
    first = gated.join(PHASES, id="rel-a")
    await gated.settle()
    gated.recent.__init__()  # type: ignore[misc]
    store_of(gated).fault = Unavailable("busy")
    far = gated.join(PHASES, id="rel-a", after=START)
    await gated.settle()
    assert (far.told, far.end) == ([], "refused")
    store_of(gated).fault = None
    assert first.end is None


async def test_the_end_of_the_feed_leaves_no_gap(gated: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 3)
    first = gated.join(EVENTS)
    await gated.settle()
    await gated.change("a", "a")
    await gated.settle()
    store_of(gated).gate.clear()
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    gated.feed.close()
    store_of(gated).gate.set()
    await gated.settle()
    assert (len(first.told), first.end) == (4, "complete")
    assert (far.numbers, far.end) == ([1, 2, 3], "complete")


async def test_who_catches_up_at_the_end_of_the_feed_gets_nothing_of_what_follows(
    gated: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 3)
    first = gated.join(EVENTS)
    await gated.settle()
    store_of(gated).gate.clear()
    far = gated.join(EVENTS, after=START)
    await gated.settle()
    for _ in range(4):
        await gated.log.change("a")
    gated.feed.publish(await MemoryStore.read(gated.store, lambda reader: reader.events(12, 100)))
    await gated.settle()
    gated.feed.close()
    store_of(gated).gate.set()
    await gated.settle()
    assert (first.numbers, first.end) == ([13, 14, 15], "complete"), "more than is kept: it reads the log, too"
    assert (far.numbers, far.end) == ([1, 2, 3], "complete")
