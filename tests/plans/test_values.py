import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from phaseboard.plans.values import MAX_CHARACTERS, MAX_VALUES, check_values
from tests.plans.documents import document, kickoff, problems

DEEP: dict[str, Any] = {}
for _ in range(5_000):
    DEEP = {"x": DEEP}
CIRCLE: dict[str, Any] = {}
CIRCLE["x"] = [CIRCLE]
HERE = "kickoff[0].with.x"

MISTAKES: list[tuple[Any, list[str]]] = [
    (math.nan, [f"{HERE}: `x` must be a finite number"]),
    (-math.inf, [f"{HERE}: `x` must be a finite number"]),
    (2**63, [f"{HERE}: `x` is too large a number"]),
    (-(10**100_000), [f"{HERE}: `x` is too large a number"]),
    ("a\0b", [f"{HERE}: `x` contains the character U+0000; remove it"]),
    ("a\ud800b", [f"{HERE}: `x` contains half of a character (a lone surrogate); remove it"]),
    ({"\0": 1}, [f"{HERE}: `x` contains the character U+0000; remove it"]),
    ({1: 2}, [f"{HERE}: `x` has a key that is not text; put it in quotes"]),
    (b"x", [f"{HERE}: `x` cannot be written as JSON (it is of type bytes); write it as text, in quotes"]),
    ({"a"}, [f"{HERE}: `x` cannot be written as JSON (it is of type set); write it as text, in quotes"]),
    (date(2024, 1, 15), [f"{HERE}: `x` cannot be written as JSON (it is of type date); write it as text, in quotes"]),
    (
        datetime(2024, 1, 15, tzinfo=UTC),
        [f"{HERE}: `x` cannot be written as JSON (it is of type datetime); write it as text, in quotes"],
    ),
    (
        [math.nan, b""],
        [
            f"{HERE}[0]: `x[0]` must be a finite number",
            f"{HERE}[1]: `x[1]` cannot be written as JSON (it is of type bytes); write it as text, in quotes",
        ],
    ),
    (DEEP, [f"{HERE}{'.x' * 20}: `x` is nested too deep; at most 24 levels are allowed"]),
    (CIRCLE, [f"{HERE}{'.x[0]' * 10}: `x[0]` is nested too deep; at most 24 levels are allowed"]),
    ([0] * (MAX_VALUES - 5), ["the plan is too large; it may have 10,000 values"]),
    (
        [0] * (MAX_VALUES + 1),
        [
            f"{HERE}: `x` has 10,001 entries",
            "the plan is too large; it may have 10,000 values",
        ],
    ),
    (
        {"y": "x" * 200_000, "z": "x" * 100_000},
        ["the plan is too large; its texts may have 262,144 characters together"],
    ),
]


@pytest.mark.parametrize(("value", "told"), MISTAKES, ids=range(len(MISTAKES)))
def test_values_that_no_plan_can_have(value: Any, told: list[str]) -> None:
    assert problems(kickoff({"with": {"x": value}})) == told


def test_a_name_of_ten_megabytes() -> None:
    assert problems(document(name="x" * 10_000_000)) == [
        "name: `name` has 10,000,000 characters, more than a whole plan may have",
        "the plan is too large; its texts may have 262,144 characters together",
    ]


@pytest.mark.parametrize("value", [2**63 - 1, -1.5, "", "ä€👩‍🚀\n", [], {}, None, True])
def test_sound_values(value: Any) -> None:
    assert check_values({"x": value}) == []


def test_wide_documents_end_the_walk_early() -> None:
    assert [str(problem) for problem in check_values({str(number): "" for number in range(100_000)})] == [
        "the plan has 100,000 entries",
        "the plan is too large; it may have 10,000 values",
    ]
    assert check_values(["x" * (MAX_CHARACTERS // 2)] * 2) == []
