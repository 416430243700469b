"""The state machine: the one place where a release changes.

Theory of operation. A release changes in two ways only. `decide` carries out a command: an action of a person, a
step of a task, a store's verdict. `advance` does what the passing of time allows: it opens a cycle whose time has
come, sets an opened cycle going, ends the wait for a callback that never came. Both are functions of the release, of
what is asked, and of the instant `now`; they touch nothing. Both return the next revision with the events that tell
it, or say why not:

    decide(release, command, now) ─► Decision | raises Refusal     nothing changed
    advance(release, now)         ─► Decision | None               nothing to do before next_due(release)

An action is carried out exactly when the phase offers it (`actions.ACTIONS`); its effect is a row of
`effects.EFFECTS`. Whatever settles a task ends in `settle`, which ends cycles and stages and pauses on failures. The
phase is never set: it is derived from the new state and has to lie on a path of `paths.PATHS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from phaseboard.domain.commands import (
    AwaitCallback,
    Claim,
    Command,
    Complete,
    Finish,
    HandBack,
    Perform,
    Report,
    Review,
)
from phaseboard.domain.effects import perform
from phaseboard.domain.enums import RegressionCycleStatus, ReleaseStatus, Stage, TaskOutcome
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.events import Event, changes
from phaseboard.domain.paths import PATHS
from phaseboard.domain.release import Release
from phaseboard.domain.reports import await_callback, claim, finish, hand_back, report
from phaseboard.domain.reviews import complete, review
from phaseboard.domain.stages import cycle_is_due, open_cycle, run_cycle, settle
from phaseboard.domain.state import ReleaseState
from phaseboard.domain.task import Task
from phaseboard.domain.tasks import AT_ONCE, concluded, put


@dataclass(frozen=True, slots=True)
class Decision:
    """The next revision of a release and what the commit records."""

    release: Release
    events: tuple[Event, ...]


def decide(release: Release, command: Command, now: datetime) -> Decision:
    """Carry out a command; raises Refusal when it changes nothing, with the reason in words."""
    state, causes = HANDLERS[type(command)](release, command, now)
    return _decided(release, state, causes, now, command.reason if isinstance(command, Complete) else None)


def advance(release: Release, now: datetime) -> Decision | None:
    """Do the next thing that time allows, one observable step; None when nothing is due (rules 4.1)."""
    due = next_due(release)
    if due is None or due > now:
        return None
    state = release.opened()
    late = next((task for task in state.tasks if task.deadline and task.deadline <= now), None)
    if late:
        state = settle(put(state, _timed_out(late, now)), now)
    elif cycle_is_due(state, now):
        state = open_cycle(state, now)
    else:
        state = run_cycle(state, now)
    return _decided(release, state, (), now)


def next_due(release: Release) -> datetime | None:
    """Return the earliest instant at which `advance` has something to do, None when only a command can move it."""
    if release.status not in (ReleaseStatus.IN_PROGRESS, ReleaseStatus.PAUSED):
        return None
    due = [task.deadline for task in release.tasks if task.deadline]
    cycle = release.unfinished_cycle
    if release.status is ReleaseStatus.IN_PROGRESS and release.running_stage is Stage.STAGE_2:
        if cycle and cycle.status is RegressionCycleStatus.NOT_STARTED:
            due.append(AT_ONCE)
        elif release.scheduled and cycle is None:
            due.append(release.scheduled[0].scheduled_at)
    return min(due, default=None)


HANDLERS: Mapping[type, Callable[[Release, Any, datetime], tuple[ReleaseState, tuple[Event, ...]]]] = MappingProxyType(
    {
        Perform: perform,
        Claim: claim,
        AwaitCallback: await_callback,
        Finish: finish,
        HandBack: hand_back,
        Report: report,
        Review: review,
        Complete: complete,
    }
)
"""What carries out each command: it returns the new state and the event that caused it."""


def _decided(
    before: Release, state: ReleaseState, causes: tuple[Event, ...], now: datetime, reason: str | None = None
) -> Decision:
    after = before.followed_by(state, now)
    old, new = before.phase, after.phase
    if old is not new and not any(new in phases for phases in PATHS[old].values()):
        raise IllegalState("phases follow the transition table", f"{old} to {new}")
    return Decision(after, changes(before, after, causes, reason))


def _timed_out(task: Task, now: datetime) -> Task:
    reason = f"No callback came within {task.spec.callback_timeout}."
    return concluded(task, TaskOutcome.FAILED, reason, now=now)
