from typing import Any

import pytest

from phaseboard.plans.check import parse_plan
from tests.plans.documents import CATALOG, document, kickoff, problems, task

IANA = "give an IANA name such as `Europe/Berlin`"

MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    (document(timeZone="Europe/Berln"), ["timeZone: unknown time zone `Europe/Berln`; did you mean `Europe/Berlin`?"]),
    (
        document(timeZone="europe/berlin"),
        ["timeZone: unknown time zone `europe/berlin`; did you mean `Europe/Berlin`?"],
    ),
    (document(timeZone="New York"), ["timeZone: unknown time zone `New York`; did you mean `America/New_York`?"]),
    (document(timeZone="+02:00"), [f"timeZone: unknown time zone `+02:00`; {IANA}"]),
    (document(timeZone=""), [f"timeZone: unknown time zone ``; {IANA}"]),
    (document(timeZone="Europe"), [f"timeZone: unknown time zone `Europe`; {IANA}"]),
    (document(timeZone="../secret"), [f"timeZone: unknown time zone `../secret`; {IANA}"]),
    (document(timeZone="x" * 999), [f"timeZone: unknown time zone `{'x' * 60}…`; {IANA}"]),
    (
        document(stores=["APP_STORE", "PLAY_STORE", "APP_STORE"]),
        ["stores[2]: `APP_STORE` is named twice; remove one"],
    ),
    (
        kickoff({"submission": True}),
        ["kickoff[0].submission: only a task of `preRelease` can be the submission; remove it here"],
    ),
    (
        document(regression={"cycles": [{"after": "0s"}], "tasks": [task("a", submission=True)]}),
        ["regression.tasks[0].submission: only a task of `preRelease` can be the submission; remove it here"],
    ),
    (
        document(preRelease=[task("a", submission=True), task("b", submission=True)]),
        [
            "preRelease[1].submission: a plan has one submission, and `preRelease[0]` is marked already; remove one",
        ],
    ),
    (
        document(preRelease=[task("a", submission=True, critical=False)]),
        ["preRelease[0].submission: the submission must be critical: a rejection by a store has to pause the release"],
    ),
]


@pytest.mark.parametrize(("wrong", "told"), MISTAKES)
def test_wrong_options_are_told_in_full(wrong: dict[str, Any], told: list[str]) -> None:
    assert problems(wrong) == told


def test_a_task_may_say_that_it_is_not_the_submission() -> None:
    parse_plan(kickoff({"submission": False}), CATALOG)
