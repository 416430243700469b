"""How many there are of what, counted where it is kept: for those who watch the server, not for its work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from phaseboard.domain.enums import Phase, TaskStatus

MAX_DUE = 10_000
"""A backlog is counted up to here: it must not cost more the worse things are."""

OPEN = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK, TaskStatus.FAILED)
"""The statuses of tasks that are counted: somebody or something still has to do with them."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due and not done yet: how many, and since when the first of them is.

    What is due at once is so since the last change of its release.
    """

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class PhaseCount:
    """The releases of one phase: how many, and since when the one is in it that came first."""

    count: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """All counts at one time; what nothing is in is left out.

    Tasks are counted by status and executor while they are open and the stage or cycle they belong to is under way,
    paused or not: what is still to come, what was left behind and what is over costs nothing.
    """

    phases: Mapping[Phase, PhaseCount]
    tasks: Mapping[tuple[TaskStatus, str], int]
    due_releases: Backlog
    due_tasks: Backlog


class CensusReader(Protocol):
    """Counting, at a price that hardly grows with what is kept."""

    async def census(self, now: datetime) -> Census:
        """Count everything; `now` decides what is due."""
        ...
