"""How many there are of what, counted where it is kept: for those who watch the server, not for its work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from phaseboard.domain.enums import Phase, TaskStatus

MOST_DUE = 10_000
"""A backlog is counted up to here: it must not cost more the worse things are."""

HANDED_OUT = (TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK)
"""The statuses of tasks that are counted."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due and not done yet: how many, and since when the first of them is.

    What is due at once is so since the last change of its release.
    """

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """The releases of one phase: how many, and when the one that rests longest changed last."""

    count: int
    resting_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """All counts at one time. Phases and statuses that nothing is in are left out; archived releases have no tasks."""

    phases: Mapping[Phase, Crowd]
    tasks: Mapping[TaskStatus, int]
    due_releases: Backlog
    due_tasks: Backlog


class CensusReader(Protocol):
    """Counting, at a price that hardly grows with what is kept."""

    async def census(self, now: datetime) -> Census:
        """Count everything; `now` decides what is due."""
        ...
