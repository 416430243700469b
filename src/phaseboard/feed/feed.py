"""What subscribers follow: all events from a cursor on, or the newest status of one release."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.phase import FINAL_PHASES
from phaseboard.feed.tail import Tail
from phaseboard.store.port import Reader, Status, Store

PAGE = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """Events are missing, because the log does not keep them any more: those up to a position that were not told."""

    position: int


Stretch = list[RecordedEvent] | Gap

_Found = tuple[Gap | None, list[RecordedEvent], int]
"""What is missing, what there is, and the position up to which that is all."""


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

    @property
    def closed(self) -> bool:
        """Whether all following has ended."""
        return self._tail.closed

    async def open(self) -> None:
        """Start at the end of the log: what was committed before is read from the log itself."""
        self._tail.start_at(await self._store.read(lambda reader: reader.last_position()))

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Tell followers about committed events; called by the loop alone, in the order of the log (rules 4.2)."""
        self._tail.append(events)

    def close(self) -> None:
        """End all following, properly."""
        self._tail.close()

    async def gap(self, after: int, release_id: str | None = None) -> Gap | None:
        """Return what is missing above a position, of one release or of all; None when nothing is."""
        if self._tail.since(after, release_id) is not None:
            return None
        return await self._store.read(lambda reader: _gap(reader, after, release_id))

    async def events(
        self, after: int, release_id: str | None = None, *, until: int | None = None
    ) -> AsyncGenerator[Stretch, None]:
        """Yield everything above a position, in order, without a repeat, and go on live.

        What the log does not keep any more is one Gap. With `until`, which has to be published already, end with the
        last event that is not above it.
        """
        with self._tail.waiting_for(release_id) as wake:
            while not self._tail.closed:
                wake.clear()
                kept = self._kept(after, release_id)
                gap, events, after = kept or await self._logged(after, release_id)
                if gap:
                    yield gap if until is None else Gap(min(gap.position, until))
                if batch := [event for event in events if until is None or event.position <= until]:
                    yield batch
                if until is not None and after >= until:
                    return
                if kept:
                    await wake.wait()

    async def statuses(self, release_id: str, known_revision: int = 0) -> AsyncGenerator[Status, None]:
        """Yield the status at once unless its revision is known, then the newest after each change.

        Ends after COMPLETED or ARCHIVED, and at once when there is no such release.
        """
        status = await self._status(release_id)
        if status is None:
            return
        if status.snapshot.revision != known_revision:
            yield status
        async with aclosing(self.events(status.position, release_id)) as stretches:
            while status.snapshot.phase not in FINAL_PHASES:
                stretch = await anext(stretches, None)
                if stretch is None:
                    return
                newest = await self._status(release_id) if isinstance(stretch, Gap) else _after(stretch[-1])
                if newest and newest.snapshot.revision > status.snapshot.revision:
                    status = newest
                    yield status

    async def _status(self, release_id: str) -> Status | None:
        return await self._store.read(lambda reader: reader.status(release_id))

    def _kept(self, after: int, release_id: str | None) -> _Found | None:
        """Return what is in memory above a position; None when that is not all."""
        events = self._tail.since(after, release_id)
        return None if events is None else (None, events, max(after, self._tail.head))

    async def _logged(self, after: int, release_id: str | None) -> _Found:
        """Return a page of what is in the log above a position."""
        floor = self._tail.floor

        async def work(reader: Reader) -> _Found:
            gap = await _gap(reader, after, release_id)
            begin = gap.position if gap else after
            events = await reader.events(begin, PAGE, release_id)
            return gap, events, events[-1].position if events else max(begin, floor)

        return await self._store.read(work)


async def _gap(reader: Reader, after: int, release_id: str | None) -> Gap | None:
    whole = await reader.first_position(release_id) - 1
    return Gap(whole) if after < whole else None


def _after(event: RecordedEvent) -> Status:
    return Status(snapshot=event.snapshot, position=event.position)
