"""How tasks run and end: rules 5.1 to 5.4."""

from datetime import timedelta

import pytest

from phaseboard.domain.commands import AwaitCallback, Claim, Command, Finish
from phaseboard.domain.enums import Action, Phase, TaskOutcome, TaskStatus
from phaseboard.domain.errors import InvalidTarget, LeaseLost, NotClaimable
from phaseboard.domain.plan import Plan, Retries, TaskSpec
from phaseboard.domain.tasks import AT_ONCE, MAX_CLAIMS, ready_times, startable
from phaseboard.domain.transitions import next_due
from tests.factory import FAILED, NOW, SUCCEEDED, Walk, make_plan, make_task


def kickoff(*specs: TaskSpec) -> Walk:
    return Walk(make_plan(kickoff=specs)).do(Action.START)


def ready(walk: Walk) -> list[str]:
    return [task.spec.name for task in startable(walk.release)]


def retried(count: int = 1, **changes: float) -> Walk:
    retries = Retries(count=count, delay=timedelta(seconds=10), backoff=changes.get("backoff", 2.0))
    return kickoff(make_task("branch", retries=retries))


# 5.1 what may start


def test_a_task_waits_until_all_it_needs_is_settled() -> None:
    walk = kickoff(make_task("one"), make_task("two"), make_task("both", "one", "two"))
    assert ready(walk) == ["one", "two"]
    assert ready(walk.run("one")) == ["two"]
    assert ready(walk.run("two")) == ["both"]


@pytest.mark.parametrize("status", [TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK])
def test_a_task_that_runs_settles_nothing(status: TaskStatus) -> None:
    walk = kickoff(make_task("one"), make_task("two", "one")).claim("one")
    if status is TaskStatus.AWAITING_CALLBACK:
        walk.park("one")
    assert (walk.task("one").status, ready(walk)) == (status, [])


def test_a_failed_task_that_is_not_critical_satisfies_what_needs_it() -> None:
    walk = kickoff(make_task("one", critical=False), make_task("two", "one"))
    assert ready(walk.run("one", outcome=FAILED)) == ["two"]


def test_nothing_starts_before_its_time() -> None:
    walk = kickoff(make_task("one"), make_task("two", "one"))
    with pytest.raises(NotClaimable, match='Task "two" of rel-123 is PENDING'):
        walk.claim("two")


@pytest.mark.parametrize("phase", [Phase.NOT_STARTED, Phase.AWAITING_REGRESSION, Phase.REGRESSION_CYCLE_STARTING])
def test_nothing_starts_where_no_stage_or_cycle_runs(phase: Phase) -> None:
    assert startable(Walk().to(phase).release) == ()


def test_needs_are_those_of_the_own_cycle() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).run_all().tick().tick()
    assert ready(walk) == ["build"]


def test_a_task_that_is_not_of_the_release_is_not_claimed() -> None:
    with pytest.raises(InvalidTarget, match="rel-123 has no task tsk-9-1"):
        Walk().do(Action.START).send(Claim(task_id="tsk-9-1"))


# 5.2 attempts, retries, timeouts


def test_a_claim_hands_the_task_out_and_records_the_attempt() -> None:
    task = Walk().do(Action.START).claim("branch").task("branch")
    assert (task.status, task.claims, task.lease_token) == (TaskStatus.IN_PROGRESS, 1, 1)
    assert [(attempt.number, attempt.started_at, attempt.outcome) for attempt in task.attempts] == [(1, NOW, None)]


def test_a_result_ends_the_task_and_its_attempt() -> None:
    walk = Walk().do(Action.START).claim("branch").wait(minutes=1)
    task = walk.task("branch")
    walk.send(
        Finish(task_id=task.id, token=1, outcome=SUCCEEDED, external_url="https://ci.example/1", output="done"),
    )
    task, last = walk.task("branch"), walk.task("branch").last
    assert last is not None
    assert (task.status, task.finished_at, last.finished_at) == (TaskStatus.COMPLETED, walk.now, walk.now)
    assert (last.outcome, last.external_url, last.output) == (SUCCEEDED, "https://ci.example/1", "done")
    assert last.failure_reason is None


def test_a_failure_is_kept_with_its_reason() -> None:
    last = Walk().do(Action.START).claim("branch").finish("branch", FAILED, "no rights").task("branch").last
    assert last is not None
    assert (last.outcome, last.failure_reason) == (FAILED, "no rights")


def test_retries_happen_before_a_task_is_called_failed() -> None:
    walk = retried(2)
    for waited in (10, 20):
        task = walk.run("branch", outcome=FAILED).task("branch")
        assert (task.status, task.finished_at) == (TaskStatus.PENDING, None)
        assert task.not_before == walk.now + timedelta(seconds=waited)
        walk.wait(seconds=waited)
    assert walk.phase is Phase.KICKOFF
    walk.run("branch", outcome=FAILED)
    assert (walk.task("branch").status, walk.phase) == (TaskStatus.FAILED, Phase.PAUSED_BY_FAILURE)
    assert [attempt.number for attempt in walk.task("branch").attempts] == [1, 2, 3]


def test_all_attempts_of_one_try_share_their_idempotency_key() -> None:
    walk = retried().claim("branch")
    key = walk.task("branch").idempotency_key
    assert walk.finish("branch", FAILED).wait(seconds=10).claim("branch").task("branch").idempotency_key == key


def test_a_retry_waits_for_its_time() -> None:
    walk = retried().run("branch", outcome=FAILED).wait(seconds=9, milliseconds=999)
    assert ready_times(walk.release) == {walk.task("branch").id: walk.now + timedelta(milliseconds=1)}
    with pytest.raises(NotClaimable):
        walk.claim("branch")
    task = walk.wait(milliseconds=1).claim("branch").task("branch")
    assert (task.status, task.attempt, task.not_before) == (TaskStatus.IN_PROGRESS, 2, None)


def test_a_task_ready_for_its_first_attempt_is_ready_at_any_time() -> None:
    walk = retried()
    assert ready_times(walk.release) == {walk.task("branch").id: AT_ONCE}


def test_a_failed_task_never_runs_again_by_itself() -> None:
    walk = Walk().to(Phase.PAUSED_BY_FAILURE)
    assert next_due(walk.release) is None
    with pytest.raises(NotClaimable):
        walk.claim("branch")


def callback_plan(**changes: object) -> Plan:
    return make_plan(kickoff=(make_task("branch", callback_timeout=timedelta(hours=2), **changes),))


def test_a_parked_task_waits_for_its_callback_until_the_deadline() -> None:
    walk = Walk(callback_plan()).do(Action.START).claim("branch")
    walk.send(AwaitCallback(task_id="tsk-123-1", token=1, external_url="https://ci.example/1", output="queued"))
    task = walk.task("branch")
    assert (task.status, task.deadline) == (TaskStatus.AWAITING_CALLBACK, NOW + timedelta(hours=2))
    assert task.last is not None
    assert (task.last.external_url, task.last.output) == ("https://ci.example/1", "queued")
    assert next_due(walk.release) == task.deadline


def test_a_callback_that_never_comes_fails_the_task_with_the_reason() -> None:
    walk = Walk(callback_plan()).do(Action.START).claim("branch").park("branch").tick()
    task = walk.task("branch")
    assert task.last is not None
    assert (task.status, task.last.failure_reason) == (TaskStatus.FAILED, "No callback came within 2:00:00.")
    assert (task.deadline, walk.phase) == (None, Phase.PAUSED_BY_FAILURE)


def test_a_callback_that_never_comes_is_retried_first() -> None:
    plan = callback_plan(retries=Retries(count=1))
    walk = Walk(plan).do(Action.START).claim("branch").park("branch").tick()
    assert (walk.task("branch").status, walk.phase, next_due(walk.release)) == ("PENDING", Phase.KICKOFF, None)


# 5.4 leases


def test_each_claim_gives_out_a_higher_token() -> None:
    walk = retried().claim("branch").claim("branch")
    assert (walk.task("branch").lease_token, walk.task("branch").claims) == (2, 2)
    walk.finish("branch", FAILED).wait(seconds=10).claim("branch")
    assert (walk.task("branch").lease_token, walk.task("branch").claims) == (3, 1)


def test_a_lease_taken_up_again_is_the_same_attempt() -> None:
    task = retried().claim("branch").wait(minutes=1).claim("branch").task("branch")
    assert [(attempt.number, attempt.started_at) for attempt in task.attempts] == [(1, NOW)]


@pytest.mark.parametrize("token", [0, 1, 3])
def test_a_write_under_another_lease_changes_nothing(token: int) -> None:
    walk = Walk().do(Action.START).claim("branch").claim("branch")
    task = walk.task("branch")
    commands: list[Command] = [
        Finish(task_id=task.id, token=token, outcome=TaskOutcome.SUCCEEDED),
        AwaitCallback(task_id=task.id, token=token),
    ]
    for command in commands:
        with pytest.raises(LeaseLost, match=f'Lease {token} on task "branch" of rel-123 is not held any more'):
            walk.send(command)


def test_a_lease_ends_with_the_result() -> None:
    walk = Walk().do(Action.START).run("branch")
    with pytest.raises(LeaseLost):
        walk.finish("branch")


def test_a_lease_ends_when_the_task_is_parked() -> None:
    walk = Walk().do(Action.START).claim("branch").park("branch")
    with pytest.raises(LeaseLost):
        walk.finish("branch")
    with pytest.raises(NotClaimable):
        walk.claim("branch")


def test_a_task_that_ends_its_process_each_time_fails_in_the_end() -> None:
    walk = Walk().do(Action.START).claim(*["branch"] * MAX_CLAIMS)
    assert walk.task("branch").status is TaskStatus.IN_PROGRESS
    task = walk.claim("branch").task("branch")
    assert task.last is not None
    assert task.last.failure_reason == ("Handed out 5 times without a result: the process running it ended each time.")
    assert (task.status, walk.phase) == (TaskStatus.FAILED, Phase.PAUSED_BY_FAILURE)
    with pytest.raises(LeaseLost):
        walk.finish("branch")


def test_the_claims_are_counted_anew_for_each_attempt() -> None:
    walk = retried().claim(*["branch"] * (MAX_CLAIMS + 1))
    assert walk.task("branch").status is TaskStatus.PENDING
    assert walk.wait(seconds=10).claim(*["branch"] * MAX_CLAIMS).task("branch").status is TaskStatus.IN_PROGRESS
    assert walk.claim("branch").phase is Phase.PAUSED_BY_FAILURE
