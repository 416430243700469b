"""What must not be lost, and what must not be left behind (I1, I10)."""

from collections import Counter
from datetime import datetime

from phaseboard.domain.enums import ReleaseStatus, TaskStatus
from phaseboard.domain.events import ActionPerformed
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from tests.reliability.findings import Broken, row_of
from tests.reliability.history import History


def no_task_is_lost(history: History) -> Broken:
    """I1: a task of the plan is there, and it has ended or something will move it."""
    for release in history.releases:
        yield from _missing_tasks(release)
        if release.status in (ReleaseStatus.IN_PROGRESS, ReleaseStatus.PAUSED):
            for task in _under_way(release):
                if why := _stuck(history, release, task):
                    yield f"{row_of(release, task)}: {why}"


def nothing_acknowledged_is_lost(history: History) -> Broken:
    """I1: what a client was told is committed stands in the log."""
    revisions = {(event.release_id, event.revision) for event in history.events}
    performed = {
        (event.release_id, event.revision, event.event.reason)
        for event in history.events
        if isinstance(event.event, ActionPerformed)
    }
    for told in history.acknowledged:
        if (told.release_id, told.revision) not in revisions:
            yield f"{told}: no event with this revision"
        elif told.reason and (told.release_id, told.revision, told.reason) not in performed:
            yield f"{told}: another action has this revision"


def nothing_is_left(history: History) -> Broken:
    """I10: what was started has ended."""
    yield from history.left_over


def _missing_tasks(release: Release) -> Broken:
    plan = release.plan
    wanted = Counter({None: len(plan.kickoff) + len(plan.pre_release)})
    wanted += Counter({cycle.number: len(plan.regression) for cycle in release.cycles})
    found = Counter(task.cycle for task in release.tasks)
    if found != wanted:
        yield f"{release.id} has tasks by cycle {dict(found)}, its plan and cycles ask for {dict(wanted)}"


def _under_way(release: Release) -> list[Task]:
    """Return the tasks of the stage or cycle that is IN_PROGRESS."""
    going = {f"STAGE_{number}" for number, stage in enumerate(release.stages, start=1) if stage == "IN_PROGRESS"}
    running = [cycle.number for cycle in release.cycles if cycle.status == "IN_PROGRESS"]
    return [task for task in release.tasks if task.stage in going and (task.cycle is None or task.cycle in running)]


def _stuck(history: History, release: Release, task: Task) -> str | None:
    """Return why nothing will ever move a task; None when something will."""
    if task.status is TaskStatus.AWAITING_CALLBACK:
        if task.deadline is None:
            return "waits for a callback without a deadline"
        return None if release.id in history.wakes else f"nobody wakes at its deadline {task.deadline}"
    if task.ended or release.status is ReleaseStatus.PAUSED:
        return None
    due = history.due.get(task.id)
    if task.status is TaskStatus.IN_PROGRESS:
        return None if due else "is handed out, and nobody takes it up when its lease runs out"
    return _not_claimed(release, task, due)


def _not_claimed(release: Release, task: Task, due: datetime | None) -> str | None:
    others = {other.spec.name: other for other in _under_way(release)}
    if not all(others[name].settled for name in task.spec.needs):
        return None
    if due is None:
        return "its turn has come, and nobody will claim it"
    return None if task.not_before is None or due <= task.not_before else f"is due at {due}, not {task.not_before}"
