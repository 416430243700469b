"""Plans as chance has them, for servers under load: quick, of every executor, with and without stores and triggers."""

from random import Random
from typing import Any

Item = dict[str, Any]


def any_plan(chance: Random, ci: str) -> Item:
    """Return the input of `createRelease`; tasks are called at the CI system of this address."""
    return {
        "name": "Any",
        "version": f"{chance.randint(0, 9)}.{chance.randint(0, 9)}.0",
        "autoTrigger": {"stage2": chance.random() < 0.5, "stage3": chance.random() < 0.5},
        "stores": ["APP_STORE"] if chance.random() < 0.4 else [],
        "kickoff": _tasks(chance, ci),
        "regression": {"cycles": _cycles(chance), "tasks": _tasks(chance, ci)},
        "preRelease": _tasks(chance, ci),
    }


def _cycles(chance: Random) -> list[Item]:
    """Return one to three cycles, most of them due at once or a second later."""
    return [{"after": f"{seconds}s"} for seconds in range(chance.choice((1, 1, 2, 2, 3)))]


def _tasks(chance: Random, ci: str) -> list[Item]:
    names = ("one", "two", "three")[: chance.randint(1, 3)]
    return [{**_task(chance, ci), "name": name, **_more(chance, names[:place])} for place, name in enumerate(names)]


def _more(chance: Random, before: tuple[str, ...]) -> Item:
    more: Item = {"critical": chance.random() < 0.8}
    if chance.random() < 0.5:
        more["needs"] = chance.sample(before, chance.randint(0, len(before)))
    if chance.random() < 0.5:
        more["retries"] = {"count": chance.randint(1, 2), "delaySeconds": 0}
    return more


def _task(chance: Random, ci: str) -> Item:
    kind = chance.random()
    if kind < 0.1:
        return {"executor": "manual"}
    if kind < 0.5:
        return {"executor": "webhook", "with": {"url": ci, "awaitCallback": chance.random() < 0.7}}
    settings = {"durationSeconds": round(chance.uniform(0, 0.1), 3), "failureRate": 0.15, "seed": chance.randint(0, 99)}
    return {"executor": "simulated", "with": settings}
