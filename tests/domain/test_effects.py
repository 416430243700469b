"""What each action does: rules 3.3, 3.4, 3.5."""

from collections.abc import Callable

import pytest

from phaseboard.domain.commands import Claim, Perform
from phaseboard.domain.enums import (
    Action,
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    StageStatus,
    TaskStatus,
)
from phaseboard.domain.errors import InvalidTarget, LeaseLost, NotClaimable
from phaseboard.domain.plan import CycleSpec, Plan, Retries
from phaseboard.domain.transitions import advance, decide, next_due
from tests.factory import FAILED, NOW, Walk, at, make_plan, make_task

PENDING, GOING, COMPLETED = StageStatus


def side_by_side(**changes: bool) -> Plan:
    """Return a plan whose kickoff tasks run side by side; `changes` are those of the second one."""
    return make_plan(kickoff=(make_task("branch"), make_task("announce", **changes)))


def statuses(walk: Walk, *names: str) -> list[TaskStatus]:
    return [walk.task(name).status for name in names]


def test_start_sets_release_and_stage_1_going() -> None:
    release = Walk().do(Action.START).release
    assert (release.status, release.stages.stage1) == (ReleaseStatus.IN_PROGRESS, GOING)
    assert (release.cron.status, release.cron.pause_type) == (CronStatus.RUNNING, PauseType.NONE)


def test_pause_stops_release_and_cron_for_a_person() -> None:
    release = Walk().do(Action.START, Action.PAUSE).release
    assert release.status is ReleaseStatus.PAUSED
    assert (release.cron.status, release.cron.pause_type) == (CronStatus.PAUSED, PauseType.USER_REQUESTED)


def test_while_paused_nothing_new_starts() -> None:
    walk = Walk().do(Action.START, Action.PAUSE)
    with pytest.raises(NotClaimable):
        walk.claim("branch")


def test_while_paused_a_lease_that_ran_out_is_not_taken_up() -> None:
    walk = Walk().do(Action.START).claim("branch").do(Action.PAUSE)
    with pytest.raises(NotClaimable):
        walk.claim("branch")
    assert walk.do(Action.RESUME).claim("branch").task("branch").claims == 2


def test_while_paused_no_cycle_opens_or_starts() -> None:
    for phase in (Phase.REGRESSION_AWAITING_NEXT_CYCLE, Phase.REGRESSION_CYCLE_STARTING):
        paused = Walk().to(phase).do(Action.PAUSE).release
        assert next_due(paused) is None
        assert advance(paused, at(23)) is None


def test_while_paused_what_is_running_finishes_and_is_recorded() -> None:
    walk = Walk().do(Action.START).claim("branch").do(Action.PAUSE).finish("branch")
    assert walk.task("branch").status is TaskStatus.COMPLETED
    assert walk.phase is Phase.PAUSED_BY_USER


def test_while_paused_a_task_that_is_parked_may_still_time_out() -> None:
    walk = Walk().do(Action.START).claim("branch").park("branch").do(Action.PAUSE).tick()
    assert (walk.task("branch").status, walk.phase) == (TaskStatus.FAILED, Phase.PAUSED_BY_USER)


def test_resume_goes_on_where_it_stopped() -> None:
    release = Walk().do(Action.START, Action.PAUSE, Action.RESUME).release
    assert (release.status, release.phase) == (ReleaseStatus.IN_PROGRESS, Phase.KICKOFF)
    assert (release.cron.status, release.cron.pause_type) == (CronStatus.RUNNING, PauseType.NONE)


def test_resume_ends_a_stage_that_settled_meanwhile() -> None:
    walk = Walk().do(Action.START).run("branch").claim("announce").do(Action.PAUSE).finish("announce")
    assert walk.phase is Phase.PAUSED_BY_USER
    assert walk.do(Action.RESUME).phase is Phase.AWAITING_REGRESSION


def test_a_failure_while_paused_shows_on_resume() -> None:  # rules 3.5
    walk = Walk().do(Action.START).claim("branch").do(Action.PAUSE).finish("branch", FAILED)
    assert walk.phase is Phase.PAUSED_BY_USER
    release = walk.do(Action.RESUME).release
    assert (release.status, release.cron.pause_type) == (ReleaseStatus.PAUSED, PauseType.TASK_FAILURE)


def test_a_failure_of_no_consequence_while_paused_does_not_show_on_resume() -> None:
    walk = Walk(side_by_side(critical=False)).do(Action.START).claim("announce").do(Action.PAUSE)
    assert walk.finish("announce", FAILED).do(Action.RESUME).phase is Phase.KICKOFF


@pytest.mark.parametrize(
    ("hour", "phase"),
    [
        (8, Phase.REGRESSION_CYCLE_STARTING),
        (9, Phase.REGRESSION_CYCLE_STARTING),
        (10, Phase.REGRESSION_AWAITING_NEXT_CYCLE),
    ],
)
def test_trigger_stage_2_opens_a_first_cycle_that_is_due(hour: int, phase: Phase) -> None:
    plan = make_plan(cycles=(CycleSpec(at(hour)), CycleSpec(at(14))))
    walk = Walk(plan).to(Phase.AWAITING_REGRESSION).do(Action.TRIGGER_STAGE_2)
    assert (walk.phase, walk.release.stages) == (phase, (COMPLETED, GOING, PENDING))
    assert walk.release.cron.status is CronStatus.RUNNING


def test_trigger_stage_3_sets_it_going() -> None:
    release = Walk().to(Phase.AWAITING_POST_REGRESSION).do(Action.TRIGGER_STAGE_3).release
    assert (release.phase, release.stages) == (Phase.POST_REGRESSION, (COMPLETED, COMPLETED, GOING))
    assert (release.cron.status, release.cron.pause_type) == (CronStatus.RUNNING, PauseType.NONE)


def test_retry_makes_a_failed_task_pending_with_a_new_attempt() -> None:
    walk = Walk().to(Phase.PAUSED_BY_FAILURE)
    failed = walk.task("branch")
    retried = walk.do(Action.RETRY_TASK, task="branch").task("branch")
    assert (retried.status, retried.attempt, retried.claims) == (TaskStatus.PENDING, failed.attempt + 1, 0)
    assert (retried.finished_at, retried.attempts) == (None, failed.attempts)
    assert walk.phase is Phase.KICKOFF


def test_a_retry_by_a_person_is_a_new_try_with_all_its_retries() -> None:
    spec = make_task("branch", retries=Retries(count=1))
    walk = Walk(make_plan(kickoff=(spec,))).do(Action.START).run("branch", outcome=FAILED)
    first = walk.task("branch").idempotency_key
    walk.wait(seconds=10).run("branch", outcome=FAILED)
    assert walk.task("branch").idempotency_key == first == "tsk-123-1-1"
    task = walk.do(Action.RETRY_TASK, task="branch").task("branch")
    assert (task.retries_left, task.attempt, task.not_before) == (1, 3, None)
    assert task.idempotency_key == "tsk-123-1-2"


def test_skip_satisfies_what_depends_on_the_task() -> None:
    walk = Walk().to(Phase.PAUSED_BY_FAILURE).do(Action.SKIP_TASK, task="branch")
    assert statuses(walk, "branch", "announce") == [TaskStatus.SKIPPED, TaskStatus.PENDING]
    assert walk.run("announce").phase is Phase.AWAITING_REGRESSION


def test_skip_of_the_last_task_ends_the_stage() -> None:
    walk = Walk().do(Action.START).run("branch").run("announce", outcome=FAILED)
    assert walk.do(Action.SKIP_TASK, task="announce").phase is Phase.AWAITING_REGRESSION


@pytest.mark.parametrize("action", [Action.RETRY_TASK, Action.SKIP_TASK])
def test_the_release_stays_paused_until_no_critical_task_is_failed(action: Action) -> None:  # rules 3.4
    walk = Walk(side_by_side()).do(Action.START).claim("branch", "announce")
    walk.finish("branch", FAILED).finish("announce", FAILED)
    assert walk.do(action, task="branch").phase is Phase.PAUSED_BY_FAILURE
    assert walk.do(action, task="announce").phase is not Phase.PAUSED_BY_FAILURE


def test_a_failed_task_of_no_consequence_does_not_keep_the_release_paused() -> None:
    walk = Walk(side_by_side(critical=False)).do(Action.START).claim("branch", "announce")
    walk.finish("announce", FAILED).finish("branch", FAILED)
    assert walk.phase is Phase.PAUSED_BY_FAILURE
    assert walk.do(Action.RETRY_TASK, task="branch").phase is Phase.KICKOFF


def test_what_runs_beside_a_failed_task_finishes() -> None:
    walk = Walk(side_by_side()).do(Action.START).claim("branch", "announce").finish("branch", FAILED)
    assert walk.finish("announce").phase is Phase.PAUSED_BY_FAILURE
    assert walk.do(Action.SKIP_TASK, task="branch").phase is Phase.AWAITING_REGRESSION


@pytest.mark.parametrize("action", [Action.RETRY_TASK, Action.SKIP_TASK])
@pytest.mark.parametrize(
    ("task_id", "message"),
    [
        (None, "no task"),
        ("tsk-123-99", "rel-123 has no task tsk-123-99"),
        ("tsk-123-2", "is PENDING; only a FAILED task can be"),
    ],
)
def test_only_a_failed_task_is_retried_or_skipped(action: Action, task_id: str | None, message: str) -> None:
    walk = Walk().to(Phase.PAUSED_BY_FAILURE)
    with pytest.raises(InvalidTarget, match=message) as refusal:
        walk.send(Perform(action=action, task_id=task_id))
    assert refusal.value.field == "taskId"


@pytest.mark.parametrize("action", [Action.RETRY_TASK, Action.SKIP_TASK])
def test_a_failed_task_of_a_stage_that_is_over_stays_failed(action: Action) -> None:
    walk = Walk(side_by_side(critical=False)).do(Action.START).run("announce", outcome=FAILED).run("branch")
    walk.to(Phase.POST_REGRESSION).run("sign", outcome=FAILED)
    with pytest.raises(InvalidTarget, match="stage or cycle that is over"):
        walk.do(action, task="announce")


@pytest.mark.parametrize("action", [Action.RETRY_TASK, Action.SKIP_TASK])
def test_a_failed_task_of_a_cycle_that_is_over_stays_failed(action: Action) -> None:
    plan = make_plan(regression=(make_task("build"), make_task("test", "build", critical=False)))
    walk = Walk(plan).to(Phase.REGRESSION_CYCLE_RUNNING).run("build").run("test", outcome=FAILED)
    of_first = walk.task("test")
    walk.tick().tick().run("build", outcome=FAILED)
    with pytest.raises(InvalidTarget, match="stage or cycle that is over"):
        walk.send(Perform(action=action, task_id=of_first.id))


def test_abandon_cycle_skips_what_is_unfinished_and_keeps_the_next_time() -> None:
    plan = make_plan(regression=(make_task("build"), make_task("lint", critical=False), make_task("test", "build")))
    walk = Walk(plan).to(Phase.REGRESSION_CYCLE_RUNNING).run("lint", outcome=FAILED).claim("build")
    token = walk.task("build").lease_token
    release = walk.do(Action.ABANDON_CYCLE).release
    assert statuses(walk, "build", "lint", "test") == [TaskStatus.SKIPPED, TaskStatus.FAILED, TaskStatus.SKIPPED]
    assert release.cycles[0].status is RegressionCycleStatus.ABANDONED
    assert (release.phase, next_due(release)) == (Phase.REGRESSION_AWAITING_NEXT_CYCLE, at(14))
    assert walk.task("build").lease_token == token
    with pytest.raises(LeaseLost):
        walk.finish("build")


def test_abandon_the_last_cycle_ends_stage_2() -> None:
    plan = make_plan(cycles=(CycleSpec(at(8)),))
    walk = Walk(plan).to(Phase.AWAITING_REGRESSION).do(Action.TRIGGER_STAGE_2).tick().do(Action.ABANDON_CYCLE)
    assert (walk.phase, walk.release.snapshot.progress.completed) == (Phase.AWAITING_POST_REGRESSION, 0)


def test_skip_remaining_cycles_drops_what_is_scheduled() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).run_all().do(Action.SKIP_REMAINING_CYCLES)
    progress = walk.release.snapshot.progress
    assert (walk.phase, walk.release.scheduled) == (Phase.AWAITING_POST_REGRESSION, ())
    assert (progress.completed, progress.total) == (1, 1)


def test_skip_remaining_cycles_before_the_first_leaves_none() -> None:
    walk = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).do(Action.SKIP_REMAINING_CYCLES)
    assert (walk.phase, walk.release.snapshot.progress.total) == (Phase.AWAITING_POST_REGRESSION, 0)


@pytest.mark.parametrize(
    "phase",
    [Phase.AWAITING_REGRESSION, Phase.AWAITING_POST_REGRESSION, Phase.PAUSED_BY_USER, Phase.PAUSED_BY_FAILURE],
)
def test_archive_is_for_good(phase: Phase) -> None:
    walk = Walk().to(phase)
    stages = walk.release.stages
    release = walk.do(Action.ARCHIVE).release
    assert (release.status, release.cron.status, release.cron.pause_type) == ("ARCHIVED", "PAUSED", "NONE")
    assert (release.stages, release.snapshot.actions, next_due(release)) == (stages, (), None)


def running(walk: Walk) -> None:
    walk.claim("branch")


def parked(walk: Walk) -> None:
    walk.claim("branch").park("branch")


@pytest.mark.parametrize("under_way", [running, parked])
def test_nothing_is_due_and_nothing_starts_in_an_archived_release(under_way: Callable[[Walk], None]) -> None:
    walk = Walk().do(Action.START)
    under_way(walk)
    release = walk.do(Action.PAUSE, Action.ARCHIVE).release
    assert next_due(release) is None
    assert advance(release, at(23).replace(year=2030)) is None
    with pytest.raises(NotClaimable):
        decide(release, Claim(task_id=release.tasks[0].id), NOW)
    with pytest.raises(LeaseLost):
        walk.finish("branch")


def test_an_archived_release_has_no_next_cycle() -> None:
    walk = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE)
    assert walk.release.next_cycle_at == at(12)
    assert walk.do(Action.PAUSE, Action.ARCHIVE).release.next_cycle_at is None
