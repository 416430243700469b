from typing import Any

import pytest

from phaseboard.plans.check import parse_plan
from tests.plans.documents import CATALOG, kickoff, problems


def calling(**settings: Any) -> dict[str, Any]:
    return kickoff({"executor": "http", "with": {"url": "http://ci", **settings}})


HERE = "kickoff[0].with"

MISTAKES: list[tuple[dict[str, Any], str]] = [
    (kickoff({"executor": "slep"}), "kickoff[0].executor: unknown executor `slep`; did you mean `sleep`?"),
    (kickoff({"executor": "docker"}), "kickoff[0].executor: unknown executor `docker`; known here: `http`, `sleep`"),
    (kickoff({"executor": "http"}), f"{HERE}.url: `url` is missing; add it"),
    (calling(url=3), f"{HERE}.url: `url` must be text, but is the number 3; put it in quotes"),
    (calling(url="ci"), f"{HERE}.url: `url` must begin with http:// or https://"),
    (calling(hedaers={}), f"{HERE}.hedaers: unknown key `hedaers`; did you mean `headers`?"),
    (calling(method="PSOT"), f"{HERE}.method: `method` is the text `PSOT`, which is not known; did you mean `POST`?"),
    (calling(method=5), f"{HERE}.method: `method` must be one of `GET`, `POST`, but is the number 5"),
    (calling(headers={"X-Id": 5}), f"{HERE}.headers.X-Id: `X-Id` must be text, but is the number 5; put it in quotes"),
    (
        calling(headers={"a b\x1b": 5}),
        HERE + r'.headers["a b\u001b"]: `a b\u001b` must be text, but is the number 5; put it in quotes',
    ),
    (calling(retry={"coeds": [1], "codes": [2]}), f"{HERE}.retry.coeds: unknown key `coeds`; did you mean `codes`?"),
    (
        calling(retry={"codes": [1, "2"]}),
        (f"{HERE}.retry.codes[1]: `codes[1]` must be a whole number, but is the text `2`"),
    ),
    (calling(retry={"codes": []}), f"{HERE}.retry.codes: `codes` is empty; give at least 1 entry"),
    (calling(size=[]), f"{HERE}.size: `size` must be a whole number or text, but is a list"),
    (kickoff({"with": {"seconds": -1}}), f"{HERE}.seconds: `seconds` must be at least 0, but is the number -1"),
    (kickoff({"with": {"seconds": 100}}), f"{HERE}.seconds: `seconds` must be less than 100, but is the number 100"),
]


@pytest.mark.parametrize(("wrong", "told"), MISTAKES)
def test_wrong_executors_and_settings_are_told_in_full(wrong: dict[str, Any], told: str) -> None:
    assert problems(wrong) == [told]


def test_settings_are_kept_as_given_not_as_the_executor_reads_them() -> None:
    plan = parse_plan(kickoff({"with": {"seconds": 2}}, {}), CATALOG)
    assert [task.settings for task in plan.kickoff] == [{"seconds": 2}, {}]
