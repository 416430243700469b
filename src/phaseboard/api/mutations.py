"""Mutations: one for each action of the guide, and the reports that come from outside."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from phaseboard.api.context import Context, Info
from phaseboard.api.inputs import (
    CreateReleaseInput,
    ReleaseActionInput,
    ReportStoreReviewInput,
    ReportTaskResultInput,
    TaskActionInput,
    document_of,
)
from phaseboard.api.payloads import ActionPayload, payload
from phaseboard.api.text_limits import KEY_LIMIT, MESSAGE_LIMIT, REASON_LIMIT, check_report, check_texts
from phaseboard.domain.commands import Complete, Perform, Report, Review
from phaseboard.domain.enums import Action
from phaseboard.engine.outcome import Outcome
from phaseboard.engine.use_cases import Condition
from phaseboard.plans.check import parse_plan

ReleaseInput = Annotated[ReleaseActionInput, strawberry.argument(name="input", description="The release, and why.")]
TaskInput = Annotated[TaskActionInput, strawberry.argument(name="input", description="The task, and why.")]
"""The argument of the actions."""


@strawberry.type(description="Everything that changes a release. Each answers null only when the server is at fault.")
class Mutation:
    """The root of mutations."""

    @strawberry.mutation(description="Create a release from a plan; it waits for START.")
    async def create_release(
        self,
        info: Info,
        given: Annotated[CreateReleaseInput, strawberry.argument(name="input", description="The plan.")],
    ) -> ActionPayload | None:
        """Create a release."""
        return await payload(_create(info.context, given))

    @strawberry.mutation(description="START: begin stage 1.")
    async def start_release(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.START))

    @strawberry.mutation(description="PAUSE: start nothing new; what is running finishes.")
    async def pause_release(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.PAUSE))

    @strawberry.mutation(description="RESUME: run on after a pause by a person.")
    async def resume_release(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.RESUME))

    @strawberry.mutation(name="triggerStage2", description="TRIGGER_STAGE_2: begin regression.")
    async def trigger_stage_2(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.TRIGGER_STAGE_2))

    @strawberry.mutation(name="triggerStage3", description="TRIGGER_STAGE_3: begin pre-release.")
    async def trigger_stage_3(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.TRIGGER_STAGE_3))

    @strawberry.mutation(description="RETRY_TASK: run a failed task again, in a new attempt.")
    async def retry_task(self, info: Info, given: TaskInput) -> ActionPayload | None:
        return await payload(_perform_on_task(info.context, given, Action.RETRY_TASK))

    @strawberry.mutation(description="SKIP_TASK: go on as if a failed task had been settled.")
    async def skip_task(self, info: Info, given: TaskInput) -> ActionPayload | None:
        return await payload(_perform_on_task(info.context, given, Action.SKIP_TASK))

    @strawberry.mutation(description="ABANDON_CYCLE: give up the running regression cycle.")
    async def abandon_cycle(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.ABANDON_CYCLE))

    @strawberry.mutation(description="SKIP_REMAINING_CYCLES: drop the cycles still scheduled; stage 2 completes.")
    async def skip_remaining_cycles(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.SKIP_REMAINING_CYCLES))

    @strawberry.mutation(description="ARCHIVE: cancel the release, for good.")
    async def archive_release(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        return await payload(_perform(info.context, given, Action.ARCHIVE))

    @strawberry.mutation(description="Report how an attempt at a task ended: for CI systems, and for manual tasks.")
    async def report_task_result(
        self,
        info: Info,
        given: Annotated[ReportTaskResultInput, strawberry.argument(name="input", description="The report.")],
    ) -> ActionPayload | None:
        """Record a task's result."""
        return await payload(_report(info.context, given))

    @strawberry.mutation(description="Report a store's verdict on a submitted release.")
    async def report_store_review(
        self,
        info: Info,
        given: Annotated[ReportStoreReviewInput, strawberry.argument(name="input", description="The verdict.")],
    ) -> ActionPayload | None:
        """Record a store's verdict."""
        return await payload(_review(info.context, given))

    @strawberry.mutation(description="Declare a submitted release whose plan names no stores released.")
    async def complete_release(self, info: Info, given: ReleaseInput) -> ActionPayload | None:
        """Complete a release without stores."""
        return await payload(_complete(info.context, given))


async def _create(context: Context, given: CreateReleaseInput) -> Outcome:
    key = None if given.idempotency_key is UNSET else given.idempotency_key
    check_texts({"idempotencyKey": (key, KEY_LIMIT)})
    plan = parse_plan(document_of(given), context.services.catalog)
    return await context.services.use_cases.create(plan, context.actor, Condition(idempotency_key=key))


async def _perform(context: Context, given: ReleaseActionInput, action: Action) -> Outcome:
    condition = _condition(given)
    command = Perform(action=action, reason=given.reason)
    return await context.services.use_cases.perform(given.release_id, command, context.actor, condition)


async def _perform_on_task(context: Context, given: TaskActionInput, action: Action) -> Outcome:
    condition = _condition(given)
    command = Perform(action=action, task_id=given.task_id, reason=given.reason)
    return await context.services.use_cases.perform_on_task(given.task_id, command, context.actor, condition)


async def _complete(context: Context, given: ReleaseActionInput) -> Outcome:
    condition = _condition(given)
    command = Complete(reason=given.reason)
    return await context.services.use_cases.complete(given.release_id, command, context.actor, condition)


async def _report(context: Context, given: ReportTaskResultInput) -> Outcome:
    check_report(given.external_url, given.message)
    command = Report(
        task_id=given.task_id,
        attempt=given.attempt,
        outcome=given.outcome,
        external_url=given.external_url,
        message=given.message,
    )
    return await context.services.use_cases.report(command, context.actor)


async def _review(context: Context, given: ReportStoreReviewInput) -> Outcome:
    check_texts({"message": (given.message, MESSAGE_LIMIT)})
    command = Review(store=given.store, decision=given.decision, message=given.message)
    return await context.services.use_cases.review(given.release_id, command, context.actor)


def _condition(given: ReleaseActionInput | TaskActionInput) -> Condition:
    check_texts({"reason": (given.reason, REASON_LIMIT), "idempotencyKey": (given.idempotency_key, KEY_LIMIT)})
    return Condition(expected_revision=given.expected_revision, idempotency_key=given.idempotency_key)
