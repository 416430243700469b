from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from phaseboard.cli.answers import event_of
from phaseboard.cli.history import event_line
from tests.cli.samples import event


@pytest.mark.parametrize(
    ("type_name", "fields", "line"),
    [
        ("ReleaseCreated", {"actor": {"name": "Ada"}}, "created  (Ada)"),
        ("ActionPerformed", {"action": "TRIGGER_STAGE_2", "reason": "go"}, "trigger-stage-2: go"),
        ("PhaseChanged", {"phaseFrom": "KICKOFF", "phaseTo": "PAUSED_BY_USER"}, "phase paused by user"),
        ("TaskChanged", {"name": "Build", "taskTo": "COMPLETED", "attempt": 1}, "Build: ✓ completed"),
        (
            "TaskChanged",
            {"name": "Build", "cycle": 2, "taskTo": "FAILED", "attempt": 3, "reason": "exit 1"},
            "RC2 Build: ✗ failed, attempt 3: exit 1",
        ),
        ("TaskChanged", {"name": "Build", "taskTo": "PENDING", "attempt": 2, "reason": "old"}, None),
        ("CycleChanged", {"tag": "RC1", "cycleTo": "ABANDONED"}, "cycle RC1: - abandoned"),
        (
            "StoreReviewed",
            {"store": "APP_STORE", "decision": "REJECTED", "message": "crash"},
            "app store: ✗ rejected: crash",
        ),
        ("SomethingNew", {}, "SomethingNew"),
    ],
)
def test_each_event_is_told_on_a_line(type_name: str, fields: dict[str, object], line: str | None) -> None:
    told = event_line(event(type_name, **fields), UTC).plain
    assert told == f"13:00:00  {line or 'Build: · pending, attempt 2'}"


def test_its_time_is_that_of_the_viewer() -> None:
    assert event_line(event("ReleaseCreated"), ZoneInfo("Asia/Kolkata")).plain.startswith("18:30:00")


def test_an_answer_becomes_an_event_whatever_its_type() -> None:
    node = {"__typename": "TaskChanged", "cursor": "c", "occurredAt": "2026-01-15T14:00:00Z", "revision": 2}
    assert event_of({**node, "taskTo": "FAILED"}).task_to == "FAILED"
