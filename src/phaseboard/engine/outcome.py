"""What a use case answers."""

from dataclasses import dataclass

from phaseboard.domain.snapshot import Snapshot
from phaseboard.store.port import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A change that was committed, or the first result again (`replayed`) when a request or report was repeated.

    `snapshot` is the status right after the change, `place` that of its last event.
    """

    release_id: str
    snapshot: Snapshot
    place: Place
    task_id: str | None = None
    replayed: bool = False

    @property
    def position(self) -> int:
        """The position of the last event."""
        return self.place.position
