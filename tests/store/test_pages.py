"""Lists: order, ties, missing times, filters, both directions."""

from datetime import timedelta
from itertools import product

import pytest

from phaseboard.domain.enums import Action, Phase, ReleaseStatus
from phaseboard.domain.plan import CycleSpec
from phaseboard.store.port import Listed, OrderField, ReleaseFilter, ReleasePage, Store
from tests.store.scenes import NOW, act, add, send

DAY = timedelta(days=1)
EVERYTHING = ReleasePage(limit=100)

# key, created, next cycle: ties in both, two without a time
RELEASES = (("a", 0, 3), ("b", 1, 1), ("c", 1, None), ("d", 2, 3), ("e", 0, None), ("f", 2, 2))


@pytest.fixture
async def listed(store: Store) -> Store:
    for key, created, at in RELEASES:
        cycles = (CycleSpec(NOW + at * DAY),) if at else (CycleSpec(after=DAY),)
        await add(store, key, now=NOW + created * DAY, cycles=cycles, name=f"App {key.upper()} 100%_Straße")
    await send(store, "rel-b", act(Action.START), now=NOW + 5 * DAY)
    await send(store, "rel-f", act(Action.START), act(Action.PAUSE), now=NOW + 3 * DAY)
    return store


async def keys(store: Store, page: ReleasePage) -> str:
    rows = await store.read(lambda reader: reader.page(page))
    return "".join(row.snapshot.release_id.removeprefix("rel-") for row, _ in rows)


@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        (OrderField.CREATED_AT, False, "aebcdf"),
        (OrderField.CREATED_AT, True, "fdcbea"),
        (OrderField.UPDATED_AT, False, "aecdfb"),
        (OrderField.UPDATED_AT, True, "bfdcea"),
        (OrderField.NEXT_CYCLE_AT, False, "bfadce"),
        (OrderField.NEXT_CYCLE_AT, True, "dafbec"),
    ],
)
async def test_orders(listed: Store, order, descending, expected):
    assert await keys(listed, ReleasePage(limit=100, order=order, descending=descending)) == expected


@pytest.mark.parametrize(("order", "descending"), [*product(OrderField, (False, True))])
async def test_pages_make_up_the_list_in_both_directions(listed: Store, order, descending):
    whole = await keys(listed, ReleasePage(limit=100, order=order, descending=descending))
    for backwards, size in product((False, True), (1, 2, 4)):
        seen, after = "", None
        while True:
            page = ReleasePage(limit=size, order=order, descending=descending, after=after, backwards=backwards)
            rows = await listed.read(lambda reader, page=page: reader.page(page))
            if not rows:
                break
            part = "".join(row.snapshot.release_id[-1] for row, _ in rows)
            seen = part + seen if backwards else seen + part
            after = key_of(order, rows[0 if backwards else -1][0])
        assert seen == whole


async def test_a_page_starts_strictly_after_a_key_that_need_not_exist(listed: Store):
    between = (NOW + DAY, "rel-bb")
    page = ReleasePage(limit=2, order=OrderField.CREATED_AT, descending=False, after=between)
    assert await keys(listed, page) == "cd"
    page = ReleasePage(limit=2, order=OrderField.CREATED_AT, descending=False, after=between, backwards=True)
    assert await keys(listed, page) == "eb"
    page = ReleasePage(limit=9, order=OrderField.CREATED_AT, descending=False, after=(None, "rel-a"))
    assert await keys(listed, page) == ""


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ReleaseFilter(), "abcdef"),
        (ReleaseFilter(statuses=(ReleaseStatus.PENDING,)), "acde"),
        (ReleaseFilter(statuses=(ReleaseStatus.PAUSED, ReleaseStatus.IN_PROGRESS)), "bf"),
        (ReleaseFilter(statuses=(ReleaseStatus.ARCHIVED,)), ""),
        (ReleaseFilter(phases=(Phase.KICKOFF, Phase.PAUSED_BY_USER)), "bf"),
        (ReleaseFilter(phases=(Phase.KICKOFF,), statuses=(ReleaseStatus.PAUSED,)), ""),
        (ReleaseFilter(updated_since=NOW + 2 * DAY), "bdf"),
        (ReleaseFilter(updated_since=NOW + 2 * DAY + timedelta(microseconds=999)), "bdf"),
        (ReleaseFilter(text=""), "abcdef"),
        (ReleaseFilter(text="aPp A"), "a"),
        (ReleaseFilter(text="4.2"), "abcdef"),
        (ReleaseFilter(text="REL-C"), "c"),
        (ReleaseFilter(text="100%_"), "abcdef"),
        (ReleaseFilter(text="1%"), ""),
        (ReleaseFilter(text="STRASSE"), "abcdef"),
        (ReleaseFilter(text="x" * 100_000), ""),
        (ReleaseFilter(text="app", phases=tuple(Phase), updated_since=NOW + 4 * DAY), "b"),
    ],
)
async def test_filters(listed: Store, wanted, expected):
    for order, descending in product(OrderField, (False, True)):
        page = ReleasePage(limit=100, order=order, descending=descending, filter=wanted)
        assert sorted(await keys(listed, page)) == sorted(expected)


async def test_a_row_carries_status_position_and_next_cycle(listed: Store):
    rows = await listed.read(lambda reader: reader.page(EVERYTHING))
    for row, position in rows:
        release_id = row.snapshot.release_id
        status = await listed.read(lambda reader, key=release_id: reader.status(key))
        release = await listed.read(lambda reader, key=release_id: reader.release(key))
        assert (row.snapshot, position) == (status.snapshot, status.position)
        assert row.next_cycle_at == release.next_cycle_at


@pytest.mark.parametrize("limit", [0, -1])
async def test_no_room(listed: Store, limit: int):
    assert await keys(listed, ReleasePage(limit=limit)) == ""
    assert await keys(listed, ReleasePage(limit=limit, backwards=True)) == ""


def key_of(order: OrderField, row: Listed) -> tuple:
    at = {
        OrderField.CREATED_AT: row.snapshot.created_at,
        OrderField.UPDATED_AT: row.snapshot.updated_at,
        OrderField.NEXT_CYCLE_AT: row.next_cycle_at,
    }[order]
    return at, row.snapshot.release_id
