"""The executors that tasks name, and what their settings must be."""

from collections.abc import Iterator

from pydantic import ValidationError

from phaseboard.plans.catalog import Catalog
from phaseboard.plans.outline import TaskOutline
from phaseboard.plans.problems import Problem
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
        model = catalog[task.executor].settings
        try:
            model.model_validate(task.settings)
        except ValidationError as error:
            yield from problems_of(error, model, task.settings, (*task.path, "with"))
