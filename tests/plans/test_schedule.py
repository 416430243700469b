from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phaseboard.domain.plan import CycleSpec
from phaseboard.plans.check import parse_plan
from phaseboard.plans.notes import notes
from tests.plans.documents import CATALOG, cycles, problems

LATER = "must be later than that of the cycle before, but"
MIXED = (
    "a plan gives all its cycles `scheduledAt` or all of them `after`, else their order cannot be known; "
    "the first one has"
)

MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    (
        cycles({"after": "2h"}, {"after": "90m"}, {"after": "90m"}),
        [
            f"regression.cycles[1].after: `after` {LATER} `1h30m` is not after `2h`",
            f"regression.cycles[2].after: `after` {LATER} `1h30m` is not after `1h30m`",
        ],
    ),
    (
        cycles({"scheduledAt": "2024-01-15T14:00:00Z"}, {"scheduledAt": "2024-01-15T14:30:00+01:00"}),
        [
            (
                f"regression.cycles[1].scheduledAt: `scheduledAt` {LATER} "
                "`2024-01-15T13:30:00Z` is not after `2024-01-15T14:00:00Z`"
            )
        ],
    ),
    (
        cycles({"after": "2h"}, {"scheduledAt": "2024-01-15T14:00:00Z"}, {"after": "1h"}),
        [f"regression.cycles[1].scheduledAt: {MIXED} `after`"],
    ),
    (
        cycles({"scheduledAt": "2024-01-15T14:00:00Z"}, {"after": "1h"}),
        [f"regression.cycles[1].after: {MIXED} `scheduledAt`"],
    ),
]


@pytest.mark.parametrize(("wrong", "told"), MISTAKES)
def test_wrong_times_are_told_in_full(wrong: dict[str, Any], told: list[str]) -> None:
    assert problems(wrong) == told


def test_instants_may_come_as_text_or_as_datetimes() -> None:
    first, second = datetime(2024, 1, 15, 14, tzinfo=UTC), datetime(2024, 1, 15, 16, 0, 0, 1234, tzinfo=UTC)
    plan = parse_plan(cycles({"scheduledAt": "2024-01-15 15:00+01:00"}, {"scheduledAt": second}), CATALOG)
    assert plan.cycles == (CycleSpec(first), CycleSpec(second.replace(microsecond=1000)))


def test_a_cycle_in_the_past_is_fine_but_worth_a_note() -> None:
    plan = parse_plan(cycles({"scheduledAt": "2024-01-15T14:00:00Z"}, {"scheduledAt": "2024-01-15T16:00:00Z"}), CATALOG)
    noon = datetime(2024, 1, 15, 12, tzinfo=UTC)
    assert notes(plan, noon) == ()
    assert notes(plan, noon + timedelta(hours=3)) == (
        (
            "RC1 is scheduled at 2024-01-15T14:00:00Z, which has passed: "
            "it opens as soon as stage 2 runs and no other cycle does."
        ),
    )


def test_offsets_are_never_past() -> None:
    plan = parse_plan(cycles({"after": "0s"}), CATALOG)
    assert notes(plan, datetime(2999, 1, 1, tzinfo=UTC)) == ()
