import asyncio

import pytest
from pydantic import ValidationError

from phaseboard.engine.executors.port import Done, Failed
from phaseboard.engine.executors.simulated import SimulatedExecutor, SimulatedSettings, outcome

from .factory import job


def settings(**values: object) -> SimulatedSettings:
    return SimulatedSettings.model_validate(values)


def test_succeeds_unless_told_otherwise() -> None:
    result = outcome(job(), settings())
    assert isinstance(result, Done)
    assert result.output
    assert "Mobile 4.2.0" in result.output


def test_the_first_attempts_fail_as_told() -> None:
    kinds = [type(outcome(job(attempt=attempt), settings(failAttempts=2))) for attempt in (1, 2, 3)]
    assert kinds == [Failed, Failed, Done]


def test_the_outcome_depends_on_seed_task_and_attempt_alone() -> None:
    half = settings(failureRate=0.5)
    assert outcome(job(), half) == outcome(job(), half)
    assert outcome(job(), half) == outcome(job(idempotency_key="other"), half)
    assert len({type(outcome(job(attempt=attempt), half)) for attempt in range(1, 20)}) == 2
    assert len({type(outcome(job(task_id=f"tsk-{number}"), half)) for number in range(20)}) == 2
    assert len({type(outcome(job(), settings(failureRate=0.5, seed=seed))) for seed in range(20)}) == 2


def test_as_many_fail_as_the_rate_says() -> None:
    failed = sum(isinstance(outcome(job(attempt=n), settings(failureRate=0.2)), Failed) for n in range(1, 2001))
    assert 320 < failed < 480


@pytest.mark.parametrize(("rate", "kind"), [(0, Done), (1, Failed)])
def test_the_ends_of_the_rate_are_certain(rate: float, kind: type) -> None:
    assert {type(outcome(job(attempt=n), settings(failureRate=rate))) for n in range(1, 500)} == {kind}


async def test_takes_its_duration_divided_by_the_speed() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    await SimulatedExecutor({"PHASEBOARD_SIMULATION_SPEED": "1e6"}).execute(job(), settings(durationSeconds=50_000))
    assert clock() - began > 0.045


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast", ""])
def test_a_speed_that_is_none_is_refused_by_name(speed: str) -> None:
    with pytest.raises(ValueError, match="PHASEBOARD_SIMULATION_SPEED"):
        SimulatedExecutor({"PHASEBOARD_SIMULATION_SPEED": speed})


@pytest.mark.parametrize(
    "wrong",
    [
        {"durationSeconds": -1},
        {"durationSeconds": 86_401},
        {"durationSeconds": float("nan")},
        {"failureRate": 1.1},
        {"failAttempts": -1},
        {"failAttempts": True},
        {"seed": "1"},
        {"duration_seconds": 1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
