"""Whether what is kept may be given out: by what was heard of commits, and how far the log was read."""

import pytest

from phaseboard.engine.log_freshness import LogFreshness
from phaseboard.store.postgres.listen import longest_silence

NEVER = 0.0
"""What was heard of may stay unread for no time at all."""


def read(freshness: LogFreshness, published: int) -> bool:
    freshness.scan_started()
    return freshness.scan_finished(published)


def test_where_nobody_shares_the_store_it_is_always_current():
    freshness = LogFreshness(NEVER)
    assert freshness.is_current()
    freshness.scan_started()
    freshness.scan_failed()
    assert freshness.is_current()


def test_what_was_heard_of_has_to_be_read_in_time():
    patient, freshness = LogFreshness(60), LogFreshness(NEVER)
    for one in (patient, freshness):
        assert one.note_end(5, published=4)
    assert patient.is_current()
    assert not freshness.is_current()
    assert read(freshness, 5)
    assert freshness.is_current()


def test_what_is_published_already_is_not_looked_at():
    freshness = LogFreshness(NEVER)
    assert not freshness.note_end(5, published=5)
    assert freshness.is_current()


def test_a_look_that_goes_on_is_followed_by_another_only_if_it_did_not_get_there():
    freshness = LogFreshness(60)
    freshness.scan_started()
    assert not freshness.note_end(5, published=3)
    assert freshness.scan_finished(5)
    freshness.scan_started()
    assert not freshness.note_end(7, published=5)
    assert not freshness.scan_finished(6)
    assert read(freshness, 7)


def test_a_position_that_cannot_be_read_is_looked_for_once():
    """The last event may be damaged, and a notification may come from anybody."""
    freshness = LogFreshness(NEVER)
    assert freshness.note_end(10**17, published=3)
    assert read(freshness, 3)
    assert freshness.is_current()
    assert freshness.note_end(4, published=3)


def test_while_nothing_is_heard_reading_is_not_enough():
    freshness = LogFreshness(60)
    assert freshness.note_end(None, published=3)
    assert not freshness.is_current()
    assert read(freshness, 3)
    assert not freshness.is_current()


def test_after_hearing_again_the_log_is_read_first():
    freshness = LogFreshness(60)
    freshness.note_end(None, published=3)
    assert freshness.note_end(5, published=3)
    assert not freshness.is_current()
    assert read(freshness, 5)
    assert freshness.is_current()


def test_after_hearing_again_that_nothing_was_missed_it_is_current():
    freshness = LogFreshness(60)
    freshness.note_end(None, published=3)
    assert not freshness.note_end(3, published=3)
    assert freshness.is_current()


def test_a_look_that_began_before_it_was_heard_again_counts_for_nothing():
    freshness = LogFreshness(60)
    freshness.note_end(None, published=3)
    freshness.scan_started()
    freshness.note_end(9, published=3)
    assert not freshness.scan_finished(4)
    assert not freshness.is_current()
    freshness.note_end(4, published=4)
    assert not freshness.is_current()
    assert read(freshness, 9)
    assert freshness.is_current()


def test_a_log_that_cannot_be_read_makes_what_is_kept_old():
    freshness = LogFreshness(60)
    freshness.note_end(3, published=3)
    freshness.scan_started()
    freshness.scan_failed()
    assert not freshness.is_current()
    assert read(freshness, 3)
    assert freshness.is_current()


def test_how_long_it_is_behind_is_told():
    now = 100.0
    freshness = LogFreshness(60, lambda: now)
    assert (freshness.is_connected, freshness.lag) == (True, 0)
    freshness.note_end(None, published=3)
    now = 107.0
    freshness.note_end(None, published=3)
    assert read(freshness, 3)
    assert (freshness.is_connected, freshness.lag) == (False, 7)
    freshness.note_end(9, published=3)
    now = 108.0
    assert (freshness.is_connected, freshness.lag) == (True, 8)
    assert read(freshness, 9)
    assert freshness.lag == 0
    freshness.note_end(11, published=9)
    now = 109.5
    assert freshness.lag == 1.5
    assert read(freshness, 11)
    assert freshness.lag == 0


def test_under_a_load_that_never_rests_only_the_newest_news_is_waited_for():
    freshness = LogFreshness(60)
    freshness.note_end(1, published=0)
    for position in range(1, 1_000):
        freshness.scan_started()
        freshness.note_end(position + 1, published=position)
        assert not freshness.scan_finished(position)
        assert freshness.is_current()
        assert freshness._behind_since == freshness._newest_at


class Watch:
    """A clock that the test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def watched() -> tuple[LogFreshness, Watch]:
    """Return a node that has heard that the log ends at 3, where it was read to, and may hear nothing for 3 seconds."""
    watch = Watch()
    freshness = LogFreshness(60, watch, silence=3)
    assert not freshness.note_end(3, published=3)
    return freshness, watch


def test_a_node_that_has_heard_nothing_for_long_does_not_know_what_was_committed():
    """It was frozen, or its event loop was held up: nobody could tell it anything."""
    freshness, watch = watched()
    watch.now += 3
    assert freshness.is_current()
    assert freshness.lag == 0
    watch.now += 1
    assert not freshness.is_current()
    assert freshness.lag == 4


@pytest.mark.parametrize("position", [3, 4])
def test_what_is_heard_after_a_long_silence_may_be_from_before_so_the_log_is_read_first(position: int):
    freshness, watch = watched()
    watch.now += 10
    assert freshness.note_end(position, published=3)
    assert not freshness.is_current()
    assert read(freshness, 12)
    assert freshness.is_current()
    assert freshness.lag == 0


def test_a_look_that_began_before_a_long_silence_does_not_end_it():
    freshness, watch = watched()
    freshness.scan_started()
    watch.now += 10
    assert freshness.scan_finished(4)
    assert not freshness.is_current()
    assert freshness.note_end(4, published=4), "the next beat has the log read again"
    assert read(freshness, 12)
    assert freshness.is_current()


def test_what_is_heard_while_such_a_look_goes_on_does_not_end_the_silence_either():
    freshness, watch = watched()
    freshness.scan_started()
    watch.now += 10
    assert not freshness.note_end(3, published=3)
    assert not freshness.note_end(5, published=3)
    assert not freshness.scan_finished(4)
    assert not freshness.is_current()
    assert read(freshness, 12)
    assert freshness.is_current()


def test_beats_that_tell_nothing_new_and_looks_keep_it_current():
    freshness, watch = watched()
    for _ in range(4):
        watch.now += 2
        assert not freshness.note_end(3, published=3)
        assert freshness.is_current()
    for position in range(4, 8):
        watch.now += 2
        assert freshness.note_end(position, published=position - 1)
        assert freshness.is_current()
        assert read(freshness, position)
    assert freshness.is_current()


def test_where_nobody_shares_the_store_silence_means_nothing():
    watch = Watch()
    freshness = LogFreshness(60, watch, silence=3)
    watch.now += 1_000
    assert freshness.is_current()
    assert read(freshness, 3)
    watch.now += 1_000
    assert (freshness.is_current(), freshness.lag) == (True, 0)


@pytest.mark.parametrize(("poll", "silence"), [(None, 3), (0.5, 2.5), (60, 62)])
def test_how_long_a_node_may_hear_nothing_follows_from_how_often_it_looks(poll: float | None, silence: float):
    assert longest_silence(poll) == silence
