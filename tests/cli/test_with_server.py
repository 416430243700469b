"""Each command against a real server, which the tests of `cli` share."""

import json
from pathlib import Path

import pytest

from tests.cli.command import Command, Watching
from tests.cli.plans import AUTOMATIC, PLAN, changed
from tests.domain.guide import EXAMPLES

pytestmark = pytest.mark.process


def test_creating_prints_the_id_alone(served: Command, plan_file: Path) -> None:
    plan_file.write_text(PLAN)
    ended = served("release", "create", plan_file)
    assert ended.exit_code == 0
    assert ended.stdout.startswith("rel-")
    assert len(ended.stdout.split()) == 1
    assert ended.stderr == ""


def test_the_same_key_creates_once(served: Command) -> None:
    first = served("release", "create", "-", "--idempotency-key", "once", stdin=PLAN)
    again = served("release", "create", "-", "--idempotency-key", "once", stdin=PLAN)
    other = served("release", "create", "-", "--idempotency-key", "once", stdin=changed(("4.2.0", "4.2.1")))
    assert first.stdout == again.stdout
    assert "created before" in again.stderr
    assert (other.exit_code, other.stdout) == (1, "")
    assert "use a new key" in other.stderr


def test_what_the_server_finds_wrong_is_told_with_its_place_in_the_file(served: Command, plan_file: Path) -> None:
    plan_file.write_text(
        changed(
            ("executor: manual", "executor: manuel\n    needs: [Cut brnch]"),
            ("durationSeconds: 0", "durationSeconds: -1"),
        )
    )
    ended = served("release", "create", plan_file)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"{plan_file}:7:13: kickoff[0].with.durationSeconds: ")
    assert f"{plan_file}:9:5: kickoff[1].executor: unknown executor `manuel`; did you mean `manual`?" in ended.stderr
    assert (
        f"{plan_file}:10:13: kickoff[1].needs[0]: unknown task `Cut brnch`; did you mean `Cut branch`?" in ended.stderr
    )
    assert len(ended.stderr.splitlines()) == 5


def test_the_status_in_json_is_the_guides_response(served: Command) -> None:
    release = served.created(PLAN)
    shown = served.done("status", release, "--json")
    expected = next(example for example in EXAMPLES if example["currentPhase"] == "NOT_STARTED")
    assert json.loads(shown) == {**expected, "release": {"id": release, "status": "PENDING"}}
    assert list(json.loads(shown)) == list(expected)


def test_clock_times_are_in_the_zone_asked_for_else_in_the_plans(served: Command) -> None:
    first = ("    - after: 0s\n", "")
    second = ("after: 30m", "scheduledAt: '2998-01-01T12:00:00Z'")
    plan = changed(first, second, ("kickoff:", "autoTrigger: { stage2: true }\nkickoff:"), plan=AUTOMATIC)
    release = served.created(plan)
    served.done("act", "start", release)
    served.until(release, "REGRESSION_AWAITING_NEXT_CYCLE")
    assert "scheduled at 1:00 PM" in served.done("status", release, "--json")
    assert "scheduled at 5:30 PM" in served.done("status", release, "--json", "--time-zone", "Asia/Kolkata")
    for shown in (("status", release), ("release", "show", release)):
        text = served.done(*shown, TZ="America/New_York")
        assert "scheduled at 7:00 AM" in text
        assert "RC1 at Jan 1 2998, 7:00 AM" in text
    assert "scheduled at 7:00 AM" in served.done("release", "list", TZ="America/New_York")


def test_a_release_is_listed_and_found_by_what_it_is(served: Command) -> None:
    release = served.created(changed(("Mobile app", "Needle")))
    assert release in served.done(
        "release", "list", "--text", "needle", "--status", "pending", "--phase", "NOT_STARTED"
    )
    found = json.loads(served.done("release", "list", "--text", "needle", "--json"))
    assert [node["id"] for node in found] == [release]
    nothing = served("release", "list", "--text", "needle", "--status", "ARCHIVED")
    assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", "No release matches.\n")


def test_a_long_list_is_fetched_page_by_page_up_to_the_limit(served: Command) -> None:
    made = {served.created(changed(("Mobile app", "Many"))) for _ in range(3)}
    cut = served("release", "list", "--text", "many", "--limit", "2", "--json")
    assert len(json.loads(cut.stdout)) == 2
    assert "more than 2" in cut.stderr
    whole = served("release", "list", "--text", "many", "--limit", "200", "--json")
    assert {node["id"] for node in json.loads(whole.stdout)} == made
    assert whole.stderr == ""


def test_unknown_and_malformed_ids_are_not_found(served: Command) -> None:
    for arguments in (
        ("status", "rel-nosuch"),
        ("status", "x" * 1000),
        ("release", "show", "tsk-a-1"),
        ("watch", "rel-nosuch"),
        ("act", "start", "rel-nosuch"),
        ("act", "retry-task", "tsk-nosuch-1"),
        ("report", "task", "rel-nosuch", "--attempt", "1", "--outcome", "failed"),
    ):
        ended = served(*arguments)
        assert (ended.exit_code, ended.stdout) == (4, ""), arguments
        assert "There is no " in ended.stderr


def test_a_refusal_says_why_and_what_is_allowed(served: Command) -> None:
    ended = served("act", "pause", served.created(PLAN))
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "PAUSE is not possible in phase NOT_STARTED." in ended.stderr
    assert "Phase NOT_STARTED allows: start." in ended.stderr


def test_a_stale_revision_is_refused(served: Command) -> None:
    ended = served("act", "start", served.created(PLAN), "--expected-revision", "99")
    assert ended.exit_code == 1
    assert "99" in ended.stderr


def test_a_repeated_action_is_told_as_such(served: Command) -> None:
    release = served.created(PLAN)
    first = served("act", "start", release, "--idempotency-key", release, "--reason", "go")
    again = served("act", "start", release, "--idempotency-key", release, "--reason", "go")
    assert first.stdout == again.stdout == "KICKOFF  Stage 1 - Kickoff Running\n"
    assert (first.stderr, again.exit_code) == ("", 0)
    assert "nothing was changed" in again.stderr


def test_wrong_texts_are_refused_by_name(served: Command) -> None:
    ended = served("act", "start", served.created(PLAN), "--reason", "")
    assert ended.exit_code == 1
    assert ended.stderr.startswith("reason: ")


def test_a_manual_task_is_shown_and_reported(served: Command) -> None:
    release = served.created(PLAN)
    served.done("act", "start", release)
    with Watching(served.url, release) as watching:
        watching.until("KICKOFF")
        task = _awaiting(served, release)
        report = f"phaseboard report task {task} --attempt 1 --outcome succeeded"
        assert report in served.done("release", "show", release)
        assert "AWAITING_REGRESSION" in served.done(*report.split()[1:], "--external-url", "https://ci.example/1")
        watching.until("AWAITING_REGRESSION")
    assert "https://ci.example/1" in served.done("release", "show", release)
    late = served("report", "task", task, "--attempt", "1", "--outcome", "failed", "--message", "no")
    assert late.exit_code == 1


def test_a_failed_task_is_retried_and_skipped(served: Command) -> None:
    release = served.created(PLAN)
    served.done("act", "start", release)
    task = _awaiting(served, release)
    served.done("report", "task", task, "--attempt", "1", "--outcome", "failed", "--message", "not signed")
    assert "not signed" in served.done("release", "show", release)
    assert "Kickoff" in served.done("act", "retry-task", task, "--reason", "again")
    task = _awaiting(served, release)
    served.done("report", "task", task, "--attempt", "2", "--outcome", "failed")
    assert "AWAITING_REGRESSION" in served.done("act", "skip-task", task)


def test_a_release_goes_from_its_plan_to_its_end(served: Command) -> None:
    release = served.created(AUTOMATIC)
    with Watching(served.url, release) as watching:
        watching.until("NOT_STARTED")
        served.done("act", "start", release)
        watching.until("AWAITING_REGRESSION")
        served.done("act", "trigger-stage-2", release)
        watching.until("REGRESSION_AWAITING_NEXT_CYCLE")
        served.done("act", "skip-remaining-cycles", release)
        watching.until("AWAITING_POST_REGRESSION")
        served.done("act", "trigger-stage-3", release)
        watching.until("SUBMITTED")
        assert served.done("act", "complete", release) == "COMPLETED  Released"
        assert watching.ended() == 0
    assert watching.phases == [
        "NOT_STARTED",
        "KICKOFF",
        "AWAITING_REGRESSION",
        "REGRESSION_CYCLE_STARTING",
        "REGRESSION_CYCLE_RUNNING",
        "REGRESSION_AWAITING_NEXT_CYCLE",
        "AWAITING_POST_REGRESSION",
        "POST_REGRESSION",
        "SUBMITTED",
        "COMPLETED",
    ]
    assert json.loads(served.done("status", release, "--json"))["currentPhase"] == "COMPLETED"


def test_stores_are_reported(served: Command) -> None:
    plan = changed(
        ("timeZone:", "stores: [APP_STORE]\nautoTrigger: { stage2: true, stage3: true }\ntimeZone:"), plan=AUTOMATIC
    )
    release = served.created(plan.replace("    - after: 30m\n", ""))
    served.done("act", "start", release)
    served.until(release, "SUBMITTED")
    ended = served("report", "review", release, "--store", "play-store", "--decision", "approved")
    assert ended.exit_code == 1
    review = ("report", "review", release, "--store", "App-Store", "--decision")
    assert "PAUSED_BY_FAILURE" in served.done(*review, "rejected", "--message", "it crashes")
    assert "it crashes" in served.done("release", "show", release)


def _awaiting(served: Command, release: str) -> str:
    """Return the id of the task that waits for a person."""
    while True:
        shown = json.loads(served.done("release", "show", release, "--json"))
        waiting = [task["id"] for task in shown["tasks"] if task["status"] == "AWAITING_CALLBACK"]
        if waiting:
            return str(waiting[0])
