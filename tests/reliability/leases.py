"""When tasks are handed out, and to how many at once (I6, I8)."""

from collections import defaultdict
from itertools import pairwise

from phaseboard.domain.enums import ReleaseStatus, TaskStatus
from phaseboard.domain.events import TaskChanged
from tests.reliability.findings import Broken, place_of
from tests.reliability.history import History, Lease


def leases_do_not_overlap(history: History) -> Broken:
    """I6: a lease is given when the one before it is over, with a greater token."""
    of_task: dict[str, list[Lease]] = defaultdict(list)
    for lease in history.leases:
        of_task[lease.task_id].append(lease)
    for leases in of_task.values():
        for earlier, later in pairwise(leases):
            if later.token <= earlier.token:
                yield f"the token does not grow: {earlier}, then {later}"
            elif later.since < earlier.until and not earlier.over:
                yield f"two hold the task at once: {earlier} and {later}"


def nothing_is_claimed_while_held(history: History) -> Broken:
    """I8: while a release is not IN_PROGRESS none of its tasks is handed out."""
    for event in history.events:
        change = event.event
        fresh = isinstance(change, TaskChanged) and (change.before, change.after) == (
            TaskStatus.PENDING,
            TaskStatus.IN_PROGRESS,
        )
        if fresh and event.snapshot.status is not ReleaseStatus.IN_PROGRESS:
            yield f"{place_of(event)}: handed out while {event.snapshot.status}"
    for lease in history.leases:
        if lease.status is not ReleaseStatus.IN_PROGRESS:
            yield f"given while {lease.status}: {lease}"
