"""The newest statuses in memory: those read or published last, each as long as no commit made it old.

What this process commits is known before anybody learns of it, what others commit once it is published. The log may lag
behind the commits of this process, and a read behind the log: what is older than what is known is not taken.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from phaseboard.domain.events import RecordedEvent
from phaseboard.store.port import Change, Status

MOST = 10_000
"""How many statuses are kept."""

KNOWN = 100_000
"""Of how many releases the newest revision is known: of more than can be committed while a read takes its time."""


class RecentStatuses:
    """At most `most` statuses; what is not here has to be read from the store.

    While not `is_current`, others may have committed without a word: nothing is given out.
    """

    def __init__(self, most: int = MOST, is_current: Callable[[], bool] = lambda: True, *, known: int = KNOWN) -> None:
        self._most = most
        self._known = known
        self._is_current = is_current
        self._statuses: OrderedDict[str, Status] = OrderedDict()
        self._newest: OrderedDict[str, int] = OrderedDict()

    def committed(self, changes: Sequence[Change]) -> None:
        """Learn what a commit changed, before its callers do: what is older is not given out any more."""
        for change in changes:
            self.learn(change.release_id, change.revision)

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Take the statuses that published events carry."""
        for event in events:
            self.put(Status(snapshot=event.snapshot, position=event.position))

    def put(self, status: Status) -> None:
        """Take a status, unless it is old already."""
        release_id, revision = status.snapshot.release_id, status.snapshot.revision
        if self.learn(release_id, revision) > revision:
            return
        known = self._statuses.get(release_id)
        if known is not None and known.snapshot.revision == revision and known.position > status.position:
            return
        self._statuses[release_id] = status
        self._statuses.move_to_end(release_id)
        if len(self._statuses) > self._most:
            self._statuses.popitem(last=False)

    def get(self, release_id: str) -> Status | None:
        """Return the newest status of a release if it is known."""
        status = self._statuses.get(release_id)
        if status is None or status.snapshot.revision != self._newest.get(release_id) or not self._is_current():
            return None
        return status

    def learn(self, release_id: str, revision: int) -> int:
        """Take a revision that there is, so that none before it is given out; returns the newest one known."""
        newest = max(self._newest.get(release_id, 0), revision)
        self._newest[release_id] = newest
        self._newest.move_to_end(release_id)
        if len(self._newest) > self._known:
            self._newest.popitem(last=False)
        return newest
