from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.domain.enums import Stage, Store
from phaseboard.domain.plan import CycleSpec, Plan, Retries, TaskSpec
from phaseboard.plans.check import parse_plan
from phaseboard.plans.problems import MOST, PlanInvalid, Problem
from tests.plans.documents import CATALOG, document, kickoff, problems, task


def test_a_short_plan_gets_the_defaults() -> None:
    assert parse_plan(document(), CATALOG) == Plan(
        name="Mobile",
        version="4.2.0",
        kickoff=(TaskSpec(name="branch", executor="sleep"),),
        cycles=(CycleSpec(after=timedelta()), CycleSpec(after=timedelta(hours=2))),
        regression=(TaskSpec(name="build", executor="sleep"),),
        pre_release=(TaskSpec(name="submit", executor="sleep"),),
    )


def test_everything_that_is_said_is_kept() -> None:
    body = {"branch": "release/{{ release.version }}", "languages": ["de", None, 1.5, True]}
    said = task(
        "branch",
        executor="http",
        **{"with": {"url": "http://ci", "body": body}},
        needs=[],
        critical=False,
        retries={"count": 3, "delaySeconds": 0, "backoff": 1},
        timeoutSeconds=5,
        callbackTimeoutSeconds=60,
    )
    plan = parse_plan(
        document(
            timeZone="Europe/Berlin",
            stores=["PLAY_STORE", "APP_STORE"],
            autoTrigger={"stage2": False, "stage3": True},
            kickoff=[said],
            regression={"cycles": [{"scheduledAt": "2024-01-15T14:00:00+01:00"}], "tasks": [task("build")]},
            preRelease=[task("submit", submission=True), task("announce", critical=False)],
        ),
        CATALOG,
    )
    assert plan.kickoff == (
        TaskSpec(
            name="branch",
            executor="http",
            settings={"url": "http://ci", "body": body},
            critical=False,
            retries=Retries(count=3, delay=timedelta(), backoff=1.0),
            timeout=timedelta(seconds=5),
            callback_timeout=timedelta(minutes=1),
        ),
    )
    assert plan.cycles == (CycleSpec(datetime(2024, 1, 15, 13, tzinfo=UTC)),)
    assert (plan.time_zone, plan.stores) == ("Europe/Berlin", (Store.PLAY_STORE, Store.APP_STORE))
    assert plan.auto_trigger == {Stage.STAGE_3}
    assert plan.submission.name == "submit"


def test_null_is_the_same_as_left_out() -> None:
    keys = ("needs", "critical", "submission", "retries", "timeoutSeconds", "callbackTimeoutSeconds", "with")
    nothing = dict.fromkeys(keys)
    spelled_out = document(
        kickoff=[task("branch", **nothing)],
        timeZone=None,
        stores=None,
        autoTrigger={"stage2": None},
        regression={"cycles": [{"after": "0s", "scheduledAt": None}, {"after": "2h"}], "tasks": [task("build")]},
    )
    assert parse_plan(spelled_out, CATALOG) == parse_plan(document(), CATALOG)


def test_without_needs_a_task_waits_for_the_one_before_it() -> None:
    plan = parse_plan(kickoff({}, {}, {"needs": []}, {"needs": ["a", "c"]}, {}), CATALOG)
    assert [task.needs for task in plan.kickoff] == [(), ("a",), (), ("a", "c"), ("d",)]


def test_the_executor_says_how_long_a_callback_is_waited_for() -> None:
    plan = parse_plan(kickoff({"executor": "http", "with": {"url": "http://ci"}}, {}), CATALOG)
    assert [task.callback_timeout for task in plan.kickoff] == [timedelta(hours=2), timedelta(days=1)]


def test_a_plan_does_not_change_with_the_document_it_came_from() -> None:
    given = kickoff({"executor": "http", "with": {"url": "http://ci", "body": {"list": [1]}}})
    plan = parse_plan(given, CATALOG)
    given["kickoff"][0]["with"]["body"]["list"].append(2)
    assert plan.kickoff[0].settings["body"] == {"list": [1]}


def test_several_mistakes_are_told_at_once_in_the_order_of_the_document() -> None:
    wrong = {
        "timeZone": "Berlin",
        "preRelease": [task("submit", submission=True, critical=False), "announce"],
        "kickoff": [
            task("build", executor="htpp"),
            {"executor": "http", "with": {"hedaers": {}, "url": "{{ release.verison }}"}, "retires": 3},
            task("test", needs=["biuld", "build"]),
        ],
        "regression": {"tasks": [], "cycles": [{"after": "2h"}, {"after": "1h"}, {"after": "soon"}]},
        "version": 4.2,
    }
    assert problems(wrong) == [
        "timeZone: unknown time zone `Berlin`; did you mean `Europe/Berlin`?",
        "preRelease[0].submission: the submission must be critical: a rejection by a store has to pause the release",
        "preRelease[1]: `preRelease[1]` must be a mapping of keys to values, but is the text `announce`",
        "kickoff[0].executor: unknown executor `htpp`; did you mean `http`?",
        "kickoff[1].with.hedaers: unknown key `hedaers`; did you mean `headers`?",
        "kickoff[1].with.url: `url`: unknown variable `release.verison`; did you mean `release.version`?",
        "kickoff[1].retires: unknown key `retires`; did you mean `retries`?",
        "kickoff[1].name: `name` is missing; add it",
        "regression.tasks: `tasks` is empty; give at least 1 entry",
        "regression.cycles[1].after: `after` must be later than that of the cycle before, but `1h` is not after `2h`",
        (
            "regression.cycles[2].after: `after` must be a duration such as `2h`, `90m`, `1h30m`, `45s` or `1d`, "
            "but is the text `soon`"
        ),
        "version: `version` must be text, but is the number 4.2; put it in quotes",
        "name: `name` is missing; add it",
    ]


def test_unknown_needs_are_told_beside_broken_parts_unless_a_name_is_broken() -> None:
    broken_retries = task("b", needs=["aa"], retries=3)
    assert problems(document(kickoff=[task("aaa"), broken_retries])) == [
        "kickoff[1].needs[0]: unknown task `aa`; did you mean `aaa`?",
        "kickoff[1].retries: `retries` must be a mapping of keys to values, but is the number 3",
    ]
    assert problems(document(kickoff=[task(5), task("b", needs=["aa"])])) == [  # type: ignore[arg-type]
        "kickoff[0].name: `name` must be text, but is the number 5; put it in quotes",
    ]


def test_no_more_than_a_screenful_of_problems_is_told() -> None:
    wrong = document(**{f"kickof{number}": 1 for number in range(3 * MOST)})
    assert len(problems(wrong)) == MOST


def test_the_exception_reads_as_its_problems() -> None:
    error = PlanInvalid([Problem(("kickoff", 1, "needs", 0), "unknown task `x`"), Problem((), "the plan is too large")])
    assert str(error) == "kickoff[1].needs[0]: unknown task `x`\nthe plan is too large"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("{{ a }}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ODD = st.sampled_from([b"x", {1: 2}, {"name": {}}, object(), 10**5000, "\ud800", "2h", [[]], datetime(2024, 1, 1)])  # noqa: DTZ001


def every_place(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in every_place(child, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


FULL = document(
    timeZone="UTC",
    stores=["APP_STORE"],
    autoTrigger={"stage2": True},
    kickoff=[
        task("a", executor="http", **{"with": {"url": "http://ci", "body": {"x": ["{{ task.id }}"]}}}),
        task("b", needs=["a"], critical=True, submission=False, retries={"count": 1, "delaySeconds": 1, "backoff": 2}),
    ],
)
PLACES = every_place(FULL)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_plan_it_is_accepted_or_told_in_words(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES[1:]))
    wrong = changed(FULL, place, data.draw(JSON | ODD))
    try:
        parse_plan(wrong, CATALOG)
    except PlanInvalid as error:
        for problem in error.problems:
            told = str(problem)
            assert "Input" not in told
            assert len(told) < 1000
            assert all(character.isprintable() for character in told), told


@pytest.mark.parametrize("wrong", [{}, {"kickoff": None}, {"": ""}])
def test_a_plan_that_is_hardly_one(wrong: dict[str, Any]) -> None:
    assert "name: `name` is missing; add it" in problems(wrong)
