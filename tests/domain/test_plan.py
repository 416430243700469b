"""What a plan answers: waits between retries, cycle times, the task that submits (rules 4.5, 5.2, 6)."""

from datetime import timedelta

import pytest

from phaseboard.domain.enums import Phase, Stage
from phaseboard.domain.plan import LONGEST_WAIT, CycleSpec, Retries
from tests.factory import NOW, Walk, at, make_plan, make_task


@pytest.mark.parametrize(
    ("delay", "backoff", "seconds"),
    [
        (10, 2.0, (10, 20, 40, 80)),
        (10, 1.0, (10, 10, 10, 10)),
        (0, 2.0, (0, 0, 0, 0)),
        (1, 1.3333, (1, 1.333, 1.778, 2.37)),  # to the millisecond
        (3600, 10.0, (3600, 36000, 86400, 86400)),  # no longer than a day
        (100_000, 2.0, (100_000, 100_000, 100_000, 100_000)),  # unless the plain delay is longer
    ],
)
def test_retries_wait_longer_each_time(delay: int, backoff: float, seconds: tuple[float, ...]) -> None:
    retries = Retries(count=4, delay=timedelta(seconds=delay), backoff=backoff)
    waits = [retries.wait_before(retry) for retry in (1, 2, 3, 4)]
    assert waits == [timedelta(milliseconds=round(1000 * wait)) for wait in seconds]


def test_no_number_of_retries_is_too_large() -> None:
    assert Retries(count=10_000, backoff=2.0).wait_before(10_000) == LONGEST_WAIT


def test_a_cycle_opens_at_an_instant_or_some_time_after_the_trigger() -> None:
    assert CycleSpec(scheduled_at=at(8)).opens_at(NOW) == at(8)
    assert CycleSpec(after=timedelta(minutes=5)).opens_at(NOW) == NOW + timedelta(minutes=5)
    assert CycleSpec().opens_at(NOW) == NOW


@pytest.mark.parametrize(("marked", "name"), [((), "c"), (("a",), "a"), (("b",), "b")])
def test_the_submission_is_the_task_marked_else_the_last(marked: tuple[str, ...], name: str) -> None:
    tasks = tuple(make_task(task, submission=task in marked) for task in ("a", "b", "c"))
    assert make_plan(pre_release=tasks).submission.name == name


@pytest.mark.parametrize(
    ("stage", "names"),
    [(Stage.STAGE_1, ["branch", "announce"]), (Stage.STAGE_2, ["build", "test"]), (Stage.STAGE_3, ["sign", "submit"])],
)
def test_each_stage_has_its_tasks(stage: Stage, names: list[str]) -> None:
    assert [task.name for task in make_plan().tasks_of(stage)] == names


@pytest.mark.parametrize(
    ("phase", "hour"),
    [
        (Phase.NOT_STARTED, 12),
        (Phase.AWAITING_REGRESSION, 12),
        (Phase.REGRESSION_AWAITING_NEXT_CYCLE, 12),
        (Phase.REGRESSION_CYCLE_RUNNING, 14),
        (Phase.AWAITING_POST_REGRESSION, None),
        (Phase.COMPLETED, None),
    ],
)
def test_when_the_next_cycle_is_due(phase: Phase, hour: int | None) -> None:
    assert Walk().to(phase).release.next_cycle_at == (hour and at(hour))


def test_a_cycle_relative_to_the_trigger_has_no_time_before_it() -> None:
    walk = Walk(make_plan(cycles=(CycleSpec(after=timedelta(hours=1)),)))
    assert walk.release.next_cycle_at is None
    assert walk.to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).release.next_cycle_at == NOW + timedelta(hours=1)
