from datetime import UTC

from phaseboard.cli.answers import Summary
from phaseboard.cli.tables import release_view, releases_table
from tests.cli.samples import IN_CYCLE_2, NOW, drawn, release, seconds, status, task


def summary(**fields: object) -> Summary:
    given = {
        "id": "rel-a",
        "name": "Mobile app",
        "version": "4.2.0",
        "status": "IN_PROGRESS",
        "updatedAt": NOW,
        "currentPhase": "KICKOFF",
        "displayText": "Stage 1 - Kickoff Running",
    }
    return Summary.model_validate({**given, **fields})


def test_a_list_has_a_release_in_each_row() -> None:
    assert drawn(releases_table([summary(), summary(id="rel-b", currentPhase="ARCHIVED")], NOW, UTC)).splitlines() == [
        "Id     Release           Phase     Status                     Changed",
        "rel-a  Mobile app 4.2.0  Kickoff   Stage 1 - Kickoff Running  1:00 PM",
        "rel-b  Mobile app 4.2.0  Archived  Stage 1 - Kickoff Running  1:00 PM",
    ]


def test_a_release_is_shown_with_the_tasks_of_each_stage_and_cycle() -> None:
    shown = drawn(release_view(IN_CYCLE_2, NOW, UTC))
    titles = [line for line in shown.splitlines() if line.startswith("Stage ")]
    assert titles == ["Stage 1 - Kickoff", "Stage 2 - Regression, RC1", "Stage 2 - Regression, RC2"]
    assert "Mobile app 4.2.0  rel-a" in shown
    assert "tsk-a-4  Automation run  … awaiting callback  1        4 min 00 s  https://ci.example/run/77" in shown


def test_earlier_attempts_stand_below_their_task_with_why_they_failed() -> None:
    attempts = [
        {
            "number": 1,
            "startedAt": NOW - seconds(90),
            "finishedAt": NOW - seconds(60),
            "outcome": "FAILED",
            "failureReason": "exit 1",
        },
        {"number": 2, "startedAt": NOW - seconds(30)},
    ]
    running = task(1, "Build", "IN_PROGRESS", attempt=2, attempts=attempts)
    lines = drawn(release_view(release(status("KICKOFF", stages="IPP"), running), NOW, UTC)).splitlines()
    build = next(at for at, line in enumerate(lines) if "Build" in line)
    assert lines[build].split() == ["tsk-a-1", "Build", "▶", "in", "progress", "2", "1", "min", "00", "s"]
    assert lines[build + 1].split() == ["✗", "failed", "1", "30", "s", "exit", "1"]


def test_of_what_the_last_attempt_printed_the_last_lines_are_shown() -> None:
    printed = "\n".join(f"line {at}" for at in range(100)) + "\n\x1b[2Jevil"
    attempts = [{"number": 1, "startedAt": NOW, "output": printed}]
    shown = drawn(release_view(release(status("KICKOFF"), task(1, "Build", attempts=attempts)), NOW, UTC))
    assert "| line 96" in shown
    assert "line 95" not in shown
    assert "| \ufffd[2Jevil" in shown


def test_cycles_and_stores_have_tables_of_their_own() -> None:
    cycles = [{"number": 1, "tag": "RC1", "status": "DONE", "startedAt": NOW, "finishedAt": NOW + seconds(65)}]
    stores = [{"store": "APP_STORE", "decision": "REJECTED", "message": "crashes", "decidedAt": NOW}]
    shown = drawn(release_view(release(status("KICKOFF"), cycles=cycles, stores=stores), NOW, UTC))
    assert "RC1    ✓ done             1:00 PM  1 min 05 s" in shown
    assert "APP_STORE  ✗ rejected  1:00 PM  crashes" in shown


def test_who_created_it_and_when_is_told_as_far_as_it_is_known() -> None:
    born = release(status("KICKOFF"), createdAt=NOW, createdBy={"name": "Ada"})
    assert "Created 1:00 PM by Ada" in drawn(release_view(born, NOW, UTC))
