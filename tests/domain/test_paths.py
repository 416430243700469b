"""Every state that a small release can reach, explored breadth first, against the table of paths and the contract.

Two tasks a stage run side by side, a critical one without retries and one that may fail, with a retry; two cycles. The
clock moves only when something is waited for: so the states are finite (see `moves.state_of`).
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from phaseboard.domain.commands import Claim, Command, Complete, Perform, Review
from phaseboard.domain.enums import Action, Phase, ReleaseStatus, Stage, Store
from phaseboard.domain.errors import NotClaimable
from phaseboard.domain.paths import PATHS, Cause
from phaseboard.domain.plan import CycleSpec, Plan, Retries
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import advance, decide, next_due
from tests.domain import guide
from tests.domain.moves import moves, state_of
from tests.factory import NOW, Walk, at, make_plan, make_task

Key = tuple[object, ...]
PAST, FUTURE = CycleSpec(at(8)), CycleSpec(at(12))
BOTH = frozenset({Stage.STAGE_2, Stage.STAGE_3})


def small_plan(**changes: Any) -> Plan:
    retried = {"critical": False, "retries": Retries(count=1, delay=timedelta())}
    return make_plan(
        kickoff=(make_task("branch"), make_task("announce", **retried)),
        regression=(make_task("build"), make_task("test", **retried)),
        pre_release=(make_task("sign"), make_task("submit", submission=True, **retried)),
        **changes,
    )


PLANS = {
    "triggered by a person, RC1 due, a store": small_plan(cycles=(PAST, FUTURE), stores=(Store.APP_STORE,)),
    "triggered by a person, RC1 later, no store": small_plan(cycles=(FUTURE, CycleSpec(at(14)))),
    "triggered by itself, RC1 due, no store": small_plan(cycles=(PAST, FUTURE), auto_trigger=BOTH),
    "triggered by itself, RC1 later, a store": small_plan(
        cycles=(FUTURE, CycleSpec(at(14))), auto_trigger=BOTH, stores=(Store.PLAY_STORE,)
    ),
}


@dataclass
class Explored:
    """All states reached: one release for each, what leads where, and every change of phase with its cause."""

    releases: dict[Key, Release] = field(default_factory=dict)
    leads_to: dict[Key, set[Key]] = field(default_factory=lambda: defaultdict(set))
    paths: set[tuple[Phase, Action | Cause, Phase]] = field(default_factory=set)


@cache
def explored(name: str) -> Explored:
    found = Explored()
    first = Walk(PLANS[name]).release
    found.releases[state_of(first, NOW)] = first
    waiting = deque([(first, NOW)])
    while waiting:
        before, now = waiting.popleft()
        key = state_of(before, now)
        for cause, after, then in steps(before, now):
            reached = state_of(after, then)
            found.leads_to[key].add(reached)
            if before.phase is not after.phase:
                found.paths.add((before.phase, cause, after.phase))
            if reached not in found.releases:
                found.releases[reached] = after
                waiting.append((after, then))
    return found


def steps(release: Release, now: datetime) -> Iterable[tuple[Action | Cause, Release, datetime]]:
    """Yield everything that can happen next, with its cause."""
    for move in moves(release):
        after = decide(release, move, now).release
        yield cause_of(move, after), after, now
    due = next_due(release)
    if due is not None:
        then = max(due, now)
        decision = advance(release, then)
        assert decision is not None
        timed_out = any(task.deadline and task.deadline <= then for task in release.tasks)
        yield cause_of(None, decision.release) if timed_out else Cause.TIME, decision.release, then


def cause_of(move: Command | None, after: Release) -> Action | Cause:
    match move:
        case Perform(action=action):
            return action
        case Complete():
            return Cause.COMPLETED
        case Review():
            return Cause.STORES_APPROVED if after.phase is Phase.COMPLETED else Cause.STORE_REJECTED
        case _:
            return Cause.TASK_FAILED if after.phase is Phase.PAUSED_BY_FAILURE else Cause.TASKS_SETTLED


def unchanged(release: Release) -> Release:
    return replace(release, revision=1, updated_at=NOW, phase_since=NOW)


@pytest.mark.parametrize("name", PLANS)
def test_no_state_lies_outside_the_extended_table(name: str) -> None:
    for release in explored(name).releases.values():
        cycle = release.current_cycle.status if release.current_cycle else guide.NO_CYCLE
        given = (release.status, release.cron.pause_type, *release.stages, cycle)
        given = (*given, "exists" if release.scheduled else "none")
        assert guide.PHASES_OF[given] == [release.phase]


@pytest.mark.parametrize("name", PLANS)
def test_there_is_a_way_to_completed_from_every_state_but_archived_ones(name: str) -> None:
    found = explored(name)
    led_to_by = defaultdict(set)
    for key, reached in found.leads_to.items():
        for other in reached:
            led_to_by[other].add(key)
    ends = [key for key, release in found.releases.items() if release.phase is Phase.COMPLETED]
    arriving = set(ends)
    while ends:
        new = led_to_by[ends.pop()] - arriving
        arriving |= new
        ends.extend(new)
    assert {found.releases[key].phase for key in set(found.releases) - arriving} == {Phase.ARCHIVED}


@pytest.mark.parametrize("name", PLANS)
def test_pause_then_resume_changes_nothing(name: str) -> None:
    pausable = [release for release in explored(name).releases.values() if Action.PAUSE in release.snapshot.actions]
    for release in pausable:
        paused = decide(release, Perform(action=Action.PAUSE), NOW).release
        resumed = decide(paused, Perform(action=Action.RESUME), NOW).release
        assert unchanged(resumed) == unchanged(release)


@pytest.mark.parametrize("name", PLANS)
def test_nothing_starts_in_a_release_that_is_not_in_progress(name: str) -> None:
    idle = [r for r in explored(name).releases.values() if r.status is not ReleaseStatus.IN_PROGRESS]
    for release in idle:
        for task in release.tasks:
            with pytest.raises(NotClaimable):
                decide(release, Claim(task_id=task.id), NOW)


def test_the_changes_of_phase_are_exactly_those_of_the_table() -> None:
    table = {
        (before, cause, after)
        for before, causes in PATHS.items()
        for cause, phases in causes.items()
        for after in phases
    }
    assert set().union(*(explored(name).paths for name in PLANS)) == table


def test_the_table_of_paths_names_exactly_the_guides_actions() -> None:
    named = {phase: [cause for cause in causes if isinstance(cause, Action)] for phase, causes in PATHS.items()}
    assert {phase: set(actions) for phase, actions in named.items()} == {
        phase: set(actions) for phase, actions in guide.ACTIONS.items()
    }
