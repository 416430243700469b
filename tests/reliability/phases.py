"""The phases that a release goes through, held against the tables of the guide and the rules (I4, I5, I11)."""

from phaseboard.domain.enums import Phase
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.events import PhaseChanged
from phaseboard.domain.paths import PATHS
from phaseboard.domain.snapshot import Snapshot
from tests.domain import guide
from tests.reliability.findings import Broken, place_of
from tests.reliability.history import History


def phases_form_a_path(history: History) -> Broken:
    """I4: each phase change starts where the last one ended and is in the transition table."""
    told = history.by_release()
    for release in history.releases:
        last: Phase | None = None
        for event in told[release.id]:
            if not isinstance(event.event, PhaseChanged):
                continue
            before, after = event.event.before, event.event.after
            if before is not last:
                yield f"{place_of(event)}: {before} to {after}, but it was {last}"
            elif before is None and after is not Phase.NOT_STARTED:
                yield f"{place_of(event)}: it begins {after}"
            elif before and not any(after in phases for phases in PATHS[before].values()):
                yield f"{place_of(event)}: {before} to {after} is no path of the table"
            last = after


def phase_is_that_of_the_last_event(history: History) -> Broken:
    """I5: after every commit the derived phase is the one told last, and the row is what its last event shows."""
    told_of = history.by_release()
    for release in history.releases:
        last: Phase | None = None
        told = told_of[release.id]
        for event, following in zip(told, (*told[1:], None), strict=True):
            last = event.event.after if isinstance(event.event, PhaseChanged) else last
            ends_commit = following is None or following.revision != event.revision
            if ends_commit and (shown := _derived(event.snapshot)) is not last:
                yield f"{place_of(event)}: the status says {shown}, the last event {last}"
        if release.phase is not last:
            yield f"{release.id}: its row says {release.phase}, its last event {last}"
        if told and told[-1].snapshot != release.snapshot:
            yield f"{release.id}: its row is not what its last event shows"
        if history.listed.get(release.id) != [release.phase]:
            yield f"{release.id} is in phase {release.phase} and listed under {history.listed.get(release.id)}"


def every_state_is_in_the_table(history: History) -> Broken:
    """I11: the guide's table, extended by the rules, has exactly one row for every state, and it names its phase."""
    yield from history.undecodable
    shown = [(place_of(event), event.snapshot) for event in history.events]
    shown += [(f"the row of {release.id}", release.snapshot) for release in history.releases]
    for where, snapshot in shown:
        rows = guide.PHASES_OF[_input(snapshot)]
        if rows != [_derived(snapshot)]:
            yield f"{where}: {_input(snapshot)} is {_derived(snapshot)}, the table says {rows}"


def _derived(snapshot: Snapshot) -> Phase | None:
    try:
        return snapshot.phase
    except IllegalState:
        return None


def _input(snapshot: Snapshot) -> tuple[str, ...]:
    cycle = snapshot.current_cycle.status if snapshot.current_cycle else guide.NO_CYCLE
    following = "exists" if snapshot.next_cycle else "none"
    return (snapshot.status, snapshot.cron.pause_type, *snapshot.stages, cycle, following)
