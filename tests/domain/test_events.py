"""What a commit records, in order: its cause, tasks, cycles, the phase last (rules 4.2, 3.3)."""

from phaseboard.domain.enums import Action, Phase, Stage
from phaseboard.domain.events import ActionPerformed, CycleChanged, PhaseChanged, ReleaseCreated, TaskChanged
from phaseboard.domain.plan import Retries
from tests.factory import FAILED, NOW, Walk, at, make_plan, make_task

STAGE_2 = (
    Phase.REGRESSION_AWAITING_NEXT_CYCLE,
    Phase.REGRESSION_CYCLE_STARTING,
    Phase.REGRESSION_CYCLE_RUNNING,
)


def recorded(walk: Walk) -> list[object]:
    """Return what was recorded since the last call, and forget it."""
    events = list(walk.events)
    walk.events.clear()
    return events


def test_a_new_release() -> None:
    assert recorded(Walk()) == [
        ReleaseCreated(name="Mobile", version="1.0.0"),
        PhaseChanged(before=None, after=Phase.NOT_STARTED),
    ]


def test_an_action_is_recorded_with_its_reason_and_tells_it_of_the_phase() -> None:
    walk = Walk()
    recorded(walk)
    told = {"action": Action.START, "reason": "Monday"}
    assert recorded(walk.do(Action.START, reason="Monday")) == [
        ActionPerformed(**told),
        PhaseChanged(before=Phase.NOT_STARTED, after=Phase.KICKOFF, since=NOW, **told),
    ]


def test_a_task_from_claim_to_result() -> None:
    walk = Walk(make_plan(kickoff=(make_task("branch", retries=Retries(count=1)),))).do(Action.START)
    recorded(walk)
    about = {"task_id": "tsk-123-1", "name": "branch", "stage": Stage.STAGE_1, "cycle": None}
    walk.claim("branch").claim("branch").finish("branch", FAILED, "offline").wait(minutes=1)
    walk.claim("branch").park("branch", "https://ci.example/2").report("branch")
    url = "https://ci.example/2"
    assert recorded(walk) == [
        TaskChanged(**about, before="PENDING", after="IN_PROGRESS", attempt=1),
        TaskChanged(**about, before="IN_PROGRESS", after="IN_PROGRESS", attempt=1),
        TaskChanged(**about, before="IN_PROGRESS", after="PENDING", attempt=2, reason="offline"),
        TaskChanged(**about, before="PENDING", after="IN_PROGRESS", attempt=2),
        TaskChanged(**about, before="IN_PROGRESS", after="AWAITING_CALLBACK", attempt=2, external_url=url),
        TaskChanged(**about, before="AWAITING_CALLBACK", after="COMPLETED", attempt=2, external_url=url),
        PhaseChanged(before=Phase.KICKOFF, after=Phase.AWAITING_REGRESSION, since=NOW),
    ]


def test_a_cycle_from_opening_to_abandoned() -> None:
    walk = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE)
    recorded(walk)
    waiting, starting, running = STAGE_2
    waited_since = walk.now
    assert recorded(walk.tick().tick()) == [
        CycleChanged(number=1, tag="RC1", before=None, after="NOT_STARTED"),
        PhaseChanged(before=waiting, after=starting, since=waited_since),
        CycleChanged(number=1, tag="RC1", before="NOT_STARTED", after="IN_PROGRESS"),
        PhaseChanged(before=starting, after=running, since=walk.now),
    ]
    told = {"action": Action.ABANDON_CYCLE, "reason": "wrong build"}
    about = {"stage": Stage.STAGE_2, "cycle": 1, "before": "PENDING", "after": "SKIPPED", "attempt": 1}
    assert recorded(walk.do(Action.ABANDON_CYCLE, reason="wrong build")) == [
        ActionPerformed(**told),
        TaskChanged(task_id="tsk-123-5", name="build", **about),
        TaskChanged(task_id="tsk-123-6", name="test", **about),
        CycleChanged(number=1, tag="RC1", before="IN_PROGRESS", after="ABANDONED"),
        PhaseChanged(before=running, after=waiting, since=walk.now, **told),
    ]


def test_an_action_on_a_task_names_it() -> None:
    walk = Walk().to(Phase.PAUSED_BY_FAILURE)
    recorded(walk)
    performed, changed, phase = recorded(walk.do(Action.RETRY_TASK, task="branch"))
    assert performed == ActionPerformed(action=Action.RETRY_TASK, task_id="tsk-123-1")
    assert isinstance(changed, TaskChanged)
    assert (changed.before, changed.after, changed.attempt) == ("FAILED", "PENDING", 2)
    paused = {"before": Phase.PAUSED_BY_FAILURE, "since": walk.now}
    assert phase == PhaseChanged(**paused, after=Phase.KICKOFF, action=Action.RETRY_TASK)


def test_a_phase_began_when_the_release_came_into_it_whatever_happened_since() -> None:
    walk = Walk().wait(minutes=1).do(Action.START).wait(minutes=2)
    walk.claim("branch").wait(minutes=3).finish("branch").wait(minutes=4).run("announce")
    assert walk.phase is Phase.AWAITING_REGRESSION
    began = [event.since for event in walk.events if isinstance(event, PhaseChanged)]
    assert began == [None, NOW, at(9, 1)]
    assert (walk.release.phase_since, walk.now) == (at(9, 10), at(9, 10))
