"""Whether what is kept may be given out: by what was heard of commits, and how far the log was read."""

from phaseboard.engine.log_freshness import LogFreshness

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
