"""A log of real events: releases that are created, started, paused, in any order."""

from contextlib import aclosing

from phaseboard.domain.commands import Perform
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import decide
from phaseboard.feed.feed import Feed
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Writer
from tests.factory import NOW, SECRET, make_plan

_NEXT = {Phase.NOT_STARTED: Action.START, Phase.KICKOFF: Action.PAUSE, Phase.PAUSED_BY_USER: Action.RESUME}


class Log:
    """A store whose releases change when the test says so; what is committed is published when it says so."""

    def __init__(self, store: MemoryStore, feed: Feed) -> None:
        self.store = store
        self.feed = feed
        self.published = 0

    async def change(self, key: str) -> None:
        """Commit the next change of a release, two events."""

        async def work(writer: Writer) -> None:
            release = await writer.release(f"rel-{key}")
            if release is None:
                made = create(make_plan(), key=key, secret=SECRET, now=NOW)
                await writer.add(made.release, made.events, NOW, None)
                return
            await self._save(writer, release, Perform(action=_NEXT[release.phase]))

        await self.store.write(work)

    async def archive(self, key: str) -> None:
        async def work(writer: Writer) -> None:
            release = await writer.release(f"rel-{key}")
            assert release is not None
            await self._save(writer, release, Perform(action=Action.ARCHIVE))

        await self.store.write(work)

    async def events(self, after: int = 0, release_id: str | None = None) -> list[RecordedEvent]:
        return await self.store.read(lambda reader: reader.events(after, 100_000, release_id))

    async def publish(self, most: int = 100_000) -> None:
        """Tell the feed about committed events that it was not told of yet, at most so many."""
        batch = (await self.events(self.published))[:most]
        if batch:
            self.published = batch[-1].position
            self.feed.publish(batch)

    async def _save(self, writer: Writer, release: Release, command: Perform) -> None:
        decision = decide(release, command, NOW)
        await writer.save(release, decision.release, decision.events, NOW, None)


async def follow(feed: Feed, after: int, release_id: str | None = None) -> list[RecordedEvent]:
    """Return everything that a follower gets until the feed is closed."""
    async with aclosing(feed.events(after, release_id)) as batches:
        return [event async for batch in batches for event in batch]
