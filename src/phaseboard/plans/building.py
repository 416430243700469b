"""From a checked document to the plan of the domain: defaults filled in."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import timedelta

from phaseboard.domain.enums import Stage
from phaseboard.domain.plan import CycleSpec, Plan, Retries, TaskSpec
from phaseboard.plans.catalog import Catalog
from phaseboard.plans.document import AutoTriggerDocument, PlanDocument, RetriesDocument, TaskDocument

_DEFAULTS = TaskSpec(name="", executor="")
_NO_RETRIES = Retries()


def build_plan(document: PlanDocument, catalog: Catalog) -> Plan:
    """Return the plan; the document must have passed every check."""
    return Plan(
        name=document.name,
        version=document.version,
        kickoff=_tasks(document.kickoff, catalog),
        cycles=tuple(CycleSpec(cycle.scheduled_at, cycle.after) for cycle in document.regression.cycles),
        regression=_tasks(document.regression.tasks, catalog),
        pre_release=_tasks(document.pre_release, catalog),
        time_zone=document.time_zone or "UTC",
        stores=tuple(document.stores or ()),
        auto_trigger=_auto_trigger(document.auto_trigger),
    )


def _auto_trigger(document: AutoTriggerDocument | None) -> frozenset[Stage]:
    if document is None:
        return frozenset()
    chosen = {Stage.STAGE_2: document.stage2, Stage.STAGE_3: document.stage3}
    return frozenset(stage for stage, wanted in chosen.items() if wanted)


def _tasks(documents: Sequence[TaskDocument], catalog: Catalog) -> tuple[TaskSpec, ...]:
    before: list[tuple[str, ...]] = [(), *((task.name,) for task in documents)]
    return tuple(_task(task, needs, catalog) for task, needs in zip(documents, before, strict=False))


def _task(document: TaskDocument, before: tuple[str, ...], catalog: Catalog) -> TaskSpec:
    return TaskSpec(
        name=document.name,
        executor=document.executor,
        settings=deepcopy(document.settings or {}),
        needs=before if document.needs is None else tuple(document.needs),
        critical=document.critical is not False,
        submission=document.submission is True,
        retries=_retries(document.retries),
        timeout=_seconds(document.timeout_seconds, _DEFAULTS.timeout),
        callback_timeout=_seconds(document.callback_timeout_seconds, catalog[document.executor].callback_timeout),
    )


def _retries(document: RetriesDocument | None) -> Retries:
    if document is None:
        return _NO_RETRIES
    return Retries(
        count=document.count,
        delay=_seconds(document.delay_seconds, _NO_RETRIES.delay),
        backoff=_NO_RETRIES.backoff if document.backoff is None else float(document.backoff),
    )


def _seconds(given: int | None, default: timedelta) -> timedelta:
    return default if given is None else timedelta(seconds=given)
