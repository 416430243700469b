"""How far each stage is, counted from its tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from phaseboard.cli.answers import Release, Task
from phaseboard.cli.words import in_words

_CYCLE_OVER = {"DONE", "ABANDONED"}


@dataclass(frozen=True, slots=True)
class StageProgress:
    """A stage's bar: its share between 0 and 1, and the share in words."""

    name: str
    status: str
    share: float
    words: str


def stage_progress(release: Release) -> tuple[StageProgress, ...]:
    """Return the progress of the three stages."""
    status = release.status_response.stages
    return (
        _by_tasks("Stage 1 Kickoff", status.stage1, _of_stage(release, "STAGE_1")),
        _by_cycles(release),
        _by_tasks("Stage 3 Pre-release", status.stage3, _of_stage(release, "STAGE_3")),
    )


def tasks_in_focus(release: Release) -> tuple[Task, ...]:
    """Return the tasks of the stage that runs, else of the last one that did; in stage 2 those of its last cycle."""
    stages = release.status_response.stages
    begun = [
        name
        for name, status in (("STAGE_1", stages.stage1), ("STAGE_2", stages.stage2), ("STAGE_3", stages.stage3))
        if status != "PENDING"
    ]
    tasks = _of_stage(release, begun[-1] if begun else "STAGE_1")
    if begun[-1:] == ["STAGE_2"]:
        last = max((task.cycle.number for task in tasks if task.cycle), default=0)
        return tuple(task for task in tasks if task.cycle and task.cycle.number == last)
    return tasks


def _by_tasks(name: str, status: str, tasks: Sequence[Task]) -> StageProgress:
    settled = sum(task.settled for task in tasks)
    share = settled / len(tasks) if tasks else float(status == "COMPLETED")
    words = f"{settled} of {_tasks(len(tasks))}" if tasks else in_words(status)
    return StageProgress(name, status, share, words)


def _by_cycles(release: Release) -> StageProgress:
    """Return the progress of stage 2: each cycle an equal part, that of the running one filled by its tasks."""
    name, status = "Stage 2 Regression", release.status_response.stages.stage2
    regression = release.status_response.regression
    if status == "COMPLETED":
        return StageProgress(name, status, 1, f"{_cycles(len(release.cycles))} run")
    if regression is None or status == "PENDING":
        return StageProgress(name, status, 0, in_words(status))
    over = sum(cycle.status in _CYCLE_OVER for cycle in release.cycles)
    total = max(regression.progress.total, 1)
    words = f"{regression.progress.completed} of {_cycles(regression.progress.total)} done"
    return StageProgress(name, status, min(1, (over + _running_share(release)) / total), words)


def _running_share(release: Release) -> float:
    running = [cycle.number for cycle in release.cycles if cycle.status not in _CYCLE_OVER]
    tasks = [task for task in _of_stage(release, "STAGE_2") if task.cycle and task.cycle.number in running]
    return sum(task.settled for task in tasks) / len(tasks) if tasks else 0


def _of_stage(release: Release, stage: str) -> tuple[Task, ...]:
    return tuple(task for task in release.tasks if task.stage == stage)


def _tasks(amount: int) -> str:
    return "1 task" if amount == 1 else f"{amount} tasks"


def _cycles(amount: int) -> str:
    return "1 cycle" if amount == 1 else f"{amount} cycles"
