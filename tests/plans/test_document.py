from typing import Any

import pytest

from tests.plans.documents import cycles, document, kickoff, problems, task

MAPPING = "must be a mapping of keys to values"

MISTAKES: list[tuple[dict[str, Any], str]] = [
    # keys
    (document(versoin="1"), "versoin: unknown key `versoin`; did you mean `version`?"),
    (document(STORES=[]), "STORES: unknown key `STORES`; did you mean `stores`?"),
    (
        document(colour="red"),
        (
            "colour: unknown key `colour`; known here: `name`, `version`, `timeZone`, `stores`, `autoTrigger`, "
            "`kickoff`, `regression`, `preRelease`"
        ),
    ),
    (document(autoTrigger={"stage4": True}), "autoTrigger.stage4: unknown key `stage4`; did you mean `stage3`?"),
    (
        kickoff({"settings": {}}),
        (
            "kickoff[0].settings: unknown key `settings`; known here: `name`, `executor`, `with`, "
            "`needs`, `critical`, `submission`, `retries`, `timeoutSeconds`, `callbackTimeoutSeconds`"
        ),
    ),
    (
        kickoff({"timeout_seconds": 5}),
        ("kickoff[0].timeout_seconds: unknown key `timeout_seconds`; did you mean `timeoutSeconds`?"),
    ),
    (
        kickoff({"retries": {"count": 1, "delay": 2}}),
        ("kickoff[0].retries.delay: unknown key `delay`; did you mean `delaySeconds`?"),
    ),
    (kickoff({"retries": {}}), "kickoff[0].retries.count: `count` is missing; add it"),
    (
        cycles({"at": "2h", "after": "1h"}),
        ("regression.cycles[0].at: unknown key `at`; known here: `scheduledAt`, `after`"),
    ),
    # names
    (document(name=""), "name: `name` must not be empty"),
    (document(name="  "), "name: `name` must not be blank"),
    (document(name=" Mobile"), "name: `name` must not begin or end with a space"),
    (document(name="x" * 201), "name: `name` is 201 characters long; at most 200 are allowed"),
    (document(name="x" * 100_000), "name: `name` is 100,000 characters long; at most 200 are allowed"),
    (document(name="a\x1b[31mb"), "name: `name` contains the control character U+001B; remove it"),
    (document(name="a\nb"), "name: `name` contains the control character U+000A; remove it"),
    (document(name="a\u202eb"), "name: `name` contains the control character U+202E; remove it"),
    (document(name="a\u2028b"), "name: `name` contains the control character U+2028; remove it"),
    (document(version=None), "version: `version` must be text, but is empty (null)"),
    (document(version=4), "version: `version` must be text, but is the number 4; put it in quotes"),
    (document(version=True), "version: `version` must be text, but is `true`; put it in quotes"),
    (document(version=[]), "version: `version` must be text, but is a list"),
    (document(version=10**17), "version: `version` must be text, but is a very large number; put it in quotes"),
    (document(timeZone=1), "timeZone: `timeZone` must be text, but is the number 1; put it in quotes"),
    # stores, switches
    (document(stores="APP_STORE"), "stores: `stores` must be a list, but is the text `APP_STORE`"),
    (
        document(stores=["APPSTORE"]),
        ("stores[0]: `stores[0]` is the text `APPSTORE`, which is not known; did you mean `APP_STORE`?"),
    ),
    (document(stores=[1]), "stores[0]: `stores[0]` must be one of `APP_STORE`, `PLAY_STORE`, but is the number 1"),
    (document(autoTrigger=True), f"autoTrigger: `autoTrigger` {MAPPING}, but is `true`"),
    (
        document(autoTrigger={"stage2": "yes"}),
        ("autoTrigger.stage2: `stage2` must be `true` or `false`, but is the text `yes`"),
    ),
    (kickoff({"critical": 1}), "kickoff[0].critical: `critical` must be `true` or `false`, but is the number 1"),
    # stages
    (document(kickoff=[]), "kickoff: `kickoff` is empty; give at least 1 entry"),
    (document(kickoff={}), "kickoff: `kickoff` must be a list, but is a mapping"),
    (document(kickoff=None), "kickoff: `kickoff` must be a list, but is empty (null)"),
    (document(kickoff=["build"]), f"kickoff[0]: `kickoff[0]` {MAPPING}, but is the text `build`"),
    (
        document(kickoff=[task(f"{n}") for n in range(201)]),
        "kickoff: `kickoff` has 201 entries; at most 200 are allowed",
    ),
    (document(preRelease=[]), "preRelease: `preRelease` is empty; give at least 1 entry"),
    (document(regression=[]), f"regression: `regression` {MAPPING}, but is a list"),
    (
        document(regression={"cycles": [{"after": "0s"}], "tasks": []}),
        "regression.tasks: `tasks` is empty; give at least 1 entry",
    ),
    (cycles(), "regression.cycles: `cycles` is empty; give at least 1 entry"),
    (
        cycles(*({"after": f"{n}m"} for n in range(101))),
        "regression.cycles: `cycles` has 101 entries; at most 100 are allowed",
    ),
    # tasks
    (kickoff({"executor": None}), "kickoff[0].executor: `executor` must be text, but is empty (null)"),
    (kickoff({"with": []}), f"kickoff[0].with: `with` {MAPPING}, but is a list"),
    (kickoff({"with": "x"}), f"kickoff[0].with: `with` {MAPPING}, but is the text `x`"),
    (kickoff({"needs": "a"}), "kickoff[0].needs: `needs` must be a list, but is the text `a`"),
    (kickoff({"needs": [3]}), "kickoff[0].needs[0]: `needs[0]` must be text, but is the number 3; put it in quotes"),
    (kickoff({"needs": [""]}), "kickoff[0].needs[0]: `needs[0]` must not be empty"),
    (kickoff({}, {"needs": ["a"] * 201}), "kickoff[1].needs: `needs` has 201 entries; at most 200 are allowed"),
    # numbers
    (kickoff({"retries": {"count": -1}}), "kickoff[0].retries.count: `count` must be at least 0, but is the number -1"),
    (kickoff({"retries": {"count": 21}}), "kickoff[0].retries.count: `count` must be at most 20, but is the number 21"),
    (
        kickoff({"retries": {"count": 1.5}}),
        ("kickoff[0].retries.count: `count` must be a whole number, but is the number 1.5"),
    ),
    (
        kickoff({"retries": {"count": "3"}}),
        ("kickoff[0].retries.count: `count` must be a whole number, but is the text `3`"),
    ),
    (kickoff({"retries": {"count": True}}), "kickoff[0].retries.count: `count` must be a whole number, but is `true`"),
    (
        kickoff({"retries": {"count": 1, "delaySeconds": 86_401}}),
        "kickoff[0].retries.delaySeconds: `delaySeconds` must be at most 86,400, but is the number 86401",
    ),
    (
        kickoff({"retries": {"count": 1, "backoff": 0.5}}),
        "kickoff[0].retries.backoff: `backoff` must be at least 1, but is the number 0.5",
    ),
    (
        kickoff({"retries": {"count": 1, "backoff": "2"}}),
        "kickoff[0].retries.backoff: `backoff` must be a number, but is the text `2`",
    ),
    (
        kickoff({"timeoutSeconds": 0}),
        ("kickoff[0].timeoutSeconds: `timeoutSeconds` must be at least 1, but is the number 0"),
    ),
    (
        kickoff({"callbackTimeoutSeconds": 10**9}),
        (
            "kickoff[0].callbackTimeoutSeconds: `callbackTimeoutSeconds` must be at most 31,536,000, "
            "but is the number 1000000000"
        ),
    ),
    # cycles
    (
        cycles({}),
        (
            "regression.cycles[0]: `cycles[0]`: a cycle needs a time: give `scheduledAt` (a moment) or `after` "
            "(such as `2h`)"
        ),
    ),
    (
        cycles({"after": "2h", "scheduledAt": "2024-01-15T14:00:00Z"}),
        "regression.cycles[0]: `cycles[0]`: a cycle has one time: give `scheduledAt` or `after`, not both",
    ),
    (
        cycles({"after": 2}),
        (
            "regression.cycles[0].after: `after` must be a duration such as `2h`, `90m`, `1h30m`, "
            "`45s` or `1d`, but is the number 2"
        ),
    ),
    (
        cycles({"scheduledAt": "2024-01-15T14:00:00"}),
        (
            "regression.cycles[0].scheduledAt: `scheduledAt` is `2024-01-15T14:00:00`, which names no time zone; "
            "end it with `Z` for UTC or with an offset such as `+02:00`"
        ),
    ),
]


@pytest.mark.parametrize(("wrong", "told"), MISTAKES, ids=[told[:70] for _, told in MISTAKES])
def test_each_mistake_is_told_in_full(wrong: dict[str, Any], told: str) -> None:
    assert problems(wrong) == [told]


def test_names_may_be_of_any_language() -> None:
    for name in ("x" * 200, "Größe 4.2", "版本 4", "Release 👩‍🚀", "a:b/c#d"):
        assert problems(document(name=name, version=1)) == [
            "version: `version` must be text, but is the number 1; put it in quotes"
        ]


def test_settings_are_bounded_in_depth_and_size() -> None:
    nested: dict[str, Any] = {}
    for _ in range(19):
        nested = {"x": nested}
    assert problems(kickoff({"executor": "http", "with": {"url": "http://ci", "body": nested}})) == [
        "kickoff[0].with: `with` is nested 21 levels deep; at most 20 are allowed"
    ]
    long = {"url": "http://ci", "body": "ä" * 33_000}
    assert problems(kickoff({"executor": "http", "with": long})) == [
        "kickoff[0].with: `with` is 66,032 bytes long as JSON; at most 65,536 are allowed"
    ]
