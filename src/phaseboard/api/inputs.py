"""Inputs. A plan is checked as a whole by `phaseboard.plans`: GraphQL knows few of its rules."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from phaseboard.api.enums import OrderDirection
from phaseboard.api.scalars import Duration, Json, TimeZone
from phaseboard.domain.enums import Action, Phase, ReleaseStatus, Store, StoreDecision, TaskOutcome
from phaseboard.store.port import OrderField


@strawberry.input(description="An action on a release.")
class ReleaseActionInput:
    """What every action takes."""

    release_id: strawberry.ID = strawberry.field(description="The release.")
    expected_revision: int | None = strawberry.field(
        default=None, description="Refuse the action unless the release is at this revision."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="A repeat with the same key returns the first result, marked `replayed`."
    )
    reason: str | None = strawberry.field(default=None, description="Why; kept in the history.")


@strawberry.input(description="An action on a failed task.")
class TaskActionInput:
    """What the actions on a task take."""

    task_id: strawberry.ID = strawberry.field(description="The task.")
    expected_revision: int | None = strawberry.field(
        default=None, description="Refuse the action unless the release is at this revision."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="A repeat with the same key returns the first result, marked `replayed`."
    )
    reason: str | None = strawberry.field(default=None, description="Why; kept in the history.")


@strawberry.input(description="How an attempt at a task ended.")
class ReportTaskResultInput:
    """A report by a person or a CI system."""

    task_id: strawberry.ID = strawberry.field(description="The task.")
    attempt: int = strawberry.field(description="The attempt reported on: the task's current one.")
    outcome: TaskOutcome = strawberry.field(description="How it ended.")
    external_url: str | None = strawberry.field(default=None, description="Where the work can be seen.")
    message: str | None = strawberry.field(default=None, description="Why it failed.")


@strawberry.input(description="A store's verdict on a submitted release.")
class ReportStoreReviewInput:
    release_id: strawberry.ID = strawberry.field(description="The release.")
    store: Store = strawberry.field(description="Which store of the plan.")
    decision: StoreDecision = strawberry.field(description="Its verdict.")
    message: str | None = strawberry.field(default=None, description="The reason it gave.")


@strawberry.input(description="Which stages start without a person's trigger.")
class AutoTriggerInput:
    stage2: bool | None = strawberry.field(default=UNSET, description="Start regression when kickoff is complete.")
    stage3: bool | None = strawberry.field(default=UNSET, description="Start pre-release when regression is complete.")


@strawberry.input(description="When a regression cycle opens: an instant, or a time after stage 2 was triggered.")
class CycleInput:
    scheduled_at: datetime | None = strawberry.field(default=UNSET, description="The instant.")
    after: Duration | None = strawberry.field(default=UNSET, description="The time after TRIGGER_STAGE_2.")


@strawberry.input(description="Attempts made by themselves before a task is called FAILED.")
class RetriesInput:
    count: int = strawberry.field(description="How many, after the first attempt.")
    delay_seconds: int | None = strawberry.field(
        default=UNSET, description="Pause before the first retry (default: 10)."
    )
    backoff: float | None = strawberry.field(
        default=UNSET, description="What each further pause is multiplied by, up to a day (default: 2)."
    )


@strawberry.input(description="A task of the plan.")
class TaskInput:
    name: str = strawberry.field(description="Its name, unique in its stage.")
    executor: str = strawberry.field(description="What runs it: one of `service.executors`.")
    with_: Json | None = strawberry.field(name="with", default=UNSET, description="The executor's own settings.")
    needs: list[str] | None = strawberry.field(
        default=UNSET, description="Tasks that have to be settled first; the one before it unless given."
    )
    critical: bool | None = strawberry.field(
        default=UNSET, description="Whether its failure pauses the release (default: true)."
    )
    submission: bool | None = strawberry.field(
        default=UNSET, description="Whether it submits to the stores: a rejection fails it."
    )
    retries: RetriesInput | None = strawberry.field(default=UNSET, description="Automatic retries (default: none).")
    timeout_seconds: int | None = strawberry.field(default=UNSET, description="Bounds its executor.")
    callback_timeout_seconds: int | None = strawberry.field(
        default=UNSET, description="Bounds the wait for a callback."
    )


@strawberry.input(description="Stage 2: when its cycles open and what runs in each of them.")
class RegressionInput:
    cycles: list[CycleInput] = strawberry.field(description="The cycles, in the order of their times.")
    tasks: list[TaskInput] = strawberry.field(description="The tasks of every cycle.")


@strawberry.input(description="A plan: the same shape as a plan file.")
class CreateReleaseInput:
    """A plan."""

    name: str = strawberry.field(description="The release's name.")
    version: str = strawberry.field(description="The version it releases.")
    time_zone: TimeZone | None = strawberry.field(default=UNSET, description="For clock times in texts (default: UTC).")
    stores: list[Store] | None = strawberry.field(
        default=UNSET, description="The stores that review it (default: none)."
    )
    auto_trigger: AutoTriggerInput | None = strawberry.field(
        default=UNSET, description="Stages that start by themselves."
    )
    kickoff: list[TaskInput] = strawberry.field(description="The tasks of stage 1.")
    regression: RegressionInput = strawberry.field(description="Stage 2.")
    pre_release: list[TaskInput] = strawberry.field(description="The tasks of stage 3.")
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="A repeat with the same key returns the first result, marked `replayed`."
    )


@strawberry.input(description="Which releases a list shows; all conditions have to hold.")
class ReleaseFilter:
    statuses: list[ReleaseStatus] | None = strawberry.field(default=None, description="With one of these statuses.")
    phases: list[Phase] | None = strawberry.field(default=None, description="In one of these phases.")
    actions: list[Action] | None = strawberry.field(default=None, description="Offering at least one of these actions.")
    text: str | None = strawberry.field(default=None, description="With this text in name, version or id.")
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at or after this instant.")


@strawberry.input(description="The order of a list of releases.")
class ReleaseOrder:
    """An order."""

    field: OrderField = strawberry.field(description="What it is ordered by.")
    direction: OrderDirection = strawberry.field(description="Which way.")


def document_of(plan: CreateReleaseInput) -> dict[str, Any]:
    """Return an input as the document that plan files hold, what was not given left out."""
    document: dict[str, Any] = _plain(plan)
    document.pop("idempotencyKey", None)
    return document


def _plain(value: Any) -> Any:
    definition: Any = getattr(type(value), "__strawberry_definition__", None)  # enums have one as well
    if definition is not None and getattr(definition, "is_input", False):
        given = ((_key(field), getattr(value, field.python_name)) for field in definition.fields)
        return {key: _plain(item) for key, item in given if item is not UNSET and item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _key(field: Any) -> str:
    if field.graphql_name:
        return str(field.graphql_name)
    first, *others = field.python_name.split("_")
    return str(first) + "".join(part.capitalize() for part in others)
