"""Counting in memory, as `CensusReader` of `census` says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from phaseboard.domain.enums import Phase
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.transitions import next_due
from phaseboard.store.census import MAX_DUE, Backlog, Census, PhaseCount
from phaseboard.store.derived import counted
from phaseboard.store.instants import cut
from phaseboard.store.port import DueTask


class KeptReleases(Protocol):
    """Where releases are kept, by id."""

    releases: dict[str, Release]


class MemoryCensusReader:
    _kept: KeptReleases

    async def census(self, now: datetime) -> Census:
        kept = self._kept.releases.values()
        phases: dict[Phase, list[datetime]] = defaultdict(list)
        for release in kept:
            phases[release.phase].append(release.phase_since)
        tasks = Counter((task.status, task.spec.executor) for release in kept for task in _counted(release))
        return Census(
            phases={phase: PhaseCount(len(since), min(since)) for phase, since in phases.items()},
            tasks=dict(tasks),
            due_releases=_backlog(((next_due(release), release) for release in kept), now),
            due_tasks=_backlog(
                ((task.due_at, self._kept.releases[task.release_id]) for task in self._all_claimable()), now
            ),
        )

    def _all_claimable(self) -> Iterator[DueTask]:
        raise NotImplementedError


def _counted(release: Release) -> Iterator[Task]:
    counts = counted(release)
    return (task for task in release.tasks if task.id in counts)


def _backlog(waiting: Iterable[tuple[datetime | None, Release]], now: datetime) -> Backlog:
    due = [max(at, release.updated_at) for at, release in waiting if at is not None and at <= cut(now)]
    return Backlog(min(len(due), MAX_DUE), min(due, default=None))
