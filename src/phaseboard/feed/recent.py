"""The newest statuses in memory: those read or published last, each as long as no commit made it old."""

from collections import OrderedDict
from collections.abc import Sequence

from phaseboard.domain.events import RecordedEvent
from phaseboard.store.port import Change, Status

MOST = 10_000


class RecentStatuses:
    """At most `most` statuses; what is not here has to be read from the store."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._statuses: OrderedDict[str, Status] = OrderedDict()
        self._newest: dict[str, int] = {}

    def committed(self, changes: Sequence[Change]) -> None:
        """Learn what a commit changed, before its callers do: what is older is not given out any more."""
        for change in changes:
            self._newest[change.release_id] = change.revision

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Take the statuses that published events carry."""
        for event in events:
            self.put(Status(snapshot=event.snapshot, position=event.position))

    def put(self, status: Status) -> None:
        """Take a status, unless it is old already."""
        release_id = status.snapshot.release_id
        if not self._is_newest(status):
            return
        self._statuses[release_id] = status
        self._statuses.move_to_end(release_id)
        if len(self._statuses) > self._most:
            self._statuses.popitem(last=False)

    def get(self, release_id: str) -> Status | None:
        """Return the newest status of a release if it is known."""
        status = self._statuses.get(release_id)
        return status if status is not None and self._is_newest(status) else None

    def _is_newest(self, status: Status) -> bool:
        revision = status.snapshot.revision
        return self._newest.get(status.snapshot.release_id, revision) == revision
