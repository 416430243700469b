from datetime import timedelta

from phaseboard.engine.executors.manual import ManualExecutor, ManualSettings
from phaseboard.engine.executors.port import AwaitingCallback

from .factory import job


async def test_waits_for_a_person_and_shows_the_instructions() -> None:
    settings = ManualSettings.model_validate({"instructions": "Sign off RC1."})
    assert await ManualExecutor({}).execute(job(), settings) == AwaitingCallback(output="Sign off RC1.")


async def test_needs_no_instructions() -> None:
    assert await ManualExecutor({}).execute(job(), ManualSettings()) == AwaitingCallback()


def test_a_person_has_thirty_days() -> None:
    assert ManualExecutor.callback_timeout == timedelta(days=30)
