"""What plans cost that are meant to cost a lot: the server checks them between two other requests."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from phaseboard.engine.executors.registry import load_executors
from phaseboard.plans.check import parse_plan
from phaseboard.plans.problems import PlanInvalid
from tests.plans.documents import document
from tests.steps import steps

MOST = 800_000
"""Lines of Python that checking a plan may run: some 50 ms."""

CATALOG = load_executors({}).executors


def tasks(count: int, name: Callable[[int], str] = str, **entries: Callable[[int], Any]) -> list[dict[str, Any]]:
    return [
        {"name": name(number), "executor": "manual", **{key: made(number) for key, made in entries.items()}}
        for number in range(count)
    ]


def calls(count: int, url: str = "http://127.0.0.1:9/", **settings: Any) -> list[dict[str, Any]]:
    made = tasks(count, executor=lambda _: "webhook", needs=lambda _: [])
    return [{**task, "with": {"url": url, **settings}} for task in made]


def alike(number: int) -> str:
    return "a" * 34 + f"{number:04}"


PLANS: dict[str, list[dict[str, Any]]] = {
    "references": calls(30, body="{{release.id}}" * 500),
    "as many references as may be": calls(4, body="{{release.id}}" * 500),
    "as many references as may be, filtered": calls(4, body="{{release.id|lower|upper|lower|upper|lower}}" * 500),
    "a reference a text": calls(190, body=["{{release.id}}"] * 10),
    "wrong references": calls(30, body="{{release.nmae}}{{release.id|lowre}}" * 100),
    "long names": calls(4, body="{{" + "a." * 30_000 + "a}}"),
    "many filters": calls(4, body="{{release.id" + "|lower" * 10_000 + "}}"),
    "long arguments": calls(4, body="{{release.id|replace('" + "\\n" * 20_000 + "', '')}}"),
    "braces as such": calls(4, body="{% raw %}{% endraw %}" * 3_000),
    "braces as such, a pair a text": calls(40, body=["{%raw%}{%endraw%}"] * 115),
    "addresses that are not ASCII": calls(190, url="http://127.0.0.1:9/" + "ä" * 1_000),
    "users that are not ASCII": calls(120, url="http://" + "ä" * 1_000 + "@127.0.0.1/"),
    "hosts that are not ASCII": calls(200, url="http://" + ".".join(["ä" * 40] * 4) + "/"),
    "many needs": tasks(200, needs=lambda number: [str(other) for other in range(max(0, number - 22), number)]),
    "all need all": tasks(70, needs=lambda number: [str(other) for other in range(70) if other != number]),
    "unknown needs": tasks(200, alike, needs=lambda number: [alike(number)[:30] + f"b{n}" for n in range(20)]),
    "needs of another stage": tasks(200, alike, needs=lambda _: ["submit"] * 22),
    "unknown keys": tasks(200, **{f"timeoutSecond{n}": lambda _: 1 for n in range(20)}),
    "wrong settings": [{**task, "with": {f"header{n}": 1 for n in range(20)}} for task in calls(200)],
}


@pytest.mark.parametrize("kickoff", PLANS.values(), ids=PLANS)
def test_a_plan_cannot_be_made_to_cost_much(kickoff: list[dict[str, Any]]) -> None:
    def checked() -> None:
        with suppress(PlanInvalid):
            parse_plan(plan, CATALOG)

    plan = document(kickoff=kickoff, regression={"cycles": [{"after": "0s"}], "tasks": calls(1)}, preRelease=calls(1))
    assert steps(checked) <= MOST
