"""The executor of demonstrations and tests: it takes its time, then succeeds or fails, always the same way."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel, Field

from phaseboard.engine.executors.port import Done, Failed, Job, Result
from phaseboard.engine.executors.settings import ExecutorSettings

SPEED = "PHASEBOARD_SIMULATION_SPEED"
_CAUSES = (
    "the build agent ran out of disk space",
    "3 of 148 checks failed",
    "the artefact store did not answer",
    "the signing service refused the request",
)


class SimulatedSettings(ExecutorSettings):
    """Settings of `executor: simulated`."""

    duration_seconds: float = Field(
        default=1, ge=0, le=86_400, allow_inf_nan=False, description="How long an attempt takes at speed 1."
    )
    failure_rate: float = Field(
        default=0, ge=0, le=1, allow_inf_nan=False, description="The share of attempts that fail, from 0 to 1."
    )
    fail_attempts: int = Field(default=0, ge=0, description="How many attempts fail before any may succeed.")
    seed: int = Field(default=0, description="Another seed, another set of attempts that fail.")


class SimulatedExecutor:
    """Waits, then ends as seed, task and attempt decide. `PHASEBOARD_SIMULATION_SPEED` divides every duration."""

    settings: ClassVar[type[BaseModel]] = SimulatedSettings
    callback_timeout: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, environ: Mapping[str, str], sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._speed = _speed(environ.get(SPEED, "1"))

    async def execute(self, job: Job, settings: SimulatedSettings) -> Result:
        """Take the time, then answer."""
        await self._sleep(settings.duration_seconds / self._speed)
        return outcome(job, settings)

    async def close(self) -> None:
        """There is nothing to let go of."""


def outcome(job: Job, settings: SimulatedSettings) -> Result:
    """Return how the attempt ends: a function of its arguments alone."""
    digest = sha256(f"{settings.seed}/{job.task_id}/{job.attempt}".encode()).digest()
    begun = f"{job.task_name}: {job.release_name} {job.release_version}, attempt {job.attempt}\n"
    if job.attempt <= settings.fail_attempts or _fraction(digest) < settings.failure_rate:
        cause = _CAUSES[digest[-1] % len(_CAUSES)]
        return Failed(message=f"Simulated failure: {cause}.", output=f"{begun}error: {cause}\n")
    steps = 20 + digest[-1]
    return Done(output=f"{begun}{steps} of {steps} steps passed\ndone\n")


def _fraction(digest: bytes) -> float:
    return int.from_bytes(digest[:6]) / 2**48


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise ValueError(f"{SPEED} must be a number above 0, found {text!r}.")
    return speed
