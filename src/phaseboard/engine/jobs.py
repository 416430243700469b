"""From a claimed task to what its executor gets, and from what it returns to a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from phaseboard.domain.commands import AwaitCallback, Finish
from phaseboard.domain.cycle import tag_of
from phaseboard.domain.enums import TaskOutcome
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.engine.executors.port import AwaitingCallback, Done, Executor, Failed, Job, Result
from phaseboard.engine.secrets import callback_secret
from phaseboard.engine.steps import Claimed
from phaseboard.plans.problems import format_path
from phaseboard.plans.templates import render
from phaseboard.plans.translation import problems_of

MESSAGE_LIMIT = 2_000
URL_LIMIT = 2_000
OUTPUT_LIMIT = 16_384


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an executor is called with."""

    job: Job
    settings: Any


def prepare(claimed: Claimed, executor: Executor, public_url: str) -> Prepared:
    """Return the job and its settings, templates rendered. Raises ValueError with what is wrong with the settings."""
    task = claimed.task
    job = job_for(claimed.release, task, task.attempt, public_url)
    rendered = render(task.spec.settings, variables(job))
    try:
        return Prepared(job, executor.settings.model_validate(rendered))
    except ValidationError as error:
        problems = problems_of(error, executor.settings, rendered, ("with",))
        faults = "; ".join(f"{format_path(problem.path)}: {problem.message}" for problem in problems)
        raise ValueError(f"The settings of the task do not fit its executor: {faults}") from None


def job_for(release: Release, task: Task, attempt: int, public_url: str) -> Job:
    """Return an attempt at a task as its executor gets it."""
    return Job(
        release_id=release.id,
        release_name=release.plan.name,
        release_version=release.plan.version,
        task_id=task.id,
        task_name=task.spec.name,
        cycle_tag=tag_of(task.cycle) if task.cycle else None,
        attempt=attempt,
        idempotency_key=task.idempotency_key,
        callback_url=f"{public_url}/callbacks/{task.id}/{attempt}",
        callback_secret=callback_secret(release.secret, task.id, attempt),
    )


def variables(job: Job) -> Mapping[str, Mapping[str, Any]]:
    """Return what templates in settings may refer to."""
    return {
        "release": {"id": job.release_id, "name": job.release_name, "version": job.release_version},
        "cycle": {"tag": job.cycle_tag} if job.cycle_tag else {},
        "task": {"id": job.task_id, "name": job.task_name, "attempt": job.attempt},
        "callback": {"url": job.callback_url},
    }


def command_for(claimed: Claimed, result: Result) -> AwaitCallback | Finish:
    """Return the command that records a result, its texts bounded."""
    task = claimed.task
    url, output = _url(result.external_url), _tail(result.output)
    match result:
        case AwaitingCallback():
            return AwaitCallback(task_id=task.id, token=task.lease_token, external_url=url, output=output)
        case Done():
            outcome, message = TaskOutcome.SUCCEEDED, None
        case Failed():
            outcome, message = TaskOutcome.FAILED, result.message[:MESSAGE_LIMIT] or "Failed without a message."
    return Finish(
        task_id=task.id,
        token=task.lease_token,
        outcome=outcome,
        message=message,
        external_url=url,
        output=output,
    )


def _url(url: str | None) -> str | None:
    usable = url is not None and len(url) <= URL_LIMIT and url.startswith(("http://", "https://"))
    return url if usable else None


def _tail(output: str | None) -> str | None:
    return output[-OUTPUT_LIMIT:] if output else None
