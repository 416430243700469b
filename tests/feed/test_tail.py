"""The tail in memory: what is kept is found, what is not is known to be gone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phaseboard.domain.events import RecordedEvent, ReleaseCreated
from phaseboard.feed.tail import Tail
from tests.factory import NOW, make_release

EVENT = RecordedEvent(
    position=0,
    release_id="",
    revision=1,
    occurred_at=NOW,
    actor=None,
    event=ReleaseCreated(name="Mobile", version="1"),
    snapshot=make_release().snapshot,
)


def events(*release_ids: str, start: int = 0) -> list[RecordedEvent]:
    return [replace(EVENT, position=start + n, release_id=key) for n, key in enumerate(release_ids, start=1)]


def positions(found: list[RecordedEvent] | None) -> list[int] | None:
    return None if found is None else [event.position for event in found]


@pytest.mark.parametrize(
    ("position", "release_id", "found"),
    [
        (0, None, None),
        (1, None, None),
        (2, None, [3, 4, 5]),
        (3, None, [4, 5]),
        (5, None, []),
        (9, None, []),
        (2, "a", [3, 5]),
        (3, "a", [5]),
        (2, "b", [4]),
        (1, "b", None),
        (2, "c", []),
    ],
)
def test_it_finds_what_it_keeps(position: int, release_id: str | None, found: list[int] | None) -> None:
    tail = Tail(kept=3)
    tail.append(events("a", "b", "a", "b", "a"))
    assert (tail.floor, tail.head) == (2, 5)
    assert positions(tail.since(position, release_id)) == found


def test_it_starts_where_the_log_ends() -> None:
    tail = Tail()
    tail.start_at(7)
    assert tail.since(6, None) is None
    assert tail.since(7, None) == []
    tail.append(events("a", start=7))
    assert positions(tail.since(7, "a")) == [8]


def test_more_at_once_than_it_keeps_leaves_the_newest() -> None:
    tail = Tail(kept=2)
    tail.append(events(*"abcdefgh"))
    assert (tail.floor, positions(tail.since(6, None))) == (6, [7, 8])


def test_releases_that_are_not_kept_any_more_leave_nothing_behind() -> None:
    tail = Tail(kept=2)
    tail.append(events(*"abcdefgh"))
    assert set(tail._by_release) == {"g", "h"}


def test_it_wakes_those_who_wait_for_a_release_and_those_who_wait_for_all() -> None:
    tail = Tail()
    with tail.waiting_for("a") as mine, tail.waiting_for("b") as other, tail.waiting_for(None) as everything:
        assert tail.followers == 3
        tail.append(events("a"))
        assert (mine.is_set(), other.is_set(), everything.is_set()) == (True, False, True)
        tail.close()
        assert other.is_set()
        assert tail.closed
    assert tail.followers == 0


def test_those_who_go_leave_nothing_behind_whatever_the_order() -> None:
    tail = Tail()
    first, second, third = tail.waiting_for("a"), tail.waiting_for("a"), tail.waiting_for("a")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    third.__enter__()
    assert tail.followers == 2
    second.__exit__(None, None, None)
    third.__exit__(None, None, None)
    assert tail.followers == 0
    assert not tail._waiting


@given(
    st.integers(1, 8),
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), max_size=8),
    st.integers(0, 50),
    st.sampled_from([None, "a", "b", "d"]),
)
def test_it_is_a_window_on_the_log(kept: int, batches: list[list[str]], position: int, release_id: str | None) -> None:
    tail, log = Tail(kept=kept), []
    for batch in batches:
        log += events(*batch, start=len(log))
        tail.append(log[-len(batch) :])
    newer = [event for event in log if event.position > position and release_id in (None, event.release_id)]
    lost = position < len(log) - kept
    assert tail.since(position, release_id) == (None if lost else newer)
