"""T2: whatever is asked in whatever order, the engine answers and changes what a simple model says (rules 3 to 5)."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from phaseboard.domain.enums import Action, Phase, Stage, StoreDecision, TaskOutcome
from phaseboard.domain.enums import Store as AppStore
from phaseboard.domain.plan import CycleSpec, Plan, Retries
from phaseboard.engine.steps import Claimed
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Store
from phaseboard.store.sqlite.schema import migrate
from phaseboard.store.sqlite.store import SQLiteStore
from tests.factory import make_plan, make_task
from tests.reliability.model import LEASE, World
from tests.reliability.scale import CHAOS, SEED, scaled

STEPS = 100 if CHAOS else 50
RUNS = {"memory": scaled(160, 4_000), "sqlite": scaled(40, 1_000)}

PICKS = st.integers(0, 2**16)
ANSWERS = (
    "ACCEPTED",
    "DUPLICATE",
    "CONTRADICTION",
    "OLD_ATTEMPT",
    "NOT_RUNNING",
    "SETTLED",
    "ARCHIVED",
    "WRONG_SECRET",
)
MISSED = 5
"""How many of all phases and answers a short run may not have come to: which ones is chance."""

OUTCOMES = st.sampled_from(TaskOutcome)
JUMPS = st.sampled_from((-86_400, -3_600, -1, 1, 5, 15, 60, 3_600, 86_400)).map(lambda n: timedelta(seconds=n))
GOING_ON = [action for action in Action if action not in (Action.ARCHIVE, Action.PAUSE, Action.ABANDON_CYCLE)]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    retries = draw(st.sampled_from((Retries(count=0), Retries(count=1, delay=timedelta(seconds=5)))))
    tasks = (make_task("one", retries=retries), make_task("two", critical=draw(st.booleans())), make_task("end", "one"))
    return make_plan(
        kickoff=tasks[: draw(st.integers(1, 3))],
        cycles=tuple(CycleSpec(after=timedelta(minutes=minutes)) for minutes in range(draw(st.integers(1, 3)))),
        regression=tasks[: draw(st.integers(1, 2))],
        pre_release=(make_task("submit", submission=True, retries=retries),),
        stores=draw(st.sampled_from(((), (AppStore.APP_STORE,)))),
        auto_trigger=draw(st.frozensets(st.sampled_from((Stage.STAGE_2, Stage.STAGE_3)))),
    )


class Course(RuleBasedStateMachine):
    """One course of things over one store; what is picked is picked among what there is."""

    make_store: Callable[[], Store]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World(self.make_store)
        self.runner.run(self.world.open())
        self.keys = 0

    @initialize(plans=st.lists(plans(), min_size=1, max_size=2), far=st.sampled_from(range(12)))
    def begin(self, plans: list[Plan], far: int) -> None:
        """Begin somewhere on the way."""
        for number, plan in enumerate(plans):
            self.runner.run(self.world.add(plan, f"r{number}"))
        for _ in range(far):
            self.go_on()

    def go_on(self) -> None:
        """Do what leads on, then everything that is due."""
        for pick in range(len(self.world.releases)):
            self.perform_what_leads_on(pick)
        self.work()
        self.jump(timedelta(seconds=5))

    @rule(pick=PICKS, task=PICKS, action=st.sampled_from(Action), keyed=st.booleans())
    def perform_any(self, pick: int, task: int, action: Action, keyed: bool) -> None:
        self.keys += 1
        release = self.world.releases[pick % len(self.world.releases)]
        target = release.tasks[task % len(release.tasks)] if "TASK" in action else None
        self.runner.run(self.world.perform(release, action, target, f"key {self.keys}" if keyed else None))

    @rule(pick=PICKS)
    def perform_what_leads_on(self, pick: int) -> None:
        release = self.world.releases[pick % len(self.world.releases)]
        failed = next((task for task in release.tasks if task.status == "FAILED"), None)
        action = next((action for action in release.snapshot.actions if action in GOING_ON), None)
        if action and (failed or "TASK" not in action):
            self.runner.run(self.world.perform(release, action, failed if "TASK" in action else None, None))

    @rule(pick=PICKS, other_input=st.booleans())
    def repeat(self, pick: int, other_input: bool) -> None:
        self.runner.run(self.world.repeat(pick, other_input=other_input))

    @rule(pick=PICKS, decision=st.sampled_from(StoreDecision))
    def review(self, pick: int, decision: StoreDecision) -> None:
        self.runner.run(self.world.review(self.world.releases[pick % len(self.world.releases)], decision))

    @rule(pick=PICKS)
    def complete(self, pick: int) -> None:
        self.runner.run(self.world.complete(self.world.releases[pick % len(self.world.releases)]))

    @rule(pick=PICKS)
    def claim_any(self, pick: int) -> None:
        tasks = self.world.tasks
        self.runner.run(self.world.claim(*tasks[pick % len(tasks)]))

    @rule()
    def hand_out(self) -> None:
        """Advance what is due and claim what is ready."""
        for release in self.world.releases:
            self.runner.run(self.world.advance(release))
        for release, task in self.world.tasks:
            if task.status == "PENDING" and self.world.seen[release.id] is release:
                self.runner.run(self.world.claim(release, task))

    def work(self) -> None:
        """Hand out and end everything well."""
        self.hand_out()
        for claimed in self.world.held:
            self.runner.run(self.world.record(claimed, TaskOutcome.SUCCEEDED))

    @rule(pick=PICKS, outcome=st.none() | OUTCOMES)
    def record(self, pick: int, outcome: TaskOutcome | None) -> None:
        if claimed := self._claimed(pick):
            self.runner.run(self.world.record(claimed, outcome))

    @rule(pick=PICKS)
    def renew(self, pick: int) -> None:
        if claimed := self._claimed(pick):
            self.runner.run(self.world.renew(claimed))

    @rule(pick=PICKS, outcome=OUTCOMES, later=st.sampled_from((0, 0, 0, -1, 1)), wrong=st.sampled_from((0, 0, 0, 1)))
    def call_back(self, pick: int, outcome: TaskOutcome, later: int, wrong: int) -> None:
        if claimed := self._claimed(pick):
            self.runner.run(self.world.call_back(claimed, outcome, later, wrong=bool(wrong)))

    @rule(pick=PICKS, outcome=OUTCOMES, wait=st.booleans())
    def call_back_after_the_end(self, pick: int, outcome: TaskOutcome, wait: bool) -> None:
        """Report on an attempt that has failed, before or after the next one was begun."""
        if claimed := self._claimed(pick):
            self.runner.run(self.world.record(claimed, TaskOutcome.FAILED))
            if wait:
                self.jump(LEASE)
                self.hand_out()
            self.runner.run(self.world.call_back(claimed, outcome, 0, wrong=False))

    @rule(pick=PICKS)
    def advance(self, pick: int) -> None:
        self.runner.run(self.world.advance(self.world.releases[pick % len(self.world.releases)]))

    @rule(jump=JUMPS)
    def jump(self, jump: timedelta) -> None:
        self.world.clock.now += jump

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        self.runner.run(self.world.restart(clean=clean))

    @rule(times=st.integers(1, 5))
    def crash_and_take_up(self, times: int) -> None:
        """Let the process die while it runs a task, again and again."""
        for _ in range(times):
            self.claim_any(0)
            self.restart(clean=False)
            self.jump(LEASE)
            for release, task in self.world.tasks:
                if task.status == "IN_PROGRESS" and self.world.seen[release.id] is release:
                    self.runner.run(self.world.claim(release, task))

    def teardown(self) -> None:
        try:
            self.runner.run(self.world.close())
        finally:
            self.runner.close()

    def _claimed(self, pick: int) -> Claimed | None:
        """Return something that this process runs, or any claim that was ever made."""
        claims = self.world.held if pick % 4 and self.world.held else self.world.claims
        return claims[-1 - pick // 4 % len(claims)] if claims else None


def test_in_memory(figures: Callable[[str], None]) -> None:
    def once() -> Callable[[], Store]:
        store = MemoryStore()
        return lambda: store

    figures(run("memory", once))


def test_in_sqlite(tmp_path: Path, figures: Callable[[str], None]) -> None:
    empty = tmp_path / "empty.db"
    migrate(empty)

    def once() -> Callable[[], Store]:
        path = Path(tempfile.mkdtemp(dir=tmp_path)) / "phaseboard.db"
        shutil.copy(empty, path)
        return lambda: SQLiteStore(path)

    figures(run("sqlite", once))


def run(name: str, once: Callable[[], Callable[[], Store]]) -> str:
    covered = Counter[str]()

    @seed(SEED)
    class Fresh(Course):
        def __init__(self) -> None:
            self.make_store = once()
            super().__init__()
            self.world.covered = covered

    run_state_machine_as_test(
        Fresh,
        settings=settings(
            max_examples=RUNS[name],
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    missed = {*Phase, *ANSWERS} - covered.keys()
    assert len(missed) <= MISSED, missed
    return ", ".join(f"{count} {what}" for what, count in covered.items())


pytestmark = pytest.mark.timeout(120 + RUNS["sqlite"] + RUNS["memory"])
