"""A document checked as a whole: every mistake that can be found is told, not the first one alone."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic import ValidationError

from phaseboard.domain.plan import Plan
from phaseboard.plans.building import build_plan
from phaseboard.plans.catalog import Catalog
from phaseboard.plans.document import PlanDocument
from phaseboard.plans.executors import wrong_executor
from phaseboard.plans.needs import circular_needs, duplicate_names, wrong_needs
from phaseboard.plans.options import wrong_stores, wrong_submission, wrong_zone
from phaseboard.plans.order import DocumentOrder
from phaseboard.plans.outline import cycles_of, stages_of
from phaseboard.plans.problems import MOST, PlanInvalid, Problem
from phaseboard.plans.schedule import wrong_times
from phaseboard.plans.templates import wrong_templates
from phaseboard.plans.translation import problems_of
from phaseboard.plans.values import check_values


def parse_plan(document: Mapping[str, Any], catalog: Catalog) -> Plan:
    """Return the plan that a document describes, defaults filled in.

    `document` holds JSON values under the keys of `CreateReleaseInput`; `scheduledAt` may be a datetime.
    Raises PlanInvalid with what is wrong, in the document's order, at most `MOST` problems at once.
    """
    raw = dict(document)
    found = check_values(raw)
    if found:
        raise PlanInvalid(found)
    shape: PlanDocument | None = None
    try:
        shape = PlanDocument.model_validate(raw)
    except ValidationError as error:
        found = list(problems_of(error, PlanDocument, raw))
    found += islice(_problems(raw, catalog), MOST)
    if found or shape is None:
        raise PlanInvalid(DocumentOrder(raw).sort(found)[:MOST])
    return build_plan(shape, catalog)


def _problems(document: Mapping[str, Any], catalog: Catalog) -> Iterator[Problem]:
    """Yield what is wrong beyond the shape, as far as the shape lets it be seen."""
    stages = stages_of(document)
    yield from wrong_zone(document)
    yield from wrong_stores(document)
    yield from wrong_times(cycles_of(document))
    yield from wrong_submission(stages)
    for stage in stages:
        yield from duplicate_names(stage)
        yield from wrong_needs(stage, [other for other in stages if other is not stage])
        yield from circular_needs(stage)
        for task in stage.tasks:
            yield from wrong_executor(task, catalog)
    yield from wrong_templates(stages)
