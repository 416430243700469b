"""What waits in a database for longer than it should: tasks and releases that nobody takes up."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from phaseboard.cli.findings import Finding
from phaseboard.cli.words import length
from phaseboard.engine.clock import system_clock
from phaseboard.store.errors import Undecodable
from phaseboard.store.port import DueTask, Reader, Status, Store

OVERDUE = timedelta(minutes=1)
"""How long a task or a release may be due: longer than a lease, and than any pause of a loop."""

LONGEST_LEASE = timedelta(hours=1)
"""What a server may be told at most."""

PAGE = 1_000
SHOWN = 3
"""How many of those that wait are named."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due for long, since when each task is, and how many tasks run under a lease."""

    left: Sequence[str]
    """Tasks whose lease ran out."""
    new: Sequence[str]
    """Tasks that were never handed out."""
    releases: Sequence[str]
    since: Mapping[str, datetime]
    running: int


async def waiting(store: Store) -> AsyncIterator[Finding]:
    """Yield what is due for long, and nobody took. Raises StoreError."""
    now = (store.clock or system_clock)()
    found = await store.read(lambda reader: _backlog(reader, now))
    yield _left(found, now)
    yield _new(found, now)
    if found.releases:
        yield Finding("releases", f"{_some(found.releases)} should have moved on, and did not.", False, _LOOK)
    else:
        yield Finding("releases", "none is overdue")


async def _backlog(reader: Reader, now: datetime) -> Backlog:
    """Look for what is due; what is due at once is so since its release changed last."""
    tasks = await reader.due_tasks(now - OVERDUE, PAGE)
    releases = await reader.due_releases(now - OVERDUE, PAGE)
    statuses = await reader.statuses(sorted({*releases, *(task.release_id for task in tasks)}))
    resting = {release_id: _changed(status, now) for release_id, status in statuses.items()}
    since = {task.task_id: max(task.due_at, resting.get(task.release_id, now)) for task in tasks}
    late = [task for task in tasks if since[task.task_id] <= now - OVERDUE]
    leased = await reader.due_tasks(now + LONGEST_LEASE, PAGE, DueTask("", "", now))
    return Backlog(
        left=[task.task_id for task in late if task.claims],
        new=[task.task_id for task in late if not task.claims],
        releases=[release_id for release_id in releases if resting.get(release_id, now) <= now - OVERDUE],
        since=since,
        running=sum(task.claims > 0 for task in leased),
    )


def _changed(status: Status | Undecodable, now: datetime) -> datetime:
    """Return when a release changed last; of one that is damaged it is not known, and it rests for good."""
    return status.snapshot.updated_at if isinstance(status, Status) else now - OVERDUE


def _left(found: Backlog, now: datetime) -> Finding:
    if not found.left:
        return Finding("leases", "none ran out and was left")
    return Finding("leases", f"{_due(found, found.left, now)}, and nobody takes them.", False, _LOOK)


def _new(found: Backlog, now: datetime) -> Finding:
    if not found.new:
        return Finding("tasks", "none waits for long")
    if found.running > 0:
        runs = "1 task runs" if found.running == 1 else f"{found.running} tasks run"
        return Finding("tasks", f"{_due(found, found.new, now)}; {runs} meanwhile.", True, _ROOM)
    return Finding("tasks", f"{_due(found, found.new, now)}, and nobody takes them.", False, _LOOK)


def _due(found: Backlog, tasks: Sequence[str], now: datetime) -> str:
    return f"{_some(tasks)}: due for {length(now - min(found.since[task] for task in tasks))}"


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more


_ROOM = "If that lasts, make room: raise PHASEBOARD_CONCURRENT_TASKS, or start another node on PostgreSQL."
_LOOK = (
    "Does a server run on this database? If it does, its log says why it set them aside, or it has no room: "
    "raise PHASEBOARD_CONCURRENT_TASKS, or start another node on PostgreSQL."
)
