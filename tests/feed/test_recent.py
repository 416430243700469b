"""Statuses in memory: never older than the last commit that was told of."""

from dataclasses import replace

from phaseboard.domain.enums import Phase
from phaseboard.domain.events import PhaseChanged, RecordedEvent
from phaseboard.feed.recent import RecentStatuses
from phaseboard.store.port import Change, Status
from tests.factory import NOW, make_release

SNAPSHOT = make_release(Phase.KICKOFF).snapshot
ID = SNAPSHOT.release_id


def status(revision: int, position: int = 1, release_id: str = ID) -> Status:
    return Status(snapshot=replace(SNAPSHOT, revision=revision, release_id=release_id), position=position)


def published(revision: int, position: int) -> RecordedEvent:
    return RecordedEvent(
        position=position,
        release_id=ID,
        revision=revision,
        occurred_at=NOW,
        actor=None,
        event=PhaseChanged(before=None, after=Phase.KICKOFF),
        snapshot=replace(SNAPSHOT, revision=revision),
    )


def test_what_was_put_is_there_until_a_commit_makes_it_old() -> None:
    recent = RecentStatuses()
    recent.put(status(3))
    assert recent.get(ID) == status(3)
    recent.committed([Change(ID, 4)])
    assert recent.get(ID) is None


def test_a_commit_of_another_release_makes_nothing_old() -> None:
    recent = RecentStatuses()
    recent.put(status(3))
    recent.committed([Change("rel-other", 9)])
    assert recent.get(ID) == status(3)


def test_what_is_not_the_newest_known_is_not_taken() -> None:
    recent = RecentStatuses()
    recent.committed([Change(ID, 4)])
    recent.put(status(3))
    assert recent.get(ID) is None


def test_what_others_committed_is_taken_when_it_is_read_or_published() -> None:
    recent = RecentStatuses()
    recent.committed([Change(ID, 4)])
    recent.put(status(5))
    assert recent.get(ID) == status(5)
    recent.publish([published(6, 7)])
    assert recent.get(ID) == status(6, position=7)


def test_a_log_that_lags_behind_makes_nothing_older() -> None:
    recent = RecentStatuses()
    recent.put(status(5, position=9))
    recent.committed([Change(ID, 4)])
    recent.publish([published(3, 5), published(4, 6), published(5, 8)])
    assert recent.get(ID) == status(5, position=9)
    recent.committed([Change(ID, 7)])
    recent.publish([published(6, 10)])
    assert recent.get(ID) is None
    recent.publish([published(7, 11)])
    assert recent.get(ID) == status(7, position=11)


def test_nothing_is_given_out_while_others_may_have_committed_without_a_word() -> None:
    current = False
    recent = RecentStatuses(is_current=lambda: current)
    recent.put(status(3))
    assert recent.get(ID) is None
    current = True
    assert recent.get(ID) == status(3)


def test_published_events_bring_the_newest_status_and_its_last_position() -> None:
    recent = RecentStatuses()
    recent.committed([Change(ID, 4), Change(ID, 5)])
    recent.publish([published(4, 7), published(5, 8), published(5, 9)])
    assert recent.get(ID) == status(5, position=9)


def test_the_one_put_first_makes_room() -> None:
    recent = RecentStatuses(most=2)
    for name in ("rel-a", "rel-b", "rel-c"):
        recent.put(status(1, release_id=name))
    assert [recent.get(name) is None for name in ("rel-a", "rel-b", "rel-c")] == [True, False, False]


def test_only_so_many_revisions_are_known_and_what_is_not_known_is_not_given_out() -> None:
    recent = RecentStatuses(known=3)
    recent.put(status(3))
    for number in range(3):
        recent.committed([Change(f"rel-{number}", 1)])
    assert recent.get(ID) is None
    recent.put(status(4))
    assert recent.get(ID) == status(4)
