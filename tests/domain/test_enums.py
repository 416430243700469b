"""The words of the guide (sections 1 and 3), in the guide's order."""

from enum import StrEnum

import pytest

from phaseboard.domain import enums
from tests.domain import guide


@pytest.mark.parametrize(
    ("enum", "words"),
    [
        (enums.ReleaseStatus, guide.STATUSES),
        (enums.StageStatus, guide.STAGE_STATUSES),
        (enums.PauseType, guide.PAUSE_TYPES),
        (enums.RegressionCycleStatus, guide.CYCLE_STATUSES),
        (enums.CronStatus, ("PENDING", "RUNNING", "PAUSED", "COMPLETED")),
        (
            enums.TaskStatus,
            ("PENDING", "IN_PROGRESS", "AWAITING_CALLBACK", "COMPLETED", "FAILED", "SKIPPED"),
        ),
        (enums.Phase, tuple(guide.ACTIONS)),
        (enums.Action, guide.ALL_ACTIONS),
    ],
)
def test_an_enum_has_the_guides_words(enum: type[StrEnum], words: tuple[str, ...]) -> None:
    assert [(member.name, member.value) for member in enum] == [(word, word) for word in words]
