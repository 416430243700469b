"""What an invariant finds broken: a line for each thing, with the rows that show it."""

from collections.abc import Iterator

from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task

Broken = Iterator[str]


def row_of(release: Release, task: Task) -> str:
    """Return how a line shows the row of a task."""
    return f"{release.id} {release.phase} revision {release.revision}, {task.id} {task.status} attempt {task.attempt}"


def place_of(event: RecordedEvent) -> str:
    """Return how a line shows an event and its place in the log."""
    return f"{event.position} {event.release_id} revision {event.revision} {event.event.type}"
