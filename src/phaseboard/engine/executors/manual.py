"""The executor for what people do: the task waits until somebody reports it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, Field

from phaseboard.engine.executors.port import AwaitingCallback, Job, Result
from phaseboard.engine.executors.settings import ExecutorSettings


class ManualSettings(ExecutorSettings):
    """Settings of `executor: manual`."""

    instructions: str | None = Field(default=None, max_length=16_000, description="What the person has to do.")


class ManualExecutor:
    """Hands the task to a person: it is AWAITING_CALLBACK until `reportTaskResult` says how it ended."""

    settings: ClassVar[type[BaseModel]] = ManualSettings
    callback_timeout: ClassVar[timedelta] = timedelta(days=30)

    def __init__(self, environ: Mapping[str, str]) -> None:
        pass

    async def execute(self, job: Job, settings: ManualSettings) -> Result:  # noqa: ARG002 - the port's signature
        """Hand the task over at once, the instructions as its output."""
        return AwaitingCallback(output=settings.instructions)

    async def close(self) -> None:
        """There is nothing to let go of."""
