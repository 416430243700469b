import json
from datetime import timedelta
from pathlib import Path

import pytest

from phaseboard.domain.enums import Stage, Store
from phaseboard.domain.plan import Plan
from phaseboard.engine.executors.registry import load_executors
from phaseboard.plans.check import parse_plan
from phaseboard.plans.places import load_plan
from tests.plans.test_json_schema import SCHEMA, faults

FILES = sorted((Path(__file__).parents[2] / "playground" / "examples").glob("*.yaml"))


def plan_of(name: str) -> Plan:
    file = next(file for file in FILES if file.name == name)
    return parse_plan(load_plan(file.read_bytes())[0], load_executors({}).executors)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_example_is_a_sound_plan_for_the_built_in_executors(file: Path) -> None:
    document, _ = load_plan(file.read_text())
    plan = parse_plan(document, load_executors({}).executors)
    assert list(faults(document, SCHEMA)) == []
    assert parse_plan(json.loads(json.dumps(document)), load_executors({}).executors) == plan


def test_the_mobile_plan_is_that_of_a_real_team() -> None:
    plan = plan_of("mobile-4.2.0.yaml")
    assert (plan.version, plan.time_zone, plan.stores) == ("4.2.0", "Europe/Berlin", tuple(Store))
    assert plan.auto_trigger == frozenset()
    assert [cycle.after for cycle in plan.cycles] == [timedelta(days=days) for days in range(3)]
    assert [task.needs for task in plan.regression] == [
        (),
        (),
        ("RC build iOS", "RC build Android"),
        ("RC build iOS", "RC build Android"),
        ("Automation run",),
    ]
    assert plan.submission.name == "Submit to stores"


def test_the_hotfix_plan_needs_nobody_and_takes_less_than_a_minute() -> None:
    plan = plan_of("hotfix-4.2.1.yaml")
    tasks = [task for stage in Stage for task in plan.tasks_of(stage)]
    assert {task.executor for task in tasks} == {"simulated"}
    assert plan.auto_trigger == {Stage.STAGE_2, Stage.STAGE_3}
    assert sum(task.settings["durationSeconds"] for task in tasks) < 45
