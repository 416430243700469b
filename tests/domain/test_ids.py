"""Ids are prefixed by kind and carry the release's key."""

import pytest

from phaseboard.domain.ids import cycle_id, is_release_id, owner_of, release_id, task_id


def test_the_guides_id() -> None:
    assert release_id("123") == "rel-123"
    assert is_release_id("rel-123")


def test_parts_know_their_release() -> None:
    assert (task_id("rel-123", 9), cycle_id("rel-123", 2)) == ("tsk-123-9", "cyc-123-2")
    assert owner_of("tsk-123-9", "tsk") == ("rel-123", 9)
    assert owner_of("cyc-123-2", "cyc") == ("rel-123", 2)


@pytest.mark.parametrize("text", ["", "rel-", "rel-ABC", "rel-1-2", "REL-1", "rel-" + "a" * 33, "rel-1\n", "tsk-1-1"])
def test_what_is_no_release_id(text: str) -> None:
    assert not is_release_id(text)


@pytest.mark.parametrize(
    "text", ["", "tsk-123", "tsk-123-0", "tsk-123-01", "cyc-123-1", "tsk-123-1\n", "tsk-x-9999999999"]
)
def test_what_is_no_task_id(text: str) -> None:
    assert owner_of(text, "tsk") is None
