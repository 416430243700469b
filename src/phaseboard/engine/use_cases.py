"""The use cases: load, decide, commit. One way in for whoever wants to change a release."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from hashlib import sha256

from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.commands import Command, Complete, Perform, Report, Review
from phaseboard.domain.creation import create
from phaseboard.domain.errors import ReportAnswer, ResultRefused, StaleRevision
from phaseboard.domain.ids import owner_of
from phaseboard.domain.plan import Plan
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import decide
from phaseboard.engine.clock import Clock
from phaseboard.engine.errors import KeyConflict, NotFound, WrongSecret
from phaseboard.engine.outcome import Outcome
from phaseboard.engine.reports import redacted
from phaseboard.engine.secrets import is_callback_secret, new_key, new_secret
from phaseboard.store.port import Place, Remembered, Store, Writer

CALLBACK = Actor(ActorKind.CALLBACK, "callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a caller may tie a change to (rules 3.3)."""

    expected_revision: int | None = None
    idempotency_key: str | None = None


UNCONDITIONAL = Condition()


class UseCases:
    """Everything that callers may ask for. All of them may also raise the store's errors."""

    def __init__(self, store: Store, clock: Clock, *, make_key: Callable[[], str] = new_key) -> None:
        self._store = store
        self._clock = clock
        self._make_key = make_key

    async def create(self, plan: Plan, actor: Actor, condition: Condition = UNCONDITIONAL) -> Outcome:
        """Create a release from a checked plan. Raises KeyConflict."""
        request = _Request.of(actor, condition, json.dumps(plan, default=_plain, sort_keys=True))

        async def work(writer: Writer) -> Outcome:
            if first := await request.first_result(writer):
                return first
            now = self._clock()
            decision = create(plan, key=self._make_key(), secret=new_secret(), now=now, actor=actor)
            place = await writer.add(decision.release, decision.events, now, actor)
            outcome = _outcome(decision.release, place)
            await request.remember(writer, outcome, now)
            return outcome

        return await self._store.write(work)

    async def perform(
        self, release_id: str, command: Perform, actor: Actor, condition: Condition = UNCONDITIONAL
    ) -> Outcome:
        """Perform an action on a release. Raises NotFound, KeyConflict or a Refusal."""
        return await self._change(release_id, command, actor, condition)

    async def perform_on_task(
        self, task_id: str, command: Perform, actor: Actor, condition: Condition = UNCONDITIONAL
    ) -> Outcome:
        """Perform RETRY_TASK or SKIP_TASK; `command.task_id` names the task. Raises NotFound, KeyConflict, Refusal."""
        return await self._change(_owner(task_id), command, actor, condition)

    async def complete(
        self, release_id: str, command: Complete, actor: Actor, condition: Condition = UNCONDITIONAL
    ) -> Outcome:
        """Declare a submitted release without stores released. Raises NotFound, KeyConflict or a Refusal."""
        return await self._change(release_id, command, actor, condition)

    async def review(self, release_id: str, command: Review, actor: Actor) -> Outcome:
        """Record a store's verdict; the same one twice is acknowledged. Raises NotFound or a Refusal."""
        return await self._reported(release_id, command, actor)

    async def report(self, command: Report, actor: Actor) -> Outcome:
        """Record how a task ended; a repeated report is acknowledged. Raises NotFound or ResultRefused."""
        return await self._reported(_owner(command.task_id), command, actor)

    async def callback(self, command: Report, secret: str) -> Outcome:
        """Record a report that carries the attempt's secret. Raises NotFound, WrongSecret or ResultRefused."""

        def check(release: Release) -> None:
            if not is_callback_secret(secret, release.secret, command.task_id, command.attempt):
                raise WrongSecret(
                    "This is not the secret of the attempt: send what the task was given as Phaseboard-Secret."
                )

        return await self._reported(_owner(command.task_id), command, CALLBACK, check)

    async def _change(
        self, release_id: str, command: Perform | Complete, actor: Actor, condition: Condition
    ) -> Outcome:
        request = _Request.of(actor, condition, (release_id, command, condition.expected_revision))

        async def work(writer: Writer) -> Outcome:
            if first := await request.first_result(writer):
                return first
            release = await _loaded(writer, release_id, command)
            expected = condition.expected_revision
            if expected is not None and expected != release.revision:
                raise StaleRevision(expected, release.revision)
            now = self._clock()
            decision = decide(release, command, now)
            place = await writer.save(release, decision.release, decision.events, now, actor)
            outcome = _outcome(decision.release, place, command)
            await request.remember(writer, outcome, now)
            return outcome

        return await self._store.write(work)

    async def _reported(
        self,
        release_id: str,
        command: Report | Review,
        actor: Actor,
        check: Callable[[Release], None] = lambda _: None,
    ) -> Outcome:
        async def work(writer: Writer) -> Outcome:
            release = await _loaded(writer, release_id, command)
            check(release)
            now = self._clock()
            reported = redacted(command, release) if isinstance(command, Report) else command
            try:
                decision = decide(release, reported, now)
            except ResultRefused as refusal:
                if refusal.answer is not ReportAnswer.DUPLICATE:
                    raise
                return await _repeated(writer, release_id, command)
            place = await writer.save(release, decision.release, decision.events, now, actor)
            return _outcome(decision.release, place, command)

        return await self._store.write(work)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that may be repeated: its key, private to its actor, and what tells its input."""

    key: str | None
    shown: str
    fingerprint: str

    @classmethod
    def of(cls, actor: Actor, condition: Condition, asked: object) -> "_Request":
        shown = condition.idempotency_key or ""
        key = f"{actor.kind}:{len(actor.name)}:{actor.name}:{shown}" if shown else None
        return cls(key, shown, sha256(repr(asked).encode()).hexdigest() if key else "")

    async def first_result(self, writer: Writer) -> Outcome | None:
        first = await writer.recall(self.key) if self.key else None
        if first is None:
            return None
        if first.fingerprint != self.fingerprint:
            raise KeyConflict(self.shown)
        return Outcome(
            release_id=first.release_id,
            snapshot=first.snapshot,
            place=first.place,
            task_id=first.task_id,
            replayed=True,
        )

    async def remember(self, writer: Writer, outcome: Outcome, now: datetime) -> None:
        if self.key is None:
            return
        await writer.remember(
            Remembered(
                key=self.key,
                fingerprint=self.fingerprint,
                release_id=outcome.release_id,
                task_id=outcome.task_id,
                snapshot=outcome.snapshot,
                place=outcome.place,
                created_at=now,
            )
        )


def _plain(value: object) -> object:
    """Return a part of a plan for JSON: mappings and sets are the same in any order."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, frozenset) else str(value)


async def _loaded(writer: Writer, release_id: str, command: Command) -> Release:
    release = await writer.release(release_id)
    task_id = _task_of(command)
    if task_id and (release is None or release.task(task_id) is None):
        raise NotFound(task_id, "taskId")
    if release is None:
        raise NotFound(release_id, "releaseId")
    return release


async def _repeated(writer: Writer, release_id: str, command: Command) -> Outcome:
    status = await writer.status(release_id)
    if status is None:
        raise NotFound(release_id, "releaseId")
    return Outcome(
        release_id=release_id,
        snapshot=status.snapshot,
        place=Place(status.position),
        task_id=_task_of(command),
        replayed=True,
    )


def _outcome(release: Release, place: Place, command: Command | None = None) -> Outcome:
    return Outcome(
        release_id=release.id,
        snapshot=release.snapshot,
        place=place,
        task_id=_task_of(command) if command else None,
    )


def _task_of(command: Command) -> str | None:
    return getattr(command, "task_id", None)


def _owner(task_id: str) -> str:
    owner = owner_of(task_id, "tsk")
    if owner is None:
        raise NotFound(task_id, "taskId")
    return owner[0]
