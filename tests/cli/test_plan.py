import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.command import Command
from tests.cli.plans import PLAN, changed


def test_a_sound_plan_can_be_created(command: Command, plan_file: Path) -> None:
    plan_file.write_text(PLAN)
    assert command.done("plan", "check", plan_file) == f"{plan_file}: Mobile app 4.2.0 can be created."
    assert command.done("plan", "check", "-", stdin=PLAN).startswith("stdin: Mobile app")


def test_every_problem_is_told_with_its_place_also_those_of_executors(command: Command, plan_file: Path) -> None:
    plan_file.write_text(
        changed(("executor: manual", "executor: manuel"), ("30m", "0s"), ("durationSeconds: 0", "durationSeconds: -1"))
    )
    ended = command("plan", "check", plan_file)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert [line.removeprefix(f"{plan_file}:").split(": ")[1] for line in ended.stderr.splitlines()] == [
        "kickoff[0].with.durationSeconds",
        "kickoff[1].executor",
        "regression.cycles[1].after",
        "regression.tasks[0].with.durationSeconds",
        "preRelease[0].with.durationSeconds",
    ]


def test_what_may_not_be_meant_is_a_note_and_no_problem(command: Command, plan_file: Path) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    first, second = (f"scheduledAt: '{past + timedelta(hours=at):%Y-%m-%dT%H:%M:%SZ}'" for at in range(2))
    plan_file.write_text(changed(("after: 0s", first), ("after: 30m", second)))
    ended = command("plan", "check", plan_file)
    assert ended.exit_code == 0
    assert ended.stderr.count("which has passed") == 2


def test_the_schema_is_json(command: Command) -> None:
    assert json.loads(command.done("plan", "schema"))["title"] == "Phaseboard plan"
