"""Whether what is kept may be given out: by what was heard of commits, and how far the log was read."""

from phaseboard.engine.hearing import Hearing

NEVER = 0.0
"""What was heard of may stay unread for no time at all."""


def read(hearing: Hearing, published: int) -> bool:
    hearing.begin()
    return hearing.end(published)


def test_where_nobody_shares_the_store_it_is_always_current():
    hearing = Hearing(NEVER)
    assert hearing.is_current()
    hearing.begin()
    hearing.fail()
    assert hearing.is_current()


def test_what_was_heard_of_has_to_be_read_in_time():
    patient, hearing = Hearing(60), Hearing(NEVER)
    for one in (patient, hearing):
        assert one.heard(5, published=4)
    assert patient.is_current()
    assert not hearing.is_current()
    assert read(hearing, 5)
    assert hearing.is_current()


def test_what_is_published_already_is_not_looked_at():
    hearing = Hearing(NEVER)
    assert not hearing.heard(5, published=5)
    assert hearing.is_current()


def test_a_look_that_goes_on_is_followed_by_another_only_if_it_did_not_get_there():
    hearing = Hearing(60)
    hearing.begin()
    assert not hearing.heard(5, published=3)
    assert hearing.end(5)
    hearing.begin()
    assert not hearing.heard(7, published=5)
    assert not hearing.end(6)
    assert read(hearing, 7)


def test_a_position_that_cannot_be_read_is_looked_for_once():
    """The last event may be damaged, and a notification may come from anybody."""
    hearing = Hearing(NEVER)
    assert hearing.heard(10**17, published=3)
    assert read(hearing, 3)
    assert hearing.is_current()
    assert hearing.heard(4, published=3)


def test_while_nothing_is_heard_reading_is_not_enough():
    hearing = Hearing(60)
    assert hearing.heard(None, published=3)
    assert not hearing.is_current()
    assert read(hearing, 3)
    assert not hearing.is_current()


def test_after_hearing_again_the_log_is_read_first():
    hearing = Hearing(60)
    hearing.heard(None, published=3)
    assert hearing.heard(5, published=3)
    assert not hearing.is_current()
    assert read(hearing, 5)
    assert hearing.is_current()


def test_after_hearing_again_that_nothing_was_missed_it_is_current():
    hearing = Hearing(60)
    hearing.heard(None, published=3)
    assert not hearing.heard(3, published=3)
    assert hearing.is_current()


def test_a_look_that_began_before_it_was_heard_again_counts_for_nothing():
    hearing = Hearing(60)
    hearing.heard(None, published=3)
    hearing.begin()
    hearing.heard(9, published=3)
    assert not hearing.end(4)
    assert not hearing.is_current()
    hearing.heard(4, published=4)
    assert not hearing.is_current()
    assert read(hearing, 9)
    assert hearing.is_current()


def test_a_log_that_cannot_be_read_makes_what_is_kept_old():
    hearing = Hearing(60)
    hearing.heard(3, published=3)
    hearing.begin()
    hearing.fail()
    assert not hearing.is_current()
    assert read(hearing, 3)
    assert hearing.is_current()


def test_how_long_it_is_behind_is_told():
    now = 100.0
    hearing = Hearing(60, lambda: now)
    assert (hearing.hears, hearing.lag) == (True, 0)
    hearing.heard(None, published=3)
    now = 107.0
    hearing.heard(None, published=3)
    assert read(hearing, 3)
    assert (hearing.hears, hearing.lag) == (False, 7)
    hearing.heard(9, published=3)
    now = 108.0
    assert (hearing.hears, hearing.lag) == (True, 8)
    assert read(hearing, 9)
    assert hearing.lag == 0
    hearing.heard(11, published=9)
    now = 109.5
    assert hearing.lag == 1.5
    assert read(hearing, 11)
    assert hearing.lag == 0


def test_under_a_load_that_never_rests_only_the_newest_news_is_waited_for():
    hearing = Hearing(60)
    hearing.heard(1, published=0)
    for position in range(1, 1_000):
        hearing.begin()
        hearing.heard(position + 1, published=position)
        assert not hearing.end(position)
        assert hearing.is_current()
        assert hearing._late_since == hearing._told_at
