"""`decide` and `advance`: one revision at a time, and nothing before it is due (rules 4.1, 4.2)."""

from datetime import timedelta

import pytest

from phaseboard.domain import transitions
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.errors import ActionNotAllowed, IllegalState
from phaseboard.domain.tasks import AT_ONCE
from phaseboard.domain.transitions import advance, next_due
from tests.factory import NOW, Walk, at, make_plan, make_task


def test_a_decision_is_the_next_revision_at_its_time() -> None:
    walk = Walk().wait(minutes=3).do(Action.START)
    assert (walk.release.revision, walk.release.updated_at, walk.release.created_at) == (2, walk.now, NOW)


def test_a_refused_action_names_phase_and_what_is_allowed() -> None:
    walk = Walk()
    before = walk.release
    with pytest.raises(ActionNotAllowed, match="PAUSE is not possible in phase NOT_STARTED") as refusal:
        walk.do(Action.PAUSE)
    assert (refusal.value.action, refusal.value.phase) == (Action.PAUSE, Phase.NOT_STARTED)
    assert refusal.value.allowed == (Action.START,)
    assert walk.release is before


def test_a_cycle_that_was_opened_is_due_whatever_the_clock_says() -> None:
    assert next_due(Walk().to(Phase.REGRESSION_CYCLE_STARTING).release) == AT_ONCE


def test_nothing_happens_before_it_is_due() -> None:
    release = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).release
    assert advance(release, at(12) - timedelta(milliseconds=1)) is None
    assert advance(release, at(12)) is not None


@pytest.mark.parametrize(
    "phase",
    [phase for phase in Phase if phase not in (Phase.REGRESSION_AWAITING_NEXT_CYCLE, Phase.REGRESSION_CYCLE_STARTING)],
)
def test_time_alone_moves_only_cycles_that_wait(phase: Phase) -> None:
    release = Walk().to(phase).release
    assert next_due(release) is None
    assert advance(release, at(23)) is None


def test_the_earliest_deadline_counts_and_each_is_a_step_of_its_own() -> None:
    first = make_task("one", critical=False, callback_timeout=timedelta(hours=2))
    second = make_task("two", critical=False, callback_timeout=timedelta(hours=1))
    walk = Walk(make_plan(kickoff=(first, second))).do(Action.START).claim("one", "two").park("one").park("two")
    assert next_due(walk.release) == NOW + timedelta(hours=1)
    assert walk.tick().task("one").status == "AWAITING_CALLBACK"
    assert (walk.tick().phase, walk.now) == (Phase.AWAITING_REGRESSION, NOW + timedelta(hours=2))


def test_a_callback_is_waited_for_beside_the_cycles() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).claim("build").park("build")
    assert next_due(walk.release) == walk.now + timedelta(days=1)


def test_a_phase_that_no_path_leads_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "PATHS", {phase: {} for phase in Phase})
    with pytest.raises(IllegalState, match=r"phases follow the transition table \(found NOT_STARTED to KICKOFF\)"):
        Walk().do(Action.START)
