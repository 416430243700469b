"""Callbacks: accepted, or each answered clearly and changing nothing (rules 5.5)."""

from collections.abc import Callable

import pytest

from phaseboard.domain.commands import Report
from phaseboard.domain.enums import Action, Phase, TaskOutcome, TaskStatus
from phaseboard.domain.errors import InvalidTarget, LeaseLost, ReportAnswer, ResultRefused
from phaseboard.domain.plan import Retries
from tests.factory import FAILED, SUCCEEDED, Walk, make_plan, make_task


def started() -> Walk:
    plan = make_plan(kickoff=(make_task("branch", retries=Retries(count=1)), make_task("announce", "branch")))
    return Walk(plan).do(Action.START)


def running() -> Walk:
    return started().claim("branch")


def parked() -> Walk:
    return running().park("branch")


def reported(outcome: TaskOutcome) -> Callable[[], Walk]:
    return lambda: parked().report("branch", outcome)


def failed() -> Walk:
    return reported(FAILED)().wait(minutes=1).run("branch", outcome=FAILED)


def timed_out() -> Walk:
    return failed().do(Action.RETRY_TASK, task="branch").claim("branch").park("branch").tick()


def abandoned() -> Walk:
    walk = Walk(make_plan(regression=(make_task("branch"),))).to(Phase.REGRESSION_CYCLE_RUNNING)
    return walk.claim("branch").park("branch").do(Action.ABANDON_CYCLE)


def archived() -> Walk:
    return parked().do(Action.PAUSE, Action.ARCHIVE)


@pytest.mark.parametrize("way", [running, parked])
@pytest.mark.parametrize("outcome", TaskOutcome)
def test_a_report_is_accepted_before_and_after_the_task_is_parked(
    way: Callable[[], Walk], outcome: TaskOutcome
) -> None:
    walk = way().report("branch", outcome)
    task = walk.task("branch")
    assert task.attempts[0].outcome is outcome
    assert task.status is (TaskStatus.COMPLETED if outcome is SUCCEEDED else TaskStatus.PENDING)
    assert task.deadline is None


def test_a_report_that_came_first_ends_the_lease() -> None:
    walk = running().report("branch")
    for late in (walk.finish, walk.park):
        with pytest.raises(LeaseLost):
            late("branch")


def test_a_report_carries_where_to_look_and_why() -> None:
    walk = parked()
    walk.send(
        Report(
            task_id=walk.task("branch").id, attempt=1, outcome=FAILED, external_url="https://ci.example", message="red"
        )
    )
    last = walk.task("branch").attempts[0]
    assert (last.external_url, last.failure_reason) == ("https://ci.example", "red")


@pytest.mark.parametrize(
    ("way", "attempt", "outcome", "answer", "message"),
    [
        (reported(SUCCEEDED), 1, SUCCEEDED, "DUPLICATE", "Attempt 1 has already SUCCEEDED."),
        (reported(FAILED), 1, FAILED, "DUPLICATE", "Attempt 1 has already FAILED."),
        (reported(SUCCEEDED), 1, FAILED, "CONTRADICTION", "Attempt 1 has already ended otherwise"),
        (failed, 2, SUCCEEDED, "CONTRADICTION", "Attempt 2 has already ended otherwise"),
        (timed_out, 3, FAILED, "DUPLICATE", "Attempt 3 has already FAILED."),
        (reported(FAILED), 1, SUCCEEDED, "OLD_ATTEMPT", "Attempt 1 is over; attempt 2 is the current one."),
        (failed, 1, SUCCEEDED, "OLD_ATTEMPT", "Attempt 1 is over; attempt 2 is the current one."),
        (started, 1, SUCCEEDED, "NOT_RUNNING", "Attempt 1 has not started; the task is PENDING."),
        (reported(FAILED), 2, SUCCEEDED, "NOT_RUNNING", "Attempt 2 has not started; the task is PENDING."),
        (parked, 2, SUCCEEDED, "NOT_RUNNING", "Attempt 2 has not started; the task is AWAITING_CALLBACK."),
        (abandoned, 1, SUCCEEDED, "SETTLED", "The task is SKIPPED already; the report changes nothing."),
        (reported(SUCCEEDED), 2, SUCCEEDED, "SETTLED", "The task is COMPLETED already"),
        (archived, 1, SUCCEEDED, "ARCHIVED", "Release rel-123 is archived; the report changes nothing."),
    ],
)
def test_a_report_that_comes_too_late_is_answered_and_changes_nothing(
    way: Callable[[], Walk], attempt: int, outcome: TaskOutcome, answer: str, message: str
) -> None:
    walk = way()
    before, recorded = walk.release, len(walk.events)
    with pytest.raises(ResultRefused, match=message) as refusal:
        walk.report("branch", outcome, attempt=attempt)
    assert refusal.value.answer is ReportAnswer(answer)
    assert (walk.release, len(walk.events)) == (before, recorded)


def test_a_report_on_a_task_of_another_release() -> None:
    with pytest.raises(InvalidTarget, match="rel-123 has no task tsk-9-1"):
        parked().send(Report(task_id="tsk-9-1", attempt=1, outcome=SUCCEEDED))


def test_a_report_is_recorded_while_the_release_is_paused() -> None:
    walk = parked().do(Action.PAUSE).report("branch")
    assert (walk.task("branch").status, walk.phase) == (TaskStatus.COMPLETED, Phase.PAUSED_BY_USER)
