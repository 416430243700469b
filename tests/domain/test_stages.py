"""How stages and cycles begin and end: rules 4.3 and 4.4."""

import pytest

from phaseboard.domain.enums import Action, Phase, RegressionCycleStatus, Stage, TaskStatus
from phaseboard.domain.plan import CycleSpec, Plan
from phaseboard.domain.transitions import next_due
from tests.factory import FAILED, NOW, Walk, at, make_plan, make_task


def triggered(*stages: Stage, hours: tuple[int, ...] = (8, 14)) -> Plan:
    return make_plan(auto_trigger=frozenset(stages), cycles=tuple(CycleSpec(at(hour)) for hour in hours))


def test_stage_1_ends_when_its_last_task_settles() -> None:
    walk = Walk().do(Action.START).run("branch")
    assert walk.phase is Phase.KICKOFF
    assert walk.run("announce").phase is Phase.AWAITING_REGRESSION


def test_a_failed_task_that_is_not_critical_is_settled() -> None:
    plan = make_plan(kickoff=(make_task("branch"), make_task("announce", "branch", critical=False)))
    walk = Walk(plan).do(Action.START).run("branch").run("announce", outcome=FAILED)
    assert walk.phase is Phase.AWAITING_REGRESSION


def test_a_critical_failure_pauses_the_release_in_the_same_transaction() -> None:
    walk = Walk().do(Action.START).run("branch", outcome=FAILED)
    assert (walk.phase, walk.task("announce").status) == (Phase.PAUSED_BY_FAILURE, TaskStatus.PENDING)


def test_a_cycle_is_done_when_its_last_task_settles() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).wait(minutes=5).run_all()
    cycle = walk.release.current_cycle
    assert cycle is not None
    assert (cycle.status, cycle.finished_at) == (RegressionCycleStatus.DONE, walk.now)
    assert walk.phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE


def test_stage_2_ends_with_the_last_cycle() -> None:
    walk = Walk().to(Phase.AWAITING_POST_REGRESSION)
    assert [cycle.status for cycle in walk.release.cycles] == [RegressionCycleStatus.DONE] * 3


def test_stage_3_ends_in_submitted() -> None:
    walk = Walk().to(Phase.POST_REGRESSION).run("sign")
    assert walk.phase is Phase.POST_REGRESSION
    assert walk.run("submit").phase is Phase.SUBMITTED


@pytest.mark.parametrize(
    ("hour", "phase"), [(8, Phase.REGRESSION_CYCLE_STARTING), (12, Phase.REGRESSION_AWAITING_NEXT_CYCLE)]
)
def test_stage_2_begins_by_itself_when_the_plan_says_so(hour: int, phase: Phase) -> None:
    walk = Walk(triggered(Stage.STAGE_2, hours=(hour, 14))).do(Action.START).run("branch", "announce")
    assert walk.phase is phase


def test_stage_3_begins_by_itself_when_the_plan_says_so() -> None:
    plan = triggered(Stage.STAGE_3, hours=(8,))
    walk = Walk(plan).to(Phase.AWAITING_REGRESSION).do(Action.TRIGGER_STAGE_2).tick().run_all()
    assert walk.phase is Phase.POST_REGRESSION


@pytest.mark.parametrize("action", [Action.ABANDON_CYCLE, Action.SKIP_REMAINING_CYCLES])
def test_stage_3_begins_by_itself_however_stage_2_ended(action: Action) -> None:
    hours = (8,) if action is Action.ABANDON_CYCLE else (12, 14)
    walk = Walk(triggered(Stage.STAGE_3, hours=hours)).to(Phase.AWAITING_REGRESSION).do(Action.TRIGGER_STAGE_2)
    if action is Action.ABANDON_CYCLE:
        walk.tick()
    assert walk.do(action).phase is Phase.POST_REGRESSION


def test_each_stage_is_triggered_by_itself_only_if_the_plan_says_so_of_that_one() -> None:
    assert Walk(triggered(Stage.STAGE_3)).do(Action.START).run_all().phase is Phase.AWAITING_REGRESSION
    walk = Walk(triggered(Stage.STAGE_2, hours=(8,))).do(Action.START).run_all().tick().run_all()
    assert walk.phase is Phase.AWAITING_POST_REGRESSION


def test_a_cycle_is_seen_starting_before_it_is_seen_running() -> None:
    walk = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE)
    assert next_due(walk.release) == at(12)
    assert walk.tick().phase is Phase.REGRESSION_CYCLE_STARTING
    assert walk.wait(seconds=1).tick().phase is Phase.REGRESSION_CYCLE_RUNNING
    cycle = walk.release.cycles[0]
    assert (cycle.scheduled_at, cycle.opened_at, cycle.started_at) == (at(12), at(12), walk.now)
    assert [task.spec.name for task in walk.release.tasks if task.cycle == 1] == ["build", "test"]


def test_a_cycle_does_not_open_before_its_time() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).run_all()
    assert next_due(walk.release) == at(14)


def test_a_cycle_whose_time_passed_opens_when_the_one_before_it_ends() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).wait(hours=8)
    assert next_due(walk.release) is None
    assert walk.run_all().phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE
    ended = walk.now
    assert walk.tick().phase is Phase.REGRESSION_CYCLE_STARTING
    assert (walk.now, [cycle.number for cycle in walk.release.cycles]) == (ended, [1, 2])


def test_cycles_open_in_the_order_of_their_times() -> None:
    specs = (CycleSpec(at(16)), CycleSpec(after=NOW - NOW), CycleSpec(at(8)))
    walk = Walk(make_plan(cycles=specs)).to(Phase.AWAITING_REGRESSION).do(Action.TRIGGER_STAGE_2)
    opened = [walk.release.cycles[0].scheduled_at, *(cycle.scheduled_at for cycle in walk.release.scheduled)]
    assert opened == [at(8), NOW, at(16)]


def test_each_cycle_has_tasks_of_its_own() -> None:
    walk = Walk().to(Phase.AWAITING_POST_REGRESSION)
    ids = [task.id for task in walk.release.tasks]
    assert ids == [f"tsk-123-{number}" for number in range(1, 11)]
    assert [task.cycle for task in walk.release.tasks] == [None] * 4 + [1, 1, 2, 2, 3, 3]
