"""A model of the engine: what each request has to answer, by the rules alone, and what it has to change.

`World` holds a real store with the real use cases and steps over it. Each of its methods asks for one thing, compares
the answer with what the model expects, and looks at the release before and after.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import AwaitCallback, Complete, Finish, Perform, Report, Review
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Phase, ReleaseStatus, StoreDecision, TaskOutcome, TaskStatus
from phaseboard.domain.enums import Store as AppStore
from phaseboard.domain.errors import Refusal, ResultRefused
from phaseboard.domain.plan import Plan
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.engine.errors import KeyConflict, WrongSecret
from phaseboard.engine.secrets import callback_secret
from phaseboard.engine.steps import Claimed, Steps
from phaseboard.engine.use_cases import Condition, UseCases
from phaseboard.store.port import DueTask, Store
from tests.domain import guide
from tests.engine.hands import Clock
from tests.reliability.history import history_of
from tests.reliability.invariants import check_invariants
from tests.reliability.witness import Fact, leases_of, watch

LEASE = timedelta(seconds=15)
MAX_CLAIMS = 5
ACTIVE, PAUSED, ARCHIVED = ReleaseStatus.IN_PROGRESS, ReleaseStatus.PAUSED, ReleaseStatus.ARCHIVED


class World:
    """Releases in a store, and what the model knows of them."""

    def __init__(self, make_store: Callable[[], Store]) -> None:
        self.clock = Clock()
        self.covered = Counter[str]()
        """What came about: the phases after each request, and the answers to callbacks."""
        self.seen: dict[str, Release] = {}
        self.claims: list[Claimed] = []
        self.store: Store | None = None
        self._make_store = make_store
        self._facts: list[Fact] = []
        self._lease_until: dict[str, datetime] = {}
        self._held: dict[str, Claimed] = {}
        self._outcomes: dict[tuple[str, int], TaskOutcome] = {}
        self._asked: list[tuple[str, Perform, str, int]] = []

    @property
    def releases(self) -> list[Release]:
        return list(self.seen.values())

    @property
    def held(self) -> list[Claimed]:
        """What this process runs, as far as it knows."""
        return list(self._held.values())

    @property
    def tasks(self) -> list[tuple[Release, Task]]:
        return [(release, task) for release in self.releases for task in release.tasks]

    async def open(self) -> None:
        store = self._make_store()
        if store is not self.store:  # the one in memory outlives its process
            watch(store, self._facts.append)
        self.store = store
        await self.store.open()
        self.use_cases = UseCases(self.store, self.clock)
        self.steps = Steps(self.store, self.clock, LEASE)

    async def close(self) -> None:
        """End, and check the whole history."""
        history = await history_of(self.store)
        history.leases = leases_of(self._facts)
        await self.store.close()
        check_invariants(history)

    async def add(self, plan: Plan, key: str) -> None:
        made = create(plan, key=key, secret=f"secret {key}", now=self.clock())
        await self.store.write(lambda writer: writer.add(made.release, made.events, self.clock(), SYSTEM))
        self.seen[made.release.id] = made.release

    # What persons ask for

    async def perform(self, release: Release, action: Action, task: Task | None, key: str | None) -> None:
        """Expected to succeed exactly when the guide offers the action (rules 3.1)."""
        command = Perform(action=action, task_id=task.id if task else None)
        expected = action in guide.ACTIONS[release.phase] and (
            "TASK" not in action or (task in under_way(release) and task.status is TaskStatus.FAILED)
        )
        try:
            outcome = await self.use_cases.perform(release.id, command, SYSTEM, Condition(idempotency_key=key))
        except Refusal:
            assert not expected
        else:
            assert expected
            assert outcome.snapshot.revision == release.revision + 1
            if key:
                self._asked.append((release.id, command, key, outcome.snapshot.revision))
        await self._look(release.id, changed=expected)

    async def repeat(self, pick: int, *, other_input: bool) -> None:
        """A repeat with its key returns the first result; the same key with other input is refused (rules 3.3)."""
        if not self._asked:
            return
        release_id, command, key, revision = self._asked[pick % len(self._asked)]
        asked = Perform(action=command.action, task_id=command.task_id, reason="other" if other_input else None)
        try:
            outcome = await self.use_cases.perform(release_id, asked, SYSTEM, Condition(idempotency_key=key))
        except KeyConflict:
            assert other_input
        else:
            assert not other_input
            assert (outcome.replayed, outcome.snapshot.revision) == (True, revision)
        await self._look(release_id, changed=False)

    async def review(self, release: Release, decision: StoreDecision) -> None:
        known = next((review for review in release.reviews if review.store is AppStore.APP_STORE), None)
        again = known is not None and known.decision is decision
        expected = release.phase is Phase.SUBMITTED and known is not None and known.decision is None
        command = Review(store=AppStore.APP_STORE, decision=decision)
        try:
            outcome = await self.use_cases.review(release.id, command, SYSTEM)
        except Refusal:
            assert not expected
            assert not again
        else:
            assert (expected, outcome.replayed) in ((True, False), (False, True))
        await self._look(release.id, changed=expected)

    async def complete(self, release: Release) -> None:
        expected = release.phase is Phase.SUBMITTED and not release.reviews
        try:
            await self.use_cases.complete(release.id, Complete(), SYSTEM)
        except Refusal:
            assert not expected
        else:
            assert expected
        await self._look(release.id, changed=expected)

    # What the engine does

    async def claim(self, release: Release, task: Task) -> Claimed | None:
        """Expected exactly when its turn has come or its lease has run out, and then under the next token."""
        expected = self._claimable(release, task)
        claimed = await self.steps.claim(DueTask(task.id, release.id, self.clock()))
        given = expected and task.claims < MAX_CLAIMS
        assert (claimed is not None) == given, (expected, task)
        if claimed:
            assert claimed.task.lease_token == task.lease_token + 1
            assert claimed.task.idempotency_key == task.idempotency_key
            self._lease_until[task.id] = self.clock() + LEASE
            self._held[task.id] = claimed
            self.claims.append(claimed)
        await self._look(release.id, changed=expected)
        return claimed

    async def record(self, claimed: Claimed, outcome: TaskOutcome | None) -> None:
        """Record a result, or the wait for a callback: expected to change something under the newest token alone."""
        task_id, token = claimed.task.id, claimed.task.lease_token
        command = Finish(task_id=task_id, token=token, outcome=outcome) if outcome else AwaitCallback(task_id=task_id, token=token)  # noqa: E501  # fmt: skip
        expected = self._is_held(claimed)
        assert await self.steps.record(claimed.release.id, command) == expected
        await self._look(claimed.release.id, changed=expected)

    async def renew(self, claimed: Claimed) -> None:
        expected = self._is_held(claimed)
        assert await self.steps.renew(claimed.task) == expected
        if expected:
            self._lease_until[claimed.task.id] = self.clock() + LEASE
        await self._look(claimed.release.id, changed=False)

    async def advance(self, release: Release) -> None:
        expected = self._due(release)
        assert await self.steps.advance(release.id) == expected
        await self._look(release.id, changed=expected)

    async def call_back(self, claimed: Claimed, outcome: TaskOutcome, later: int, *, wrong: bool) -> None:
        """Report on the attempt that was claimed, or one next to it; each case has its answer (rules 5.5)."""
        release, attempt = self.seen[claimed.release.id], max(1, claimed.task.attempt + later)
        secret = "wrong" if wrong else callback_secret(release.secret, claimed.task.id, attempt)
        expected = "WRONG_SECRET" if wrong else self._answer(release, claimed.task.id, attempt, outcome)
        try:
            told = await self.use_cases.callback(
                Report(task_id=claimed.task.id, attempt=attempt, outcome=outcome), secret
            )
            answer = "DUPLICATE" if told.replayed else "ACCEPTED"
        except WrongSecret:
            answer = "WRONG_SECRET"
        except ResultRefused as refused:
            answer = refused.answer
        assert answer == expected
        self.covered[answer] += 1
        await self._look(release.id, changed=answer == "ACCEPTED")

    # What happens to the process

    async def restart(self, *, clean: bool) -> None:
        """End the process and start another one; a clean end gives back what it holds, a crash does not."""
        for claimed in self._held.values() if clean else ():
            expected = self._is_held(claimed)
            await self.steps.hand_back(claimed)
            if expected:
                self._lease_until[claimed.task.id] = self.clock()
            await self._look(claimed.release.id, changed=expected)
        self._held.clear()
        await self.store.close()
        await self.open()

    # The model

    async def _look(self, release_id: str, *, changed: bool) -> None:
        """Compare a release with what it was: one revision more if it changed, else nothing at all."""
        release = await self.store.read(lambda reader: reader.release(release_id))
        assert release is not None
        before = self.seen[release_id]
        assert release.revision == before.revision + changed
        assert changed or release == before
        self.seen[release_id] = release
        self.covered[release.phase] += 1
        for task in release.tasks:
            for attempt in task.attempts:
                if attempt.outcome:
                    assert self._outcomes.setdefault((task.id, attempt.number), attempt.outcome) is attempt.outcome

    def _is_held(self, claimed: Claimed) -> bool:
        release = self.seen[claimed.release.id]
        task = task_of(release, claimed.task.id)
        newest = task.status is TaskStatus.IN_PROGRESS and task.lease_token == claimed.task.lease_token
        return newest and release.status is not ARCHIVED

    def _claimable(self, release: Release, task: Task) -> bool:
        if release.status is not ACTIVE or task not in under_way(release):
            return False
        if task.status is TaskStatus.IN_PROGRESS:
            return self._lease_until[task.id] <= self.clock()
        settled = {other.spec.name for other in under_way(release) if other.settled}
        ready = task.status is TaskStatus.PENDING and settled >= set(task.spec.needs)
        return ready and (task.not_before is None or task.not_before <= self.clock())

    def _due(self, release: Release) -> bool:
        now = self.clock()
        if release.status not in (ACTIVE, PAUSED):
            return False
        if any(task.deadline and task.deadline <= now for task in release.tasks):
            return True
        cycle = release.cycles[-1].status if release.cycles else "DONE"
        opens = cycle in ("DONE", "ABANDONED") and release.scheduled and release.scheduled[0].scheduled_at <= now
        return release.status is ACTIVE and (cycle == "NOT_STARTED" or bool(opens))

    def _answer(self, release: Release, task_id: str, attempt: int, outcome: TaskOutcome) -> str:
        task, known = task_of(release, task_id), self._outcomes.get((task_id, attempt))
        cases: tuple[tuple[Any, str], ...] = (
            (release.status is ARCHIVED, "ARCHIVED"),
            (known is outcome, "DUPLICATE"),
            (attempt < task.attempt, "OLD_ATTEMPT"),
            (known, "CONTRADICTION"),
            (task.ended, "SETTLED"),
            (not task.running or attempt > task.attempt, "NOT_RUNNING"),
        )
        return next((answer for holds, answer in cases if holds), "ACCEPTED")


def task_of(release: Release, task_id: str) -> Task:
    return next(task for task in release.tasks if task.id == task_id)


def under_way(release: Release) -> list[Task]:
    """Return the tasks of the stage that is IN_PROGRESS, in stage 2 those of its running cycle."""
    going = [number for number, stage in enumerate(release.stages, start=1) if stage == "IN_PROGRESS"]
    running = [cycle.number for cycle in release.cycles if cycle.status == "IN_PROGRESS"]
    mine = [task for task in release.tasks if int(task.stage[-1]) in going]
    return [task for task in mine if task.cycle is None or task.cycle in running]
