"""The executors that tasks name, and what their settings must be."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from phaseboard.plans.catalog import Catalog, ChecksSettings, ExecutorInfo
from phaseboard.plans.outline import TaskOutline
from phaseboard.plans.problems import Path, Problem
from phaseboard.plans.translation import problems_of
from phaseboard.plans.wording import did_you_mean, quoted


def wrong_executor(task: TaskOutline, catalog: Catalog) -> Iterator[Problem]:
    """Yield a problem when the executor is unknown, or each problem of the settings with it."""
    if task.executor is None:
        return
    if task.executor not in catalog:
        yield Problem(
            (*task.path, "executor"),
            f"unknown executor {quoted(task.executor)}{did_you_mean(task.executor, sorted(catalog))}",
        )
    elif task.settings is not None:
        yield from _wrong_settings(catalog[task.executor], task.settings, (*task.path, "with"))


def _wrong_settings(executor: ExecutorInfo, given: Any, path: Path) -> Iterator[Problem]:
    try:
        settings = executor.settings.model_validate(given)
    except ValidationError as error:
        yield from problems_of(error, executor.settings, given, path)
        return
    if isinstance(executor, ChecksSettings):
        for fault in executor.check(settings):
            yield Problem(path, fault)
