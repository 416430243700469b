"""What a use case answers."""

from dataclasses import dataclass

from phaseboard.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A change that was committed, or the first result again (`replayed`) when a request or report was repeated.

    `snapshot` is the status right after the change, `position` that of its last event.
    """

    release_id: str
    snapshot: Snapshot
    position: int
    task_id: str | None = None
    replayed: bool = False
