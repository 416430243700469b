"""What subscribers follow: all events from a cursor on, or the newest status of one release."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.phase import FINAL_PHASES
from phaseboard.feed.tail import Tail
from phaseboard.store.port import Status, Store

PAGE = 500


class Feed:
    """Published events, for any number of followers."""

    def __init__(self, store: Store, tail: Tail | None = None) -> None:
        self._store = store
        self._tail = tail or Tail()

    @property
    def followers(self) -> int:
        """How many follow at present."""
        return self._tail.followers

    @property
    def head(self) -> int:
        """The position published last."""
        return self._tail.head

    async def open(self) -> None:
        """Start at the end of the log: what was committed before is read from the log itself."""
        self._tail.start_at(await self._store.read(lambda reader: reader.last_position()))

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Tell followers about committed events; called by the loop alone, in the order of the log (rules 4.2)."""
        self._tail.append(events)

    def close(self) -> None:
        """End all following, properly."""
        self._tail.close()

    async def events(
        self, after: int, release_id: str | None = None, *, until: int | None = None
    ) -> AsyncGenerator[list[RecordedEvent], None]:
        """Yield everything above a position, in order, without a gap or a repeat, and go on live.

        With `until`, which has to be published already, end with the last event that is not above it.
        """
        with self._tail.waiting_for(release_id) as wake:
            while not self._tail.closed:
                wake.clear()
                floor = self._tail.floor
                batch = self._tail.since(after, release_id)
                if batch is None:
                    batch = await self._logged(after, release_id)
                    after = batch[-1].position if batch else max(after, floor)
                    at_end = False
                else:
                    after = batch[-1].position if batch else after
                    at_end = not batch
                if until is not None:
                    at_end = at_end or after >= until
                    batch = [event for event in batch if event.position <= until]
                if batch:
                    yield batch
                if not at_end:
                    continue
                if until is not None:
                    return
                await wake.wait()

    async def statuses(self, release_id: str, known_revision: int = 0) -> AsyncGenerator[Status, None]:
        """Yield the status at once unless its revision is known, then the newest after each change.

        Ends after COMPLETED or ARCHIVED, and at once when there is no such release.
        """
        status = await self._store.read(lambda reader: reader.status(release_id))
        if status is None:
            return
        if status.snapshot.revision != known_revision:
            yield status
        async with aclosing(self.events(status.position, release_id)) as batches:
            while status.snapshot.phase not in FINAL_PHASES:
                batch = await anext(batches, None)
                if batch is None:
                    return
                newest = batch[-1]
                if newest.revision > status.snapshot.revision:
                    status = Status(snapshot=newest.snapshot, position=newest.position)
                    yield status

    async def _logged(self, after: int, release_id: str | None) -> list[RecordedEvent]:
        return await self._store.read(lambda reader: reader.events(after, PAGE, release_id))
