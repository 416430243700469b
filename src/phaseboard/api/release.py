"""The types that lead to each other: a release, its status, its cycles, its tasks, its history."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Self

import strawberry

from phaseboard.api.context import Info
from phaseboard.api.events import ReleaseEventConnection, event_page
from phaseboard.api.parts import (
    Actor,
    Cron,
    Node,
    RegressionProgress,
    ScheduledCycle,
    Stages,
    StoreReview,
    TaskAttempt,
)
from phaseboard.api.scalars import Cursor, TimeZone, zone_named
from phaseboard.domain import release as domain_release
from phaseboard.domain.cycle import Cycle
from phaseboard.domain.display import display_text
from phaseboard.domain.enums import (
    Action,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    TaskStatus,
)
from phaseboard.domain.ids import cycle_id
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.task import Task as DomainTask
from phaseboard.store.port import Status

MADE = 1_000
"""Statuses that are kept as clients see them: many ask for the same one, each in words of their own."""


@strawberry.type(description="A regression cycle that was opened.")
class RegressionCycle(Node):
    """A cycle."""

    number: int = strawberry.field(description="Its number, from 1.")
    tag: str = strawberry.field(description="Its tag, `RC{n}`.")
    status: RegressionCycleStatus = strawberry.field(description="How far it is.")
    scheduled_at: datetime | None = strawberry.field(description="When it was due.")
    started_at: datetime | None = strawberry.field(description="When its tasks began to run.")
    finished_at: datetime | None = strawberry.field(description="When it was DONE or ABANDONED.")
    release_id: strawberry.Private[str]

    @classmethod
    def of(cls, release_id: str, cycle: Cycle | None) -> Self | None:
        """Return a cycle for clients, None for none."""
        if cycle is None:
            return None
        return cls(
            id=strawberry.ID(cycle_id(release_id, cycle.number)),
            number=cycle.number,
            tag=cycle.tag,
            status=cycle.status,
            scheduled_at=cycle.scheduled_at,
            started_at=cycle.started_at,
            finished_at=cycle.finished_at,
            release_id=release_id,
        )

    @strawberry.field(description="The cycle's tasks, in the plan's order.")
    async def tasks(self, info: Info) -> list["Task"]:
        """Return the tasks of this cycle."""
        release = await info.context.releases.load(self.release_id)
        tasks = [task for task in release.tasks if task.cycle == self.number] if release else []
        await info.context.turn(len(tasks))
        return [Task.of(release, task) for task in tasks if release]


@strawberry.type(description="Stage 2 of a release.")
class Regression:
    """The guide's `regression`."""

    current_cycle: RegressionCycle | None = strawberry.field(
        description="The cycle opened last; null before the first one and once stage 2 is complete."
    )
    next_cycle: ScheduledCycle | None = strawberry.field(description="The earliest cycle still scheduled.")
    progress: RegressionProgress = strawberry.field(description="Cycles done, of all.")


@strawberry.type(description="The status of a release: the guide's response, field for field, then what is ours.")
class ReleaseStatusResponse:
    """One consistent status."""

    shown: strawberry.Private[Status]
    stages: Stages = strawberry.field(description="Progress of the three stages.")
    cron: Cron = strawberry.field(description="State of the cron job.")
    current_phase: Phase = strawberry.field(description="The derived phase: switch on this.")
    regression: Regression | None = strawberry.field(
        description="Stage 2 while it runs or is complete and stage 3 has not begun; null otherwise."
    )
    actions: list[Action] = strawberry.field(
        description="What the state allows, in the guide's order, the same for every reader."
    )
    revision: int = strawberry.field(description="Grows by one with every committed change.")
    cursor: Cursor = strawberry.field(description="Follow from here to miss nothing.")

    @classmethod
    @lru_cache(maxsize=MADE)
    def of(cls, status: Status) -> Self:
        """Return a status for clients."""
        snapshot = status.snapshot
        return cls(
            shown=status,
            stages=Stages(stage1=snapshot.stages.stage1, stage2=snapshot.stages.stage2, stage3=snapshot.stages.stage3),
            cron=Cron.of(snapshot.cron),
            current_phase=snapshot.phase,
            regression=_regression(snapshot),
            actions=list(snapshot.actions),
            revision=snapshot.revision,
            cursor=Cursor(status.position),
        )

    @strawberry.field(description="The release.")
    def release(self) -> "Release":
        """Return the release at this revision."""
        return Release.of(self.shown)

    @strawberry.field(description="The status in words; clock times in `timeZone`, else the plan's zone.")
    def display_text(
        self,
        time_zone: Annotated[TimeZone | None, strawberry.argument(description="The zone of clock times.")] = None,
    ) -> str:
        """Return the guide's display text."""
        snapshot = self.shown.snapshot
        return display_text(snapshot, zone_named(time_zone or snapshot.time_zone))


@strawberry.type(description="A release: a version on its way through its plan.")
class Release(Node):
    """A release."""

    shown: strawberry.Private[Status]
    name: str = strawberry.field(description="Its name in the plan.")
    version: str = strawberry.field(description="The version it releases.")
    time_zone: TimeZone = strawberry.field(description="The plan's time zone.")
    status: ReleaseStatus = strawberry.field(description="Overall lifecycle state.")
    revision: int = strawberry.field(description="Grows by one with every committed change.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it changed last.")
    created_by: Actor | None = strawberry.field(description="Who created it.")

    @classmethod
    @lru_cache(maxsize=MADE)
    def of(cls, status: Status) -> Self:
        """Return a release for clients."""
        snapshot = status.snapshot
        return cls(
            id=strawberry.ID(snapshot.release_id),
            shown=status,
            name=snapshot.name,
            version=snapshot.version,
            time_zone=TimeZone(snapshot.time_zone),
            status=snapshot.status,
            revision=snapshot.revision,
            created_at=snapshot.created_at,
            updated_at=snapshot.updated_at,
            created_by=Actor.of(snapshot.created_by),
        )

    @strawberry.field(description="The guide's status response of the release.")
    def status_response(self) -> ReleaseStatusResponse:
        """Return the status at this revision."""
        return ReleaseStatusResponse.of(self.shown)

    @strawberry.field(description="When the next regression cycle is due, as scheduled or planned; null when unknown.")
    async def next_cycle_at(self, info: Info) -> datetime | None:
        """Return the next cycle's instant."""
        release = await info.context.releases.load(self.id)
        return release.next_cycle_at if release else None

    @strawberry.field(description="The verdict of each store of the plan.")
    async def stores(self, info: Info) -> list[StoreReview]:
        """Return the stores' verdicts."""
        release = await info.context.releases.load(self.id)
        return [StoreReview.of(review) for review in release.reviews] if release else []

    @strawberry.field(description="The tasks, in the order in which they came to be.")
    async def tasks(
        self,
        info: Info,
        stage: Annotated[Stage | None, strawberry.argument(description="Only those of this stage.")] = None,
        statuses: Annotated[
            list[TaskStatus] | None, strawberry.argument(description="Only those with one of these statuses.")
        ] = None,
    ) -> list["Task"]:
        """Return the tasks that match."""
        release = await info.context.releases.load(self.id)
        tasks = [
            task
            for task in (release.tasks if release else ())
            if stage in (None, task.stage) and (statuses is None or task.status in statuses)
        ]
        await info.context.turn(len(tasks))
        return [Task.of(release, task) for task in tasks if release]

    @strawberry.field(description="The regression cycles opened so far, in order.")
    async def cycles(self, info: Info) -> list[RegressionCycle]:
        """Return the opened cycles."""
        release = await info.context.releases.load(self.id)
        opened = [RegressionCycle.of(release.id, cycle) for cycle in release.cycles] if release else []
        return [cycle for cycle in opened if cycle]

    @strawberry.field(
        description="The history, oldest first; pages forwards (first, after) or backwards (last, before)."
    )
    async def events(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many from the beginning.")] = None,
        after: Annotated[Cursor | None, strawberry.argument(description="Only those after this position.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many from the end.")] = None,
        before: Annotated[Cursor | None, strawberry.argument(description="Only those before this position.")] = None,
    ) -> ReleaseEventConnection:
        """Return a page of the history."""
        return await event_page(info.context, self.id, first, after, last, before)


@strawberry.type(description="One unit of work in a stage or in a regression cycle.")
class Task(Node):
    owner: strawberry.Private[domain_release.Release]
    task: strawberry.Private[DomainTask]
    name: str = strawberry.field(description="Its name in the plan.")
    stage: Stage = strawberry.field(description="The stage it belongs to.")
    status: TaskStatus = strawberry.field(description="How far it is.")
    executor: str = strawberry.field(description="What runs it.")
    critical: bool = strawberry.field(description="Whether its failure pauses the release.")
    needs: list[str] = strawberry.field(description="Names of the tasks that have to be settled before it runs.")
    attempt: int = strawberry.field(description="The current attempt, from 1; reports name it.")
    started_at: datetime | None = strawberry.field(description="When the attempt made last began.")
    finished_at: datetime | None = strawberry.field(description="When the task was settled or failed.")
    next_attempt_at: datetime | None = strawberry.field(description="When a retry begins, while it waits for that.")
    deadline: datetime | None = strawberry.field(description="When the wait for a callback ends in failure.")
    external_url: str | None = strawberry.field(description="Where the outside system shows its work.")
    failure_reason: str | None = strawberry.field(description="Why the attempt made last failed.")
    output: str | None = strawberry.field(description="The last lines printed by the attempt made last, bounded.")

    @classmethod
    def of(cls, release: domain_release.Release, task: DomainTask) -> Self:
        """Return a task for clients."""
        last = task.last
        return cls(
            id=strawberry.ID(task.id),
            owner=release,
            task=task,
            name=task.spec.name,
            stage=task.stage,
            status=task.status,
            executor=task.spec.executor,
            critical=task.spec.critical,
            needs=list(task.spec.needs),
            attempt=task.attempt,
            started_at=last.started_at if last else None,
            finished_at=task.finished_at,
            next_attempt_at=task.not_before,
            deadline=task.deadline,
            external_url=last.external_url if last else None,
            failure_reason=last.failure_reason if last else None,
            output=last.output if last else None,
        )

    @strawberry.field(description="All attempts so far, in order.")
    def attempts(self) -> list[TaskAttempt]:
        """Return the attempts."""
        return [TaskAttempt.of(attempt) for attempt in self.task.attempts]

    @strawberry.field(description="The release it belongs to.")
    async def release(self, info: Info) -> Release:
        """Return the release, as it is now."""
        status = await info.context.statuses.load(self.owner.id)
        return Release.of(status or Status(snapshot=self.owner.snapshot, position=0))

    @strawberry.field(description="The regression cycle it belongs to.")
    def cycle(self) -> RegressionCycle | None:
        """Return the cycle, None outside stage 2."""
        number = self.task.cycle
        return RegressionCycle.of(self.owner.id, self.owner.cycles[number - 1]) if number else None


def _regression(snapshot: Snapshot) -> Regression | None:
    regression = snapshot.regression
    if regression is None:
        return None
    return Regression(
        current_cycle=RegressionCycle.of(snapshot.release_id, regression.current_cycle),
        next_cycle=ScheduledCycle.of(regression.next_cycle),
        progress=RegressionProgress(completed=regression.progress.completed, total=regression.progress.total),
    )
