"""What the server answers, as far as the commands show it; JSON output prints the answers themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Cycle(_Answer):
    """A regression cycle: the current one has no times in the guide's response."""

    number: int
    tag: str
    status: str
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ScheduledCycle(_Answer):
    """A cycle that waits for its time."""

    number: int
    tag: str
    scheduled_at: datetime


class Progress(_Answer):
    """Cycles done, of all."""

    completed: int
    total: int


class Regression(_Answer):
    """Stage 2, while it is to be shown."""

    current_cycle: Cycle | None
    next_cycle: ScheduledCycle | None
    progress: Progress


class Stages(_Answer):
    """The status of each stage."""

    stage1: str
    stage2: str
    stage3: str


class Status(_Answer):
    """The guide's response, with revision and cursor where they were asked for."""

    stages: Stages
    current_phase: str
    display_text: str
    regression: Regression | None
    actions: tuple[str, ...]
    revision: int = 0
    cursor: str = ""


class CycleNumber(_Answer):
    """The cycle of a task."""

    number: int


class Attempt(_Answer):
    """One attempt at a task."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    output: str | None = None


class Task(_Answer):
    """A task with its last attempt; `attempts` only where they were asked for."""

    id: str
    name: str
    stage: str
    status: str
    executor: str = ""
    critical: bool = True
    attempt: int = 1
    started_at: datetime | None = None
    finished_at: datetime | None = None
    external_url: str | None = None
    failure_reason: str | None = None
    cycle: CycleNumber | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing waits for it any more (rules 4.3)."""
        return self.status in {"COMPLETED", "SKIPPED"} or (self.status == "FAILED" and not self.critical)


class StoreReview(_Answer):
    """A store's verdict, or its absence."""

    store: str
    decision: str | None = None
    message: str | None = None
    decided_at: datetime | None = None


class Actor(_Answer):
    """Who caused a change."""

    name: str


class Event(_Answer):
    """An event of the log of any type; `type` is its GraphQL type."""

    type: str
    cursor: str
    occurred_at: datetime
    revision: int
    actor: Actor | None = None
    action: str | None = None
    reason: str | None = None
    phase_from: str | None = None
    phase_to: str | None = None
    name: str | None = None
    cycle: int | None = None
    task_from: str | None = None
    task_to: str | None = None
    attempt: int | None = None
    tag: str | None = None
    cycle_from: str | None = None
    cycle_to: str | None = None
    store: str | None = None
    decision: str | None = None
    message: str | None = None


class Release(_Answer):
    """A release with all that is shown of it."""

    id: str
    name: str
    version: str
    status_response: Status
    tasks: tuple[Task, ...]
    cycles: tuple[Cycle, ...]
    stores: tuple[StoreReview, ...]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    created_by: Actor | None = None


class Summary(_Answer):
    """A release in a list."""

    id: str
    name: str
    version: str
    status: str
    updated_at: datetime
    current_phase: str
    display_text: str


ENDED = frozenset({"COMPLETED", "ARCHIVED"})
"""The phases that nothing leads out of."""


def event_of(node: Mapping[str, Any]) -> Event:
    """Return the event that an answer holds."""
    return Event.model_validate({"type": node["__typename"], **node})
