"""Revisions, positions and cycles: each number is given once, in order, without a gap (I4, I9)."""

from collections import Counter, defaultdict
from itertools import pairwise

from phaseboard.domain.events import CycleChanged
from tests.reliability.findings import Broken, place_of
from tests.reliability.history import History


def revisions_have_no_gap(history: History) -> Broken:
    """I4: the events of a release count 1..n, and n is the revision of its row."""
    for earlier, later in pairwise(history.events):
        if later.position <= earlier.position:
            yield f"positions do not grow: {place_of(earlier)}, then {place_of(later)}"
    told = history.by_release()
    for release in history.releases:
        revisions = [event.revision for event in told[release.id]]
        for earlier, later in pairwise((0, *revisions, release.revision)):
            if later - earlier not in (0, 1):
                yield f"{release.id}: revision {later} follows {earlier}"
        if revisions[-1:] != [release.revision]:
            yield f"{release.id}: its row has revision {release.revision}, its last event {revisions[-1:]}"


def one_cycle_per_number(history: History) -> Broken:
    """I9: each cycle opens once, in the order of the numbers, and has one row."""
    opened: dict[str, list[int]] = defaultdict(list)
    for event in history.events:
        if isinstance(event.event, CycleChanged) and event.event.before is None:
            opened[event.release_id].append(event.event.number)
    for release in history.releases:
        rows = [cycle.number for cycle in release.cycles]
        every = [*rows, *(cycle.number for cycle in release.scheduled)]
        if opened[release.id] != rows:
            yield f"{release.id}: cycles {opened[release.id]} were opened, its rows have {rows}"
        if every != list(range(1, len(every) + 1)):
            yield f"{release.id}: its cycles are numbered {every}"
    for release_id, count in Counter(release.id for release in history.releases).items():
        if count > 1:
            yield f"{release_id} has {count} rows"
