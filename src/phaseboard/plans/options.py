"""What holds for a plan as a whole: its time zone, its stores, its submission (rules 2.2, 4.5)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from phaseboard.plans.outline import StageOutline
from phaseboard.plans.problems import Problem, format_path
from phaseboard.plans.wording import nearest, quoted

_NEAR_ZONE = 0.75


def wrong_zone(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem when `timeZone` is no IANA time zone."""
    zone = document.get("timeZone")
    if isinstance(zone, str) and zone not in _zones():
        guess = _nearest_zone(zone)
        advice = f"did you mean {quoted(guess)}?" if guess else "give an IANA name such as `Europe/Berlin`"
        yield Problem(("timeZone",), f"unknown time zone {quoted(zone)}; {advice}")


def wrong_stores(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each store that is named again."""
    stores = document.get("stores")
    seen: set[str] = set()
    for index, store in enumerate(stores if isinstance(stores, list) else ()):
        if isinstance(store, str):
            if store in seen:
                yield Problem(("stores", index), f"{quoted(store)} is named twice; remove one")
            seen.add(store)


def wrong_submission(stages: Sequence[StageOutline]) -> Iterator[Problem]:
    """Yield a problem for each `submission` outside preRelease, of a task that is not critical, or beside another."""
    marked = [(stage, task) for stage in stages for task in stage.tasks if task.submission]
    first = next((task for stage, task in marked if stage.path == ("preRelease",)), None)
    for stage, task in marked:
        place = (*task.path, "submission")
        if stage.path != ("preRelease",):
            yield Problem(place, "only a task of `preRelease` can be the submission; remove it here")
            continue
        if task is not first and first is not None:
            yield Problem(
                place, f"a plan has one submission, and `{format_path(first.path)}` is marked already; remove one"
            )
        if not task.critical:
            yield Problem(place, "the submission must be critical: a rejection by a store has to pause the release")


def _nearest_zone(zone: str) -> str | None:
    city = zone.strip().replace(" ", "_").casefold()
    for name in sorted(_zones()):
        if name.casefold() == city or name.casefold().endswith(f"/{city}"):
            return name
    return nearest(zone, sorted(_zones()), cutoff=_NEAR_ZONE)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
