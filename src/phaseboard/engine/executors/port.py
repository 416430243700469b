"""The interface of an executor, built in or plugged in through the entry point group `phaseboard.executors`.

An entry point names a class that is built with the server's environment variables (`Executor(environ)`); its name is
what plans write under `executor`. An executor keeps no state of a task: a task may be handed out again to another
process after a crash, with the same idempotency key, and the outside system has to tell by that key what it has begun.

Whatever `execute` raises counts as Failed with the message of the exception. It is cancelled when the task's `timeout`
has passed, when its lease is lost, when the task was skipped or the release archived, and when the server stops.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt at a task, as an executor gets it.

    `idempotency_key` is the same over all attempts of one try. `callback_url` and `callback_secret` are what an outside
    system needs to report by `POST` (header `Phaseboard-Secret`); the secret must not be logged.
    """

    release_id: str
    release_name: str
    release_version: str
    task_id: str
    task_name: str
    cycle_tag: str | None
    attempt: int
    idempotency_key: str
    callback_url: str
    callback_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The task succeeded."""

    external_url: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The attempt failed, for the reason that `message` gives; retries of the plan apply."""

    message: str
    external_url: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitingCallback:
    """An outside system has taken the task over and will report."""

    external_url: str | None = None
    output: str | None = None


Result = Done | Failed | AwaitingCallback


class Executor(Protocol):
    """Runs tasks. `settings` is the model of what plans write under `with`."""

    settings: ClassVar[type[BaseModel]]
    callback_timeout: ClassVar[timedelta]

    def __init__(self, environ: Mapping[str, str]) -> None: ...

    async def execute(self, job: Job, settings: Any) -> Result:
        """Run one attempt. `settings` is an instance of the settings model, templates rendered."""
        ...

    async def close(self) -> None:
        """Let go of what the executor holds; called once when the server stops."""
        ...
