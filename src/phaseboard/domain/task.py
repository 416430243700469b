"""A task of a release: one unit of work in a stage or in a cycle (rules 5)."""

from dataclasses import dataclass, replace
from datetime import datetime

from phaseboard.domain.enums import Stage, TaskOutcome, TaskStatus
from phaseboard.domain.plan import TaskSpec

ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED})
RUNNING = frozenset({TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a task; without an outcome it is still under way, or was cut short."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: TaskOutcome | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The state of one task.

    `cycle` is the number of its regression cycle. `attempt` counts from 1 over the whole life of the task; `try_number`
    grows when a person retries it, and the attempts of one try share an idempotency key (rules 5.3). `claims` counts
    how often the present attempt was handed to an executor. `lease_token` only grows: a write that names an older one
    changes nothing (rules 5.4). `not_before` delays a retry, `deadline` bounds the wait for a callback.
    """

    id: str
    spec: TaskSpec
    stage: Stage
    cycle: int | None = None
    status: TaskStatus = TaskStatus.PENDING
    attempt: int = 1
    try_number: int = 1
    retries_left: int = 0
    claims: int = 0
    lease_token: int = 0
    not_before: datetime | None = None
    deadline: datetime | None = None
    finished_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the task is COMPLETED, FAILED or SKIPPED."""
        return self.status in ENDED

    @property
    def running(self) -> bool:
        """Whether the task is handed out: IN_PROGRESS or AWAITING_CALLBACK."""
        return self.status in RUNNING

    @property
    def settled(self) -> bool:
        """Whether nothing has to wait for the task any more (rules 4.3)."""
        return self.ended and not (self.status is TaskStatus.FAILED and self.spec.critical)

    @property
    def last(self) -> Attempt | None:
        """The attempt made last, None before the first."""
        return self.attempts[-1] if self.attempts else None

    @property
    def idempotency_key(self) -> str:
        """What executors hand to outside systems: the same over all attempts of one try (rules 5.3)."""
        return f"{self.id}-{self.try_number}"

    def attempt_numbered(self, number: int) -> Attempt | None:
        """Return the record of an attempt, None when it was never made."""
        return next((attempt for attempt in self.attempts if attempt.number == number), None)

    def with_last(self, **changes: object) -> tuple[Attempt, ...]:
        """Return the attempts with the last one changed."""
        return (*self.attempts[:-1], replace(self.attempts[-1], **changes))  # type: ignore[arg-type]


def new_task(task_id: str, spec: TaskSpec, stage: Stage, cycle: int | None = None) -> Task:
    """Return a task that waits for its turn."""
    return Task(id=task_id, spec=spec, stage=stage, cycle=cycle, retries_left=spec.retries.count)
