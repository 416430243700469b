"""The shape of a plan: the same in a YAML file and as `CreateReleaseInput`.

Optional entries may be left out or null, which is the same. What spans several entries (names, order, executors) is
not looked at here but by `check`.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from phaseboard.plans.fields import (
    MAX_CYCLES,
    MAX_TASKS,
    Duration,
    Instant,
    Name,
    Seconds,
    Settings,
    StoreName,
    TaskReference,
)


class Shape(BaseModel):
    """What all parts have in common: camelCase keys, no others, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class RetriesDocument(Shape):
    """Attempts that a task makes by itself before it is called FAILED."""

    count: int = Field(ge=0, le=20, description="How many times the task is tried again by itself; 0 for never.")
    delay_seconds: int | None = Field(
        None, ge=0, le=86_400, description="Seconds before the first retry; 10 when left out."
    )
    backoff: float | None = Field(
        None,
        ge=1,
        le=10,
        description="By how much each further delay is longer than the one before, up to a day; 2 when left out.",
    )


class TaskDocument(Shape):
    """One unit of work."""

    name: Name = Field(description="What the task is called; no two tasks of a stage have the same name.")
    executor: TaskReference = Field(
        description="What runs the task: `simulated`, `manual`, `webhook`, `command` or a plug-in of the server."
    )
    settings: Settings | None = Field(
        None,
        alias="with",
        description="The executor's own settings. Texts may refer to `{{ release.version }}`, `{{ release.name }}`, "
        "`{{ release.id }}`, `{{ cycle.tag }}` (regression only), `{{ task.name }}`, `{{ task.id }}`, "
        "`{{ task.attempt }}` and `{{ callback.url }}`.",
    )
    needs: list[TaskReference] | None = Field(
        None,
        max_length=MAX_TASKS,
        description="Names of tasks of the same stage that must be settled first. Left out: the task before it in the "
        "list. An empty list: it runs at once.",
    )
    critical: bool | None = Field(None, description="Whether its failure pauses the release; true when left out.")
    submission: bool | None = Field(
        None,
        description="Marks the task of `preRelease` that submits to the stores and fails when a store rejects; the "
        "last task when none is marked.",
    )
    retries: RetriesDocument | None = Field(None, description="Retries by itself; none when left out.")
    timeout_seconds: Seconds | None = Field(
        None, description="How long the executor may take for one attempt; 600 when left out."
    )
    callback_timeout_seconds: Seconds | None = Field(
        None, description="How long a callback or a person is waited for; the executor's own default when left out."
    )


class CycleDocument(Shape):
    """One regression cycle; give its time either way, the same way for all cycles."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["scheduledAt"]}, {"required": ["after"]}]})

    scheduled_at: Instant | None = Field(
        None, description="The moment it opens, with `Z` or an offset: `2024-01-15T14:00:00+01:00`."
    )
    after: Duration | None = Field(
        None, description="The time from TRIGGER_STAGE_2 to its opening, such as `2h`, `1h30m` or `1d`."
    )

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if self.scheduled_at is None and self.after is None:
            raise ValueError("a cycle needs a time: give `scheduledAt` (a moment) or `after` (such as `2h`)")
        if self.scheduled_at is not None and self.after is not None:
            raise ValueError("a cycle has one time: give `scheduledAt` or `after`, not both")
        return self


class RegressionDocument(Shape):
    """Stage 2: when its cycles open and what runs in each of them."""

    cycles: list[CycleDocument] = Field(
        min_length=1, max_length=MAX_CYCLES, description="The cycles, each later than the one before it."
    )
    tasks: list[TaskDocument] = Field(
        min_length=1, max_length=MAX_TASKS, description="The tasks that run in every cycle."
    )


class AutoTriggerDocument(Shape):
    """Which stages start without a person."""

    stage2: bool | None = Field(
        None, description="Start regression as soon as kickoff is complete; false when left out."
    )
    stage3: bool | None = Field(
        None, description="Start pre-release as soon as regression is complete; false when left out."
    )


class PlanDocument(Shape):
    """The plan of one release of a mobile app, from kickoff over regression cycles to its submission."""

    name: Name = Field(description="What people call the release.")
    version: Name = Field(description="The version it brings, as text: write `'4.20'` in quotes.")
    time_zone: str | None = Field(
        None,
        description="The IANA time zone that clock times are shown in, such as `Europe/Berlin`; UTC when left out.",
    )
    stores: list[StoreName] | None = Field(
        None, max_length=100, description="The stores that review the submission; without any, a person completes it."
    )
    auto_trigger: AutoTriggerDocument | None = Field(
        None, description="Which stages start by themselves; none when left out."
    )
    kickoff: list[TaskDocument] = Field(min_length=1, max_length=MAX_TASKS, description="Stage 1: its tasks.")
    regression: RegressionDocument = Field(description="Stage 2: its cycles and what runs in each of them.")
    pre_release: list[TaskDocument] = Field(min_length=1, max_length=MAX_TASKS, description="Stage 3: its tasks.")
