"""What every executor has to keep to. A plug-in proves it with a subclass of `ExecutorConformance`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from phaseboard.engine.executors.port import AwaitingCallback, Done, Executor, Failed

from .factory import SECRET, job


@dataclass
class Case:
    """An executor, settings under which it ends by itself, and settings under which it does not until it is cancelled.

    `begun` returns when the long attempt has reached the outside, with what waits until the outside sees it gone.
    """

    executor: Executor
    short: dict[str, Any]
    long: dict[str, Any]
    begun: Callable[[], Awaitable[Callable[[], Awaitable[object]]]]

    def model(self, settings: dict[str, Any]) -> BaseModel:
        return self.executor.settings.model_validate(settings)


class ExecutorConformance:
    """Subclasses offer the fixture `case`."""

    async def test_ends_with_a_result(self, case: Case) -> None:
        result = await case.executor.execute(job(), case.model(case.short))
        assert isinstance(result, Done | AwaitingCallback)
        assert SECRET not in repr(result)

    async def test_runs_several_jobs_side_by_side(self, case: Case) -> None:
        jobs = [job(task_id=f"tsk-{number}", idempotency_key=f"idem-{number}") for number in range(5)]
        results = await asyncio.gather(*(case.executor.execute(each, case.model(case.short)) for each in jobs))
        assert not any(isinstance(result, Failed) for result in results)

    async def test_is_cancelled_and_leaves_nothing_behind(self, case: Case) -> None:
        await case.executor.execute(job(), case.model(case.short))
        before, handles = asyncio.all_tasks(), open_handles()
        attempt = asyncio.create_task(case.executor.execute(job(), case.model(case.long)))
        gone = await case.begun()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(attempt, 5)
        await asyncio.wait_for(gone(), 5)
        assert asyncio.all_tasks() - before == set()
        assert open_handles() <= handles

    async def test_works_after_a_cancelled_attempt(self, case: Case) -> None:
        attempt = asyncio.create_task(case.executor.execute(job(), case.model(case.long)))
        gone = await case.begun()
        attempt.cancel()
        await asyncio.wait([attempt])
        await gone()
        assert not isinstance(await case.executor.execute(job(attempt=2), case.model(case.short)), Failed)

    async def test_closes(self, case: Case) -> None:
        await case.executor.close()

    def test_waits_for_callbacks_for_a_while(self, case: Case) -> None:
        assert case.executor.callback_timeout > timedelta()

    def test_refuses_unknown_settings(self, case: Case) -> None:
        with pytest.raises(ValidationError, match="noSuchSetting"):
            case.model(case.short | {"noSuchSetting": 1})

    def test_takes_its_settings_as_plans_write_them(self, case: Case) -> None:
        for settings in (case.short, case.long):
            case.model(settings)

    def test_describes_its_settings_for_editors(self, case: Case) -> None:
        schema = case.executor.settings.model_json_schema()
        assert schema["additionalProperties"] is False
        assert schema["description"]
        for name, setting in schema["properties"].items():
            assert setting.get("description"), name
            assert "_" not in name


def open_handles() -> int:
    return len(list(Path("/dev/fd").iterdir()))
