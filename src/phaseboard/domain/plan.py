"""What was asked for: the tasks of each stage, the cycle schedule, the options.

Plans arrive checked as a whole (`phaseboard.plans`); defaults are filled in there, so nothing here is optional
that the engine needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from phaseboard.domain.enums import Stage, Store

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})

LONGEST_WAIT = timedelta(days=1)
"""No backoff makes a retry wait longer, unless its plain delay does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Attempts made by themselves before a task is called FAILED (rules 5.2)."""

    count: int = 0
    delay: timedelta = timedelta(seconds=10)
    backoff: float = 2.0

    def wait_before(self, retry: int) -> timedelta:
        """Return the pause before retry number `retry` (1 is the first), to the millisecond (rules 6)."""
        longest = max(self.delay, LONGEST_WAIT)
        try:
            wait = min(self.delay * self.backoff ** (retry - 1), longest)
        except OverflowError:
            wait = longest
        return timedelta(milliseconds=round(wait / timedelta(milliseconds=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One unit of work as the plan describes it (rules 5).

    `needs` names tasks of the same stage; `settings` are the executor's own, templates not yet rendered.
    """

    name: str
    executor: str
    settings: Mapping[str, Any] = field(default_factory=lambda: NO_SETTINGS)
    needs: tuple[str, ...] = ()
    critical: bool = True
    submission: bool = False
    retries: Retries = Retries()
    timeout: timedelta = timedelta(minutes=10)
    callback_timeout: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CycleSpec:
    """When a regression cycle is to open: at an instant, or some time after stage 2 was triggered."""

    scheduled_at: datetime | None = None
    after: timedelta | None = None

    def opens_at(self, triggered_at: datetime) -> datetime:
        """Return the instant at which the cycle is due, given when stage 2 was triggered."""
        return self.scheduled_at if self.scheduled_at is not None else triggered_at + (self.after or timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan; `regression` tasks run in every cycle."""

    name: str
    version: str
    kickoff: tuple[TaskSpec, ...]
    cycles: tuple[CycleSpec, ...]
    regression: tuple[TaskSpec, ...]
    pre_release: tuple[TaskSpec, ...]
    time_zone: str = "UTC"
    stores: tuple[Store, ...] = ()
    auto_trigger: frozenset[Stage] = frozenset()

    def tasks_of(self, stage: Stage) -> tuple[TaskSpec, ...]:
        """Return the tasks of a stage, in the plan's order."""
        return {Stage.STAGE_1: self.kickoff, Stage.STAGE_2: self.regression, Stage.STAGE_3: self.pre_release}[stage]

    @property
    def submission(self) -> TaskSpec:
        """The task that a store's rejection fails: the one marked, else the last of stage 3 (rules 4.5)."""
        return next((task for task in self.pre_release if task.submission), self.pre_release[-1])
