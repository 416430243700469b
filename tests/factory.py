"""Plans and releases for every test: all has a default, and ids and times are the same in each run.

    make_plan(stores=(Store.APP_STORE,))            the guide's schedule, two tasks a stage, any field changed
    make_release(Phase.PAUSED_BY_FAILURE)           a release in that phase, brought there by commands alone
    Walk(plan).do(Action.START).run("branch")       a release on its way, with its clock and its events

The guide's day: everything starts at 9:00, RC1 is due at 12:00, RC2 at 2:00 PM, RC3 at 4:00 PM (UTC).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from phaseboard.domain.commands import AwaitCallback, Claim, Command, Complete, Finish, Perform, Report, Review
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Phase, StoreDecision, TaskOutcome
from phaseboard.domain.plan import CycleSpec, Plan, TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.tasks import startable
from phaseboard.domain.transitions import Decision, advance, decide, next_due

KEY, SECRET = "123", "not a secret"
SUCCEEDED, FAILED = TaskOutcome.SUCCEEDED, TaskOutcome.FAILED


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of the guide's day."""
    return datetime(2024, 1, 15, hour, minute, tzinfo=UTC)


NOW = at(9)


def make_task(name: str, *needs: str, **changes: Any) -> TaskSpec:
    """Return the spec of a simulated task."""
    return TaskSpec(**{"name": name, "executor": "simulated", "needs": needs, **changes})


def make_plan(**changes: Any) -> Plan:
    """Return a plan of two tasks a stage, one after the other, and the guide's three cycles."""
    fields: dict[str, Any] = {
        "name": "Mobile",
        "version": "1.0.0",
        "kickoff": (make_task("branch"), make_task("announce", "branch")),
        "cycles": (CycleSpec(at(12)), CycleSpec(at(14)), CycleSpec(at(16))),
        "regression": (make_task("build"), make_task("test", "build")),
        "pre_release": (make_task("sign"), make_task("submit", "sign", submission=True)),
    }
    return Plan(**{**fields, **changes})


class Walk:
    """A release on its way: commands move it, `now` is its clock, `events` is all that was recorded."""

    def __init__(self, plan: Plan | None = None, *, key: str = KEY, now: datetime = NOW) -> None:
        made = create(plan or make_plan(), key=key, secret=SECRET, now=now)
        self.release: Release = made.release
        self.events = list(made.events)
        self.now = now

    @property
    def phase(self) -> Phase:
        """The phase the release is in."""
        return self.release.phase

    def task(self, name: str) -> Task:
        """Return the task with this name; of those of several cycles the newest."""
        return [task for task in self.release.tasks if task.spec.name == name][-1]

    def send(self, *commands: Command) -> Self:
        """Carry out commands."""
        for command in commands:
            self._took(decide(self.release, command, self.now))
        return self

    def do(self, *actions: Action, task: str | None = None, reason: str | None = None) -> Self:
        """Perform actions; `task` names the one to retry or skip."""
        task_id = self.task(task).id if task else None
        return self.send(*(Perform(action=action, task_id=task_id, reason=reason) for action in actions))

    def claim(self, *names: str) -> Self:
        """Hand tasks to their executor."""
        return self.send(*(Claim(task_id=self.task(name).id) for name in names))

    def finish(self, name: str, outcome: TaskOutcome = SUCCEEDED, message: str | None = None) -> Self:
        """End a task that was handed out."""
        task = self.task(name)
        return self.send(Finish(task_id=task.id, token=task.lease_token, outcome=outcome, message=message))

    def park(self, name: str, url: str | None = None) -> Self:
        """Let a task that was handed out wait for its callback."""
        task = self.task(name)
        return self.send(AwaitCallback(task_id=task.id, token=task.lease_token, external_url=url))

    def report(self, name: str, outcome: TaskOutcome = SUCCEEDED, *, attempt: int | None = None) -> Self:
        """Report from outside how an attempt ended, the current one unless told."""
        task = self.task(name)
        return self.send(Report(task_id=task.id, attempt=attempt or task.attempt, outcome=outcome))

    def run(self, *names: str, outcome: TaskOutcome = SUCCEEDED) -> Self:
        """Hand tasks out and end them, one after the other."""
        for name in names:
            self.claim(name).finish(name, outcome)
        return self

    def run_all(self) -> Self:
        """Run every task of the stage or cycle under way with success; stop when it ends."""
        stage = self.release.running_stage
        while (ready := startable(self.release)) and self.release.running_stage is stage:
            self.now = max(self.now, ready[0].not_before or self.now)
            self.run(ready[0].spec.name)
        return self

    def tick(self) -> Self:
        """Wait until something is due, then do that one thing."""
        due = next_due(self.release)
        assert due is not None, f"nothing is due in {self.phase}"
        self.now = max(self.now, due)
        decision = advance(self.release, self.now)
        assert decision is not None
        return self._took(decision)

    def wait(self, **duration: float) -> Self:
        """Let time pass; nothing happens by itself."""
        self.now += timedelta(**duration)
        return self

    def to(self, phase: Phase) -> Self:
        """Bring a release that is on this side of a phase there, the shortest way, where every task succeeds."""
        for towards in _way(self.phase, phase):
            _LEGS[towards][1](self)
        assert self.phase is phase, f"meant to be in {phase}, is in {self.phase}"
        return self

    def _took(self, decision: Decision) -> Self:
        self.release = decision.release
        self.events.extend(decision.events)
        return self


def make_release(phase: Phase = Phase.NOT_STARTED, plan: Plan | None = None, *, key: str = KEY) -> Release:
    """Return a release in a phase, brought there by commands; for plans without `auto_trigger`."""
    return Walk(plan, key=key).to(phase).release


def _run_cycles(walk: Walk) -> None:
    while walk.phase is not Phase.AWAITING_POST_REGRESSION:
        walk.run_all() if walk.phase is Phase.REGRESSION_CYCLE_RUNNING else walk.tick()


def _release(walk: Walk) -> None:
    approvals = (Review(store=store, decision=StoreDecision.APPROVED) for store in walk.release.plan.stores)
    walk.send(*(list(approvals) or [Complete()]))


def _fail(walk: Walk) -> None:
    walk.run(startable(walk.release)[0].spec.name, outcome=FAILED)


_LEGS: Mapping[Phase, tuple[Phase | None, Callable[[Walk], object]]] = {
    Phase.NOT_STARTED: (None, lambda _: None),
    Phase.KICKOFF: (Phase.NOT_STARTED, lambda walk: walk.do(Action.START)),
    Phase.AWAITING_REGRESSION: (Phase.KICKOFF, Walk.run_all),
    Phase.REGRESSION_AWAITING_NEXT_CYCLE: (
        Phase.AWAITING_REGRESSION,
        lambda walk: walk.do(Action.TRIGGER_STAGE_2),
    ),
    Phase.REGRESSION_CYCLE_STARTING: (Phase.REGRESSION_AWAITING_NEXT_CYCLE, Walk.tick),
    Phase.REGRESSION_CYCLE_RUNNING: (Phase.REGRESSION_CYCLE_STARTING, Walk.tick),
    Phase.AWAITING_POST_REGRESSION: (Phase.REGRESSION_CYCLE_RUNNING, _run_cycles),
    Phase.POST_REGRESSION: (Phase.AWAITING_POST_REGRESSION, lambda walk: walk.do(Action.TRIGGER_STAGE_3)),
    Phase.SUBMITTED: (Phase.POST_REGRESSION, Walk.run_all),
    Phase.COMPLETED: (Phase.SUBMITTED, _release),
    Phase.PAUSED_BY_USER: (Phase.KICKOFF, lambda walk: walk.do(Action.PAUSE)),
    Phase.PAUSED_BY_FAILURE: (Phase.KICKOFF, _fail),
    Phase.ARCHIVED: (Phase.PAUSED_BY_USER, lambda walk: walk.do(Action.ARCHIVE)),
}
"""For each phase the one before it on the shortest way, and what leads on from there."""


def _way(start: Phase, goal: Phase) -> Iterable[Phase]:
    way: list[Phase] = []
    step: Phase | None = goal
    while step is not None and step is not start:
        way.append(step)
        step = _LEGS[step][0]
    assert step is start, f"the way to {goal} does not pass {start}"
    return reversed(way)
