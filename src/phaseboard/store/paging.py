"""Lists of releases in memory: filter, order, and the page after a key."""

from datetime import datetime

from phaseboard.domain.release import Release
from phaseboard.store.derived import folded, search_text
from phaseboard.store.instants import cut
from phaseboard.store.port import OrderField, ReleaseFilter, ReleasePage

Key = tuple[datetime | None, str]


def key_of(order: OrderField, release: Release) -> Key:
    """Return what a release is ordered by."""
    at = {
        OrderField.CREATED_AT: release.created_at,
        OrderField.UPDATED_AT: release.updated_at,
        OrderField.NEXT_CYCLE_AT: release.next_cycle_at,
    }[order]
    return at, release.id


def matches(release: Release, wanted: ReleaseFilter) -> bool:
    """Whether a list shows a release."""
    return (
        (not wanted.statuses or release.status in wanted.statuses)
        and (not wanted.phases or release.phase in wanted.phases)
        and (wanted.text is None or folded(wanted.text) in search_text(release))
        and (wanted.updated_since is None or release.updated_at >= cut(wanted.updated_since))
    )


def cut_out(keys: set[Key], page: ReleasePage) -> list[Key]:
    """Return the keys of a page, in list order."""
    limit = max(page.limit, 0)
    if page.after is None:
        ordered = _in_order(keys, descending=page.descending)
        start = max(len(ordered) - limit, 0) if page.backwards else 0
        return ordered[start : start + limit]
    at, release_id = page.after
    mark = (None if at is None else cut(at), release_id)
    ordered = _in_order(keys | {mark}, descending=page.descending)
    index = ordered.index(mark)
    return ordered[max(index - limit, 0) : index] if page.backwards else ordered[index + 1 : index + 1 + limit]


def _in_order(keys: set[Key], *, descending: bool) -> list[Key]:
    timed = sorted(((at, key) for at, key in keys if at is not None), reverse=descending)
    untimed = sorted((key for at, key in keys if at is None), reverse=descending)
    return [*timed, *((None, key) for key in untimed)]
