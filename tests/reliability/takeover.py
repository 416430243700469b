"""How soon the tasks of a node that was killed are in somebody's hands again."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from phaseboard.domain.enums import ReleaseStatus
from phaseboard.domain.events import RecordedEvent
from tests.reliability.history import History, Lease
from tests.reliability.nodes import Killed
from tests.reliability.scale import CHAOS
from tests.reliability.victim import facts_in

LEASE = 1.0
"""Seconds of a lease in the tiers."""

PROMISED = LEASE + 5.0
"""Seconds within which a task is taken up."""

LIMIT = PROMISED if CHAOS else 3 * PROMISED
"""What the slowest may take: in every test run others may have the cores, for seconds at a time."""


def takeovers(history: History, killed: Iterable[Killed]) -> list[float]:
    """Return after how many seconds each task that a killed node held was taken up by any of them."""
    own: dict[Killed, set[tuple[str, int]]] = {
        each: {(fact.task_id, fact.token) for fact in facts_in(each.folder)} for each in killed
    }
    of_task: dict[str, list[Lease]] = {}
    for lease in history.leases:
        of_task.setdefault(lease.task_id, []).append(lease)
    told = history.by_release()
    release_of = {task.id: release.id for release in history.releases for task in release.tasks}
    return [
        seconds
        for each, keys in own.items()
        for lease in _held(history.leases, keys, each.at)
        for seconds in _taken_up(lease, of_task[lease.task_id], told[release_of[lease.task_id]], each.at)
    ]


def _held(leases: Sequence[Lease], keys: set[tuple[str, int]], at: datetime) -> Iterator[Lease]:
    """Yield the leases that a node held at a time, as far as it had noted them."""
    for lease in leases:
        if (lease.task_id, lease.token) in keys and lease.since <= at < lease.until and not lease.over:
            yield lease


def _taken_up(lease: Lease, of_task: Sequence[Lease], told: Sequence[RecordedEvent], at: datetime) -> Iterator[float]:
    """Yield when a lease was followed by another; nothing when people were in between: they paused or ended it."""
    following = next((later for later in of_task if later.token > lease.token), None)
    if following is None:
        return
    between = [event for event in told if lease.since <= event.occurred_at <= following.since]
    if all(event.snapshot.status is ReleaseStatus.IN_PROGRESS for event in between):
        yield (following.since - at).total_seconds()
