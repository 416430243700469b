"""The answers that are kept: which of them stand, and how many there is room for."""

import sys
from typing import Any

import pytest

from phaseboard.api import answers as answers_module
from phaseboard.api.answers import OVERHEAD, Answer, Answers, Reads
from phaseboard.store.port import Change
from tests.feed.test_recent import ID as KNOWN
from tests.feed.test_recent import published

KEY = (b"POST", b"", b"{}")


def answer(body: bytes = b"{}", **reads: Any) -> Answer:
    return Answer(body, b'"tag"', (), Reads(**{"began": 0, "answered": True, **reads}))


# What stands


def test_an_answer_stands_until_what_it_read_has_changed() -> None:
    answers = Answers()
    answers.put(KEY, answer(releases={"rel-a": 3, "rel-none": 0}))
    answers.committed([Change("rel-b", 1)])
    assert answers.get(KEY)
    answers.committed([Change("rel-none", 1)])
    assert answers.get(KEY) is None
    assert (len(answers), answers.bytes, answers.hits, answers.misses) == (0, 0, 1, 1)


def test_a_list_stands_until_anything_has_changed() -> None:
    answers = Answers()
    answers.put(KEY, answer(listed=True))
    answers.committed([])
    assert answers.get(KEY)
    answers.committed([Change("rel-b", 1)])
    assert answers.get(KEY) is None


@pytest.mark.parametrize("reads", [{"releases": {KNOWN: 3}}, {"listed": True}])
def test_what_others_committed_is_learnt_from_the_log(reads: dict[str, Any]) -> None:
    answers = Answers()
    answers.committed([Change(KNOWN, 3)])
    answers.put(KEY, answer(**{**reads, "began": answers.reading().began}))
    answers.publish([published(2, 5), published(3, 6)])
    assert answers.get(KEY), "what this process committed is no news"
    answers.publish([published(4, 7)])
    assert answers.get(KEY) is None


def test_a_log_that_lags_behind_makes_no_old_answer_stand_again() -> None:
    answers = Answers()
    answers.committed([Change(KNOWN, 3)])
    answers.put(KEY, answer(began=answers.reading().began, releases={KNOWN: 3}))
    answers.committed([Change(KNOWN, 4)])
    answers.publish([published(3, 6)])
    answers.committed([Change(KNOWN, 3)])
    assert answers.get(KEY) is None


def test_nothing_stands_while_others_may_have_committed_without_a_word() -> None:
    current = True
    answers = Answers(is_current=lambda: current)
    answers.put(KEY, answer(releases={KNOWN: 3}))
    current = False
    assert answers.find(KEY) is None
    current = True
    assert answers.find(KEY)


@pytest.mark.parametrize("listed", [False, True])
def test_what_was_begun_before_it_was_outdated_does_not_stand(listed: bool) -> None:
    answers = Answers()
    begun = answers.reading()
    answers.put(KEY, answer(listed=listed))
    answers.outdate()
    assert answers.get(KEY) is None
    answers.put(KEY, answer(began=begun.began))
    assert answers.get(KEY) is None
    answers.put(KEY, answer(began=answers.reading().began, listed=listed))
    assert answers.get(KEY)


def test_what_a_commit_made_old_on_the_way_is_not_kept() -> None:
    answers = Answers()
    reads = answers.reading()
    answers.committed([Change("rel-a", 4)])
    answers.put(KEY, answer(began=reads.began, listed=True))
    answers.put(KEY, answer(releases={"rel-a": 3}))
    assert answers.get(KEY) is None
    answers.put(KEY, answer(releases={"rel-a": 5}))
    assert answers.get(KEY) is None, "a revision that no commit has told of yet"


def test_of_a_list_no_release_is_kept_since_any_commit_makes_it_old() -> None:
    answers = Answers()
    answers.put(KEY, answer(b"", listed=True, releases={f"rel-{number}": 1 for number in range(100)}))
    assert answers.get(KEY)
    assert answers.bytes == OVERHEAD + sum(map(len, KEY))
    answers.committed([Change("rel-7", 2)])
    assert answers.get(KEY) is None


@pytest.mark.parametrize("reads", [{"answered": False}, {"kept": False}])
def test_what_is_not_to_be_kept_is_not(reads: dict[str, Any]) -> None:
    answers = Answers()
    answers.put(KEY, answer(**reads))
    assert len(answers) == 0


def test_one_release_read_at_two_revisions_is_not_kept() -> None:
    answers, torn = Answers(), answer(releases={"rel-a": 1})
    torn.reads.release("rel-a", 2)
    answers.put(KEY, torn)
    assert answers.get(KEY) is None
    torn.reads.again()
    torn.reads.release("rel-a", 2)
    answers.put(KEY, torn)
    assert answers.get(KEY) is torn


def test_of_more_releases_than_are_known_nothing_is_kept() -> None:
    answers = Answers(max_known=3)
    answers.committed([Change(f"rel-{number}", 2) for number in range(3)])
    answers.put(KEY, answer(began=answers.reading().began, releases={"rel-0": 2}))
    assert answers.get(KEY)
    stale = answer(began=answers.reading().began, releases={"rel-0": 2})
    answers.committed([Change("rel-0", 3), Change("rel-3", 1)])
    assert answers.get(KEY) is None
    answers.put(KEY, stale)
    assert answers.get(KEY) is None


def test_what_was_used_longest_ago_makes_room() -> None:
    size = OVERHEAD + 100 + 1
    answers = Answers(max_bytes=3 * size)
    for name in (b"a", b"b", b"c"):
        answers.put((name,), answer(b"x" * 100))
    assert answers.bytes == 3 * size
    assert answers.get((b"a",))
    answers.put((b"d",), answer(b"x" * 100))
    assert [answers.get((name,)) is None for name in (b"a", b"b", b"c", b"d")] == [False, True, False, False]
    answers.put((b"a",), answer(b"y" * 50))
    assert answers.bytes == 3 * size - 50


def test_keys_count_as_well_and_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(max_bytes=10 * 16_384)
    for number in range(100):
        answers.put((b"%d" % number * 8_192,), answer())
    assert len(answers) < 11
    assert answers.bytes <= 10 * 16_384
    monkeypatch.setattr(answers_module, "LARGEST", 10)
    large = Answers()
    large.put(KEY, answer(b"x" * 11))
    assert len(large) == 0


@pytest.mark.parametrize("many", [1, 6, 100, 1_000])
def test_what_was_read_counts_as_well(many: int) -> None:
    answers = Answers()
    answers.put(KEY, answer())
    counted = answers.bytes
    releases = {f"rel-{number:032}": number for number in range(300, 300 + many)}
    answers.put(KEY, answer(releases=releases))
    parts = sum(map(sys.getsizeof, (*releases, *releases.values())))
    assert answers.bytes - counted >= parts + sys.getsizeof(releases) - sys.getsizeof({"an": "entry"})
    answers.put(KEY, answer())
    assert answers.bytes == counted


def test_nothing_is_kept_unless_enabled() -> None:
    answers = Answers(enabled=False)
    answers.put(KEY, answer())
    assert answers.get(KEY) is None
    assert (answers.hits, answers.misses) == (0, 0)
