"""Plan documents and a small catalog for the tests of plans.

document(timeZone="Berlin")                     a sound plan with something changed
kickoff({"needs": ["x"]})                       a sound plan whose kickoff has these tasks, named a, b, c, ...
problems(document(...))                         what parse_plan finds, as people read it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from string import ascii_lowercase
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from phaseboard.plans.check import parse_plan
from phaseboard.plans.problems import PlanInvalid


class HttpSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    url: str
    method: Literal["GET", "POST"] = "POST"
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    retry: "RetrySettings | None" = None
    size: int | str | None = None

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url.startswith(("http", "{{")):
            raise ValueError("must begin with http:// or https://")
        return url


class RetrySettings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    codes: list[int] = Field(min_length=1)


class SleepSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    seconds: float = Field(default=1, ge=0, lt=100)


@dataclass(frozen=True)
class Executor:
    settings: type[BaseModel]
    callback_timeout: timedelta = timedelta(days=1)


CATALOG: Mapping[str, Executor] = {
    "http": Executor(HttpSettings, timedelta(hours=2)),
    "sleep": Executor(SleepSettings),
}


def task(name: str, **changes: Any) -> dict[str, Any]:
    return {"name": name, "executor": "sleep", **changes}


def document(**changes: Any) -> dict[str, Any]:
    sound = {
        "name": "Mobile",
        "version": "4.2.0",
        "kickoff": [task("branch")],
        "regression": {"cycles": [{"after": "0s"}, {"after": "2h"}], "tasks": [task("build")]},
        "preRelease": [task("submit")],
    }
    return {**sound, **changes}


def kickoff(*tasks: Mapping[str, Any]) -> dict[str, Any]:
    named = [task(name, **changes) for name, changes in zip(ascii_lowercase, tasks, strict=False)]
    return document(kickoff=named)


def cycles(*times: Mapping[str, Any]) -> dict[str, Any]:
    return document(regression={"cycles": list(times), "tasks": [task("build")]})


def problems(given: Mapping[str, Any]) -> list[str]:
    with pytest.raises(PlanInvalid) as caught:
        parse_plan(given, CATALOG)
    return [str(problem) for problem in caught.value.problems]
