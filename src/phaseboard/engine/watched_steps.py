"""The steps of the engine, told of to whoever watches."""

from datetime import timedelta

from phaseboard.activity import Activity, Kind, Watch, Watched
from phaseboard.domain.commands import AwaitCallback, Finish
from phaseboard.engine.clock import Clock
from phaseboard.engine.steps import Claimed, Steps
from phaseboard.store.port import DueTask, Store


class WatchedSteps(Steps):
    """Tells of each step that changed something."""

    def __init__(self, store: Store, clock: Clock, lease: timedelta, watch: Watch) -> None:
        super().__init__(store, clock, lease)
        self._watch = watch

    async def advance(self, release_id: str) -> bool:
        """Do the next thing that time allows a release."""
        with Watched(Activity(Kind.ADVANCE, details={"release": release_id}), self._watch) as activity:
            moved = await super().advance(release_id)
            activity.dropped = not moved
            return moved

    async def claim(self, due: DueTask) -> Claimed | None:
        """Take a task under a new lease."""
        details = {"release": due.release_id, "task": due.task_id}
        with Watched(Activity(Kind.CLAIM, details=details), self._watch) as activity:
            claimed = await super().claim(due)
            activity.dropped = claimed is None
            return claimed

    async def record(self, release_id: str, command: AwaitCallback | Finish) -> bool:
        """Record what an executor made of a task."""
        details = {"release": release_id, "task": command.task_id}
        with Watched(Activity(Kind.RECORD, details=details), self._watch) as activity:
            held = await super().record(release_id, command)
            activity.dropped = not held
            return held
