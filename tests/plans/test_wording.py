import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.plans.wording import likeness, nearest


def common(one: str, other: str) -> int:
    """Return the length of the longest common subsequence, by the table that textbooks have."""
    row = [0] * (len(other) + 1)
    for letter in one:
        above, row = row, [0]
        for place, met in enumerate(other):
            row.append(above[place] + 1 if letter == met else max(above[place + 1], row[-1]))
    return row[-1]


@settings(deadline=None)
@given(st.text("abcß", max_size=40), st.text("abcß", max_size=40))
def test_likeness_is_the_share_of_what_two_words_have_in_common(one: str, other: str) -> None:
    both = len(one) + len(other)
    assert likeness(one, other) == (2 * common(one, other) / both if both else 0)


KNOWN = ["build", "Sign", "release-notes", "release-branch", "upload"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("biuld", "build"), ("sign", "Sign"), ("uplaod", "upload"), ("release-note", "release-notes"),
        ("rel", None), ("xyz", None), ("", None), ("b" * 41, None),
    ],
)  # fmt: skip
def test_the_nearest_word_is_found(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN) == meant
    assert nearest(word, [*KNOWN, *(f"{number:02}" * 10 for number in range(190))]) == meant


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert nearest("word", []) is None
