"""Finding the executors: the built-in ones and what other packages add under the same entry point group."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from pydantic import BaseModel

from phaseboard.engine.executors.port import Executor

GROUP = "phaseboard.executors"
_OURS = "phaseboard"


class Executors(NamedTuple):
    """The executors by the name plans use, and what is wrong with those that are missing: a line each."""

    executors: Mapping[str, Executor]
    problems: tuple[str, ...]


def load_executors(environ: Mapping[str, str], points: Iterable[EntryPoint] | None = None) -> Executors:
    """Build every executor that is installed; one that is broken becomes a problem and does not stop the others.

    Of two with the same name Phaseboard's own is taken, then that of the package first in the alphabet. `points` are
    for tests.
    """
    found = entry_points(group=GROUP) if points is None else points
    chosen: dict[str, EntryPoint] = {}
    executors: dict[str, Executor] = {}
    problems: list[str] = []
    for point in sorted(found, key=_rank):
        taken = chosen.setdefault(point.name, point)
        if taken is not point:
            problems += _duplicate(taken, point)
            continue
        try:
            executors[point.name] = _built(point, environ)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in may raise anything
            problems.append(f'The executor "{point.name}" ({_origin(point)}) is not available: {_reason(error)}')
    return Executors(executors, tuple(problems))


def _built(point: EntryPoint, environ: Mapping[str, str]) -> Executor:
    kind = point.load()
    if not isinstance(kind, type):
        raise TypeError("it is not a class.")
    if flaws := list(_flaws(kind)):
        raise TypeError(f"{'; '.join(flaws)}.")
    executor: Executor = kind(environ)
    return executor


def _flaws(kind: type) -> Iterable[str]:
    """Yield what the class lacks of the interface."""
    settings = getattr(kind, "settings", None)
    if isinstance(settings, type) and issubclass(settings, BaseModel):
        settings.model_json_schema()
    else:
        yield "`settings` must be a pydantic model"
    timeout = getattr(kind, "callback_timeout", None)
    if not isinstance(timeout, timedelta) or timeout <= timedelta():
        yield "`callback_timeout` must be a timedelta above zero"
    for method in ("execute", "close"):
        if not callable(getattr(kind, method, None)):
            yield f"`{method}` must be a method"


def _duplicate(taken: EntryPoint, other: EntryPoint) -> list[str]:
    if taken.value == other.value:
        return []
    return [f'The executor "{other.name}" of {_origin(other)} is not used: {_origin(taken)} has one of that name.']


def _rank(point: EntryPoint) -> tuple[str, bool, str, str]:
    package = _package(point)
    return point.name, package != _OURS, package, point.value


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _origin(point: EntryPoint) -> str:
    package = _package(point)
    return f"{package}, {point.value}" if package else point.value


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, TypeError | ValueError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
