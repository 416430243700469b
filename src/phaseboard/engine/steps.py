"""The steps that the engine takes by itself: advance a release, claim a task, record what became of it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import AwaitCallback, Claim, Finish, HandBack
from phaseboard.domain.enums import TaskStatus
from phaseboard.domain.errors import LeaseLost, NotClaimable
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.transitions import advance, decide
from phaseboard.engine.clock import Clock
from phaseboard.store.port import DueTask, Store, Writer


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that this process may run under its lease, and the release as it was when it was claimed."""

    release: Release
    task: Task


class Steps:
    """One commit each; all of them may also raise the store's errors."""

    def __init__(self, store: Store, clock: Clock, lease: timedelta) -> None:
        self._store = store
        self._clock = clock
        self.lease = lease

    async def advance(self, release_id: str) -> bool:
        """Do the next thing that time allows a release; False when nothing is due."""

        async def work(writer: Writer) -> bool:
            release = await writer.release(release_id)
            now = self._clock()
            decision = advance(release, now) if release else None
            if release is None or decision is None:
                return False
            await writer.save(release, decision.release, decision.events, now, SYSTEM)
            return True

        return await self._store.write(work)

    async def claim(self, due: DueTask) -> Claimed | None:
        """Take a task under a new lease; None when it is not to be run (any more)."""

        async def work(writer: Writer) -> Claimed | None:
            is_due = await writer.is_due(due.task_id, self._clock())
            release = await writer.release(due.release_id) if is_due else None
            if release is None:
                return None
            now = self._clock()
            try:
                decision = decide(release, Claim(task_id=due.task_id), now)
            except NotClaimable:
                return None
            await writer.save(release, decision.release, decision.events, now, SYSTEM)
            task = decision.release.task(due.task_id)
            if task is None or task.status is not TaskStatus.IN_PROGRESS:
                return None
            await writer.lease(task.id, task.lease_token, now + self.lease)
            return Claimed(decision.release, task)

        return await self._store.write(work)

    async def record(self, release_id: str, command: AwaitCallback | Finish) -> bool:
        """Record what an executor made of a task; False when its lease is not held any more."""

        async def work(writer: Writer) -> bool:
            release = await writer.release(release_id)
            if release is None:
                return False
            now = self._clock()
            try:
                decision = decide(release, command, now)
            except LeaseLost:
                return False
            await writer.save(release, decision.release, decision.events, now, SYSTEM)
            return True

        return await self._store.write(work)

    async def renew(self, task: Task) -> bool:
        """Extend the lease of a task; False when it is not held any more."""
        return await self._store.write(
            lambda writer: writer.renew(task.id, task.lease_token, self._clock() + self.lease)
        )

    async def hand_back(self, claimed: Claimed) -> None:
        """Give a task back unfinished: its lease runs out now, so that it is taken up again at once."""

        async def work(writer: Writer) -> None:
            release = await writer.release(claimed.release.id)
            now = self._clock()
            command = HandBack(task_id=claimed.task.id, token=claimed.task.lease_token)
            with suppress(LeaseLost):
                if release is not None:
                    decision = decide(release, command, now)
                    await writer.save(release, decision.release, decision.events, now, SYSTEM)
            await writer.renew(command.task_id, command.token, now)

        await self._store.write(work)
