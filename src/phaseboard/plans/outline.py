"""What can be read of a document that may be wrong elsewhere: so that several mistakes are told at once.

Whatever has not the right shape is left out here; `translation` tells about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from phaseboard.plans.fields import MAX_CYCLES, MAX_NAME, MAX_TASKS, check_settings
from phaseboard.plans.problems import Path
from phaseboard.plans.times import parse_duration, parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutline:
    """A task as far as it can be read; `needs` is None when left out, then the task before it counts."""

    path: Path
    name: str | None
    executor: str | None
    settings: dict[str, Any] | None
    needs: tuple[tuple[int, str], ...] | None
    critical: bool
    submission: bool


@dataclass(frozen=True)
class StageOutline:
    """The tasks of a stage as far as they can be read."""

    path: Path
    tasks: tuple[TaskOutline, ...]
    in_cycle: bool = False

    @cached_property
    def names(self) -> Mapping[str, TaskOutline]:
        """Return the first task of each name that can be read, in the plan's order."""
        found: dict[str, TaskOutline] = {}
        for task in self.tasks:
            if task.name is not None:
                found.setdefault(task.name, task)
        return found

    @cached_property
    def all_named(self) -> bool:
        """Tell whether every task has a name that can be read."""
        return all(task.name is not None for task in self.tasks)


@dataclass(frozen=True, slots=True)
class CycleOutline:
    """The time of a cycle, either way."""

    path: Path
    time: datetime | timedelta


def stages_of(document: Mapping[str, Any]) -> tuple[StageOutline, ...]:
    """Return the three stages in order."""
    regression = _mapping(document.get("regression"))
    return (
        StageOutline(("kickoff",), _tasks(document.get("kickoff"), ("kickoff",))),
        StageOutline(("regression", "tasks"), _tasks(regression.get("tasks"), ("regression", "tasks")), in_cycle=True),
        StageOutline(("preRelease",), _tasks(document.get("preRelease"), ("preRelease",))),
    )


def cycles_of(document: Mapping[str, Any]) -> tuple[CycleOutline, ...]:
    """Return the cycles that have exactly one time that can be read."""
    raw = _bounded(_mapping(document.get("regression")).get("cycles"), MAX_CYCLES)
    cycles = [_cycle(cycle, ("regression", "cycles", index)) for index, cycle in enumerate(raw)]
    return tuple(cycle for cycle in cycles if cycle is not None)


def _cycle(raw: Any, path: Path) -> CycleOutline | None:
    given = {key: value for key, value in _mapping(raw).items() if value is not None}
    try:
        match given:
            case {"scheduledAt": value} if "after" not in given:
                return CycleOutline((*path, "scheduledAt"), parse_instant(value))
            case {"after": value} if "scheduledAt" not in given:
                return CycleOutline((*path, "after"), parse_duration(value))
    except ValueError:
        pass
    return None


def _tasks(raw: Any, path: Path) -> tuple[TaskOutline, ...]:
    return tuple(_task(_mapping(task), (*path, index)) for index, task in enumerate(_bounded(raw, MAX_TASKS)))


def _task(raw: Mapping[str, Any], path: Path) -> TaskOutline:
    return TaskOutline(
        path=path,
        name=_name(raw.get("name")),
        executor=_name(raw.get("executor")),
        settings=_settings(raw.get("with")),
        needs=_needs(raw.get("needs")),
        critical=raw.get("critical") is not False,
        submission=raw.get("submission") is True,
    )


def _settings(raw: Any) -> dict[str, Any] | None:
    """Return settings of a size that may be looked through."""
    try:
        return {} if raw is None else check_settings(raw) if isinstance(raw, dict) else None
    except ValueError:
        return None


def _needs(raw: Any) -> tuple[tuple[int, str], ...] | None:
    if raw is None:
        return None
    names = [(index, _name(need)) for index, need in enumerate(_bounded(raw, MAX_TASKS))]
    return tuple((index, name) for index, name in names if name is not None)


def _mapping(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _bounded(raw: Any, most: int) -> list[Any]:
    return raw if isinstance(raw, list) and len(raw) <= most else []


def _name(raw: Any) -> str | None:
    return raw if isinstance(raw, str) and 1 <= len(raw) <= MAX_NAME else None
