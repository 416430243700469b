"""Runs claimed tasks: a bounded number side by side, each under a lease that is renewed while it runs.

A task ends here in one of four ways: its executor returns (or raises, or takes too long) and the result is recorded;
its lease is lost, so that somebody else has it; it was settled otherwise (skipped, reported, archived), so that its
result would change nothing; or the server stops, so that its lease is let go and the task is taken up again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from phaseboard.activity import Activity, Kind, Watch, Watched
from phaseboard.domain.enums import Phase, TaskStatus
from phaseboard.domain.events import PhaseChanged, RecordedEvent, TaskChanged
from phaseboard.engine.executors.port import AwaitingCallback, Done, Executor, Failed, Result
from phaseboard.engine.jobs import command_for, prepare
from phaseboard.engine.steps import Claimed, Steps
from phaseboard.store.errors import StoreError, Unavailable

log = logging.getLogger(__name__)

SUSPECT = 3
"""How often an attempt was handed out, and its process ended, when it is suspected of having ended it.

Suspects run one at a time: whatever ends the process takes along what runs beside it, and that is not to be failed
with it.
"""

HAND_BACK_SECONDS = 1.0
"""How long the tasks that are left at the end may take to be handed back, all together."""

RETRY_RECORDING = 1.0
"""Seconds between attempts to record a result while the database does not answer."""


def is_suspect(claims_before: int) -> bool:
    """Whether an attempt that was handed out so many times before may have ended its process each time."""
    return claims_before >= SUSPECT


class TaskRunner:
    """At most `slots` tasks at a time."""

    def __init__(
        self,
        steps: Steps,
        executors: Mapping[str, Executor],
        public_url: str,
        slots: int,
        watch: Watch = lambda _: None,
    ) -> None:
        self.on_room: Callable[[], None] = lambda: None
        self._steps = steps
        self._executors = executors
        self._public_url = public_url
        self._slots = slots
        self._watch = watch
        self._running: dict[str, tuple[Claimed, asyncio.Task[None]]] = {}

    @property
    def free(self) -> int:
        """How many more tasks may be started now."""
        return self._slots - len(self._running)

    @property
    def running(self) -> int:
        """How many tasks run here at present."""
        return len(self._running)

    @property
    def suspected(self) -> bool:
        """Whether one of the tasks that run here is suspected of having ended its process before."""
        return any(is_suspect(claimed.task.claims - 1) for claimed, _ in self._running.values())

    @property
    def executors_in_use(self) -> list[str]:
        """The executor of each task that runs here at present."""
        return [claimed.task.spec.executor for claimed, _ in self._running.values()]

    def runs(self, task_id: str) -> bool:
        """Whether this process runs the task: its lease is held here, whatever the clock says."""
        return task_id in self._running

    def start(self, claimed: Claimed) -> None:
        """Run a claimed task in the background."""
        running = asyncio.create_task(self._run(claimed), name=f"run {claimed.task.id}")
        self._running[claimed.task.id] = claimed, running
        running.add_done_callback(lambda ended: self._ended(claimed.task.id, ended))

    def observe(self, events: Sequence[RecordedEvent]) -> None:
        """Stop the tasks that were settled otherwise; what they would return changes nothing (rules 3.3).

        Events come some time after their commit: what was recorded before a task was claimed says nothing of it.
        """
        for recorded in events:
            match recorded.event:
                case TaskChanged(after=TaskStatus.IN_PROGRESS):
                    continue
                case TaskChanged(task_id=task_id) if task_id in self._running:
                    self._cancel_if_over(recorded, recorded.event)
                case PhaseChanged(after=Phase.ARCHIVED):
                    for claimed, running in self._running.values():
                        if claimed.release.id == recorded.release_id:
                            running.cancel()

    async def stop(self, grace: float) -> None:
        """Give running tasks `grace` seconds to end, then cancel them and let go of their leases.

        What the database does not take back in time is taken up when its lease runs out.
        """
        running = [task for _, task in self._running.values()]
        if running:
            await asyncio.wait(running, timeout=grace)
        left = dict(self._running)
        for _, task in left.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in left.values()), return_exceptions=True)
        try:
            async with asyncio.timeout(HAND_BACK_SECONDS):
                await asyncio.gather(*(self._hand_back(claimed) for claimed, _ in left.values()))
        except TimeoutError:
            log.warning("not all tasks were handed back", extra={"action": "task.hand_back"})

    async def _hand_back(self, claimed: Claimed) -> None:
        with suppress(StoreError):
            await self._steps.hand_back(claimed)

    def _ended(self, task_id: str, ended: asyncio.Task[None]) -> None:
        if self._running.get(task_id, (None, None))[1] is ended:
            del self._running[task_id]
        if not ended.cancelled() and (error := ended.exception()):
            log.error("task run broke off", exc_info=error, extra={"action": "task.broken", "task": task_id})
        self.on_room()

    def _cancel_if_over(self, recorded: RecordedEvent, event: TaskChanged) -> None:
        claimed, running = self._running[event.task_id]
        if recorded.revision > claimed.release.revision and event.after is not TaskStatus.AWAITING_CALLBACK:
            running.cancel()

    async def _run(self, claimed: Claimed) -> None:
        renewing = asyncio.create_task(self._renew(claimed, asyncio.current_task()))
        try:
            with Watched(_attempt(claimed), self._watch) as activity:
                result = await self._result(claimed)
                activity.outcome = _OUTCOMES[type(result)]
            if not await self._record(claimed, result):
                log.info("result dropped", extra={"action": "task.stale", "task": claimed.task.id})
        finally:
            renewing.cancel()

    async def _result(self, claimed: Claimed) -> Result:
        spec = claimed.task.spec
        executor = self._executors.get(spec.executor)
        if executor is None:
            return Failed(message=f'This server has no executor "{spec.executor}": install it, then retry the task.')
        limit = asyncio.timeout(spec.timeout.total_seconds())
        try:
            prepared = prepare(claimed, executor, self._public_url)
            async with limit:
                result = await executor.execute(prepared.job, prepared.settings)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            if isinstance(error, TimeoutError) and limit.expired():
                return Failed(message=f"No result within {spec.timeout}.")
            log.warning("executor raised", exc_info=True, extra={"action": "task.raised", "task": claimed.task.id})
            return Failed(message=f"{type(error).__name__}: {error}")
        if not isinstance(result, Result):
            return Failed(
                message=f'The executor "{spec.executor}" returned {type(result).__name__}, which is no result.'
            )
        return result

    async def _record(self, claimed: Claimed, result: Result) -> bool:
        while True:
            try:
                return await self._steps.record(claimed.release.id, command_for(claimed, result))
            except Unavailable:
                await asyncio.sleep(RETRY_RECORDING)

    async def _renew(self, claimed: Claimed, running: asyncio.Task[None] | None) -> None:
        while True:
            await asyncio.sleep(self._steps.lease.total_seconds() / 3)
            with suppress(Unavailable):
                if await self._steps.renew(claimed.task):
                    continue
                log.warning("lease lost", extra={"action": "task.lease_lost", "task": claimed.task.id})
                if running:
                    running.cancel()
                return


_OUTCOMES: Mapping[type[Result], str] = {Done: "done", Failed: "failed", AwaitingCallback: "awaiting callback"}


def _attempt(claimed: Claimed) -> Activity:
    task = claimed.task
    details = {"release": claimed.release.id, "task": task.id, "attempt": str(task.attempt)}
    return Activity(Kind.ATTEMPT, task.spec.executor, details=details)


def _is_cancelled() -> bool:
    """Whether somebody cancelled the current task; an executor may raise CancelledError by itself."""
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0
