"""What an executor of this server says of settings is told with its place."""

from datetime import timedelta

import pytest
from pydantic import BaseModel

from phaseboard.plans.check import parse_plan
from phaseboard.plans.problems import PlanInvalid, Problem


class Settings(BaseModel):
    program: str


class Choosy:
    settings = Settings
    callback_timeout = timedelta(hours=1)

    def check(self, settings: Settings) -> list[str]:
        return [] if settings.program == "build" else [f"{settings.program} is not allowed here"]


def plan(program: str) -> dict[str, object]:
    task = {"name": "one", "executor": "choosy", "with": {"program": program}}
    return {
        "name": "n",
        "version": "1",
        "kickoff": [task],
        "regression": {"cycles": [{"after": "0s"}], "tasks": [{**task, "with": {"program": "build"}}]},
        "preRelease": [{**task, "with": {"program": "build"}}],
    }


def test_the_check_of_an_executor_is_asked() -> None:
    with pytest.raises(PlanInvalid) as caught:
        parse_plan(plan("rm"), {"choosy": Choosy()})
    assert caught.value.problems == (Problem(("kickoff", 0, "with"), "rm is not allowed here"),)


def test_what_it_lets_pass_is_taken() -> None:
    assert parse_plan(plan("build"), {"choosy": Choosy()}).kickoff[0].name == "one"
