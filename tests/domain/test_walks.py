"""Random walks of small releases: what holds of every command, in every state (rules 3.1, 3.2, 3.4, 4.2, 5.4)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.domain.commands import AwaitCallback, Claim, Command, Complete, Finish, Perform, Report, Review
from phaseboard.domain.enums import (
    Action,
    PauseType,
    ReleaseStatus,
    Stage,
    Store,
    StoreDecision,
    TaskOutcome,
    TaskStatus,
)
from phaseboard.domain.errors import ActionNotAllowed, Refusal
from phaseboard.domain.events import Event, PhaseChanged
from phaseboard.domain.plan import CycleSpec, Plan, Retries, TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.task import ENDED, Task
from phaseboard.domain.transitions import Decision, advance, decide, next_due
from tests.domain.moves import ON_TASKS, moves
from tests.factory import NOW, Walk, make_plan, make_task

MINUTES = (0, 1, 30, 60, 600)


@st.composite
def task_specs(draw: st.DrawFn) -> tuple[TaskSpec, ...]:
    names = ("one", "two", "three")[: draw(st.integers(1, 3))]
    return tuple(
        make_task(
            name,
            *(draw(st.sets(st.sampled_from(names[:place]))) if place else ()),
            critical=draw(st.booleans()),
            submission=draw(st.booleans()),
            retries=Retries(count=draw(st.integers(0, 2)), delay=timedelta(minutes=draw(st.sampled_from((0, 1))))),
        )
        for place, name in enumerate(names)
    )


cycle_specs = st.sampled_from(MINUTES).map(
    lambda minutes: CycleSpec(NOW + timedelta(minutes=minutes))
) | st.sampled_from(MINUTES).map(lambda minutes: CycleSpec(after=timedelta(minutes=minutes)))

plans = st.builds(
    make_plan,
    kickoff=task_specs(),
    cycles=st.lists(cycle_specs, min_size=1, max_size=3).map(tuple),
    regression=task_specs(),
    pre_release=task_specs(),
    stores=st.lists(st.sampled_from(Store), unique=True).map(tuple),
    auto_trigger=st.frozensets(st.sampled_from((Stage.STAGE_2, Stage.STAGE_3))),
)

picks = st.integers(0, 2**16)
steps = st.lists(st.tuples(st.sampled_from("ooooooooooomawtt"), picks), min_size=20, max_size=80)


def leads_on(command: Command) -> bool:
    return not isinstance(command, Perform) or command.action not in (Action.PAUSE, Action.ARCHIVE)


def any_action(walk: Walk, pick: int) -> Perform:
    pick, place = divmod(pick, len(Action))
    return Perform(action=list(Action)[place], task_id=any_task(walk, pick).id)


def any_task(walk: Walk, pick: int) -> Task:
    return walk.release.tasks[pick % len(walk.release.tasks)]


def anything(walk: Walk, pick: int) -> Command:
    """Return a command that may be about the wrong task, attempt, lease or store, or come at the wrong time."""
    pick, kind = divmod(pick, 6)
    pick, near = divmod(pick, 3)
    task = any_task(walk, pick)
    outcome = list(TaskOutcome)[pick % 2]
    commands: tuple[Command, ...] = (
        Claim(task_id=task.id),
        AwaitCallback(task_id=task.id, token=task.lease_token - 1 + near),
        Finish(task_id=task.id, token=task.lease_token - 1 + near, outcome=outcome),
        Report(task_id=task.id, attempt=task.attempt - 1 + near, outcome=outcome),
        Review(store=list(Store)[pick % 2], decision=list(StoreDecision)[near % 2]),
        Complete(),
    )
    return commands[kind]


def allowed(release: Release, command: Perform) -> bool:
    if command.action not in release.snapshot.actions:
        return False
    target = release.task(command.task_id or "")
    failed = target is not None and target.status is TaskStatus.FAILED and target in release.tasks_under_way()
    return failed if command.action in ON_TASKS else True


def give(walk: Walk, command: Command) -> None:
    before, copy = walk.release, replace(walk.release)
    performed = isinstance(command, Perform)
    try:
        decision = decide(before, command, walk.now)
    except Refusal as refusal:
        refused = refusal
    else:
        assert not performed or allowed(before, command)
        take(walk, decision, command)
        return
    assert before == copy, "a refusal changes nothing"
    assert str(refused)
    assert not performed or not allowed(before, command)
    if isinstance(refused, ActionNotAllowed):
        assert (refused.phase, refused.allowed) == (before.phase, before.snapshot.actions)
        assert before.phase in str(refused) or not performed


def let_time_pass(walk: Walk, pick: int) -> None:
    """Move the clock by a little, or to the next due time, and do what is due then."""
    due = next_due(walk.release)
    walk.now = max(walk.now, due) if due and pick % 2 else walk.now + timedelta(minutes=pick % 20)
    decision = advance(walk.release, walk.now)
    assert (decision is not None) == (due is not None and due <= walk.now)
    if decision:
        take(walk, decision, None)


def take(walk: Walk, decision: Decision, command: Command | None) -> None:
    before, after = walk.release, decision.release
    assert (after.revision, after.updated_at) == (before.revision + 1, walk.now)
    assert after.status is not ReleaseStatus.ARCHIVED or before.status is not ReleaseStatus.ARCHIVED
    user = PauseType.USER_REQUESTED
    assert before.cron.pause_type is not user or after.cron.pause_type is user or isinstance(command, Perform)
    assert_phases_told(before, after, decision.events)
    for old, new in zip(before.tasks, after.tasks, strict=False):
        assert_sound(old, new, command)
    walk.release = after
    walk.events.extend(decision.events)


def assert_phases_told(before: Release, after: Release, events: tuple[Event, ...]) -> None:
    told = [event for event in events if isinstance(event, PhaseChanged)]
    expected: list[Any] = [] if before.phase is after.phase else [(before.phase, after.phase)]
    assert [(event.before, event.after) for event in told] == expected
    assert not told or events[-1] is told[0]


def assert_sound(old: Task, new: Task, command: Command | None) -> None:
    by_person = isinstance(command, Perform) and command.task_id == old.id
    assert new.lease_token >= old.lease_token
    assert new.idempotency_key == old.idempotency_key or by_person
    assert new.attempt in (old.attempt, old.attempt + 1)
    assert len(new.attempts) <= new.attempt
    assert [attempt.outcome for attempt in new.attempts][: len(old.attempts) - 1] == [
        attempt.outcome for attempt in old.attempts[:-1]
    ]
    if old.status in ENDED and not by_person:
        assert new.status is old.status or (isinstance(command, Review) and new.status is TaskStatus.FAILED)


@settings(max_examples=100, deadline=None)
@given(plans, steps)
def test_whatever_is_asked_of_a_release_the_rules_hold(plan: Plan, course: list[tuple[str, int]]) -> None:
    walk = Walk(plan)
    for kind, pick in course:
        if kind == "t":
            let_time_pass(walk, pick)
        elif kind == "a":
            give(walk, any_action(walk, pick))
        elif kind == "w":
            give(walk, anything(walk, pick))
        elif possible := [move for move in moves(walk.release) if kind == "m" or leads_on(move)]:
            give(walk, possible[pick % len(possible)])
    phases = [event for event in walk.events if isinstance(event, PhaseChanged)]
    assert [event.before for event in phases] == [None, *(event.after for event in phases[:-1])]
    assert phases[-1].after is walk.release.phase
