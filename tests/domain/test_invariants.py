"""Each invariant, broken by a release that is legal but for it: building one says which (rules 1.1, 1.3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from phaseboard.domain.cycle import ScheduledCycle
from phaseboard.domain.enums import (
    Action,
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    StageStatus,
    Store,
    StoreDecision,
    TaskStatus,
)
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.invariants import INVARIANTS
from phaseboard.domain.phase import Stages
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Cron
from phaseboard.domain.state import StoreReview
from tests.factory import NOW, Walk, at, make_plan, make_release

PENDING, GOING, COMPLETED = StageStatus
APPROVED, REJECTED = StoreDecision
APP_STORE, PLAY_STORE = Store
BOTH = make_plan(stores=(APP_STORE, PLAY_STORE))
USER, FAILURE = PauseType.USER_REQUESTED, PauseType.TASK_FAILURE


def tasks(release: Release, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "tasks": tuple(replace(task, **changes) if task.spec.name == name else task for task in release.tasks),
    }


def every_task(release: Release, **changes: Any) -> dict[str, Any]:
    return {"tasks": tuple(replace(task, **changes) for task in release.tasks)}


def reviews(*decisions: StoreDecision | None) -> dict[str, Any]:
    return {"reviews": tuple(StoreReview(*both) for both in zip(BOTH.stores, decisions, strict=True))}


def in_second_cycle() -> Release:
    return Walk().to(Phase.REGRESSION_CYCLE_RUNNING).run_all().tick().tick().release


def paused_between_cycles() -> Release:
    return Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).do(Action.PAUSE).release


def first_cycle_again(release: Release) -> dict[str, Any]:
    first, *others = release.cycles
    return {"cycles": (replace(first, status=RegressionCycleStatus.IN_PROGRESS), *others)}


Broken = tuple[str, Release, Callable[[Release], dict[str, Any]]]
BROKEN: list[Broken] = [
    (
        "stages run in order, each after the one before it is COMPLETED",
        make_release(Phase.KICKOFF),
        lambda _: {"stages": Stages(GOING, GOING, PENDING)},
    ),
    (
        "stages run in order, each after the one before it is COMPLETED",
        make_release(Phase.PAUSED_BY_USER),
        lambda _: {"stages": Stages(COMPLETED, GOING, GOING)},
    ),
    (
        "every release has a phase of the guide's table",
        make_release(Phase.KICKOFF),
        lambda _: {"cron": Cron(CronStatus.PAUSED, PauseType.AWAITING_STAGE_TRIGGER)},
    ),
    (  # rules 1.3: never committed
        "every release has a phase of the guide's table",
        make_release(Phase.AWAITING_POST_REGRESSION),
        lambda _: {"stages": Stages(COMPLETED, COMPLETED, COMPLETED)},
    ),
    (
        "cron.status follows the phase",
        make_release(Phase.KICKOFF),
        lambda _: {"cron": Cron(CronStatus.PAUSED, PauseType.NONE)},
    ),
    (
        "a release that is not under way has pauseType NONE",
        make_release(Phase.NOT_STARTED),
        lambda _: {"cron": Cron(CronStatus.PENDING, USER)},
    ),
    (
        "a release that is not under way has pauseType NONE",
        make_release(Phase.ARCHIVED),
        lambda _: {"cron": Cron(CronStatus.PAUSED, FAILURE)},
    ),
    (
        "a release is PAUSED only while a stage is IN_PROGRESS",
        make_release(Phase.AWAITING_REGRESSION),
        lambda _: {"status": ReleaseStatus.PAUSED, "cron": Cron(CronStatus.PAUSED, USER)},
    ),
    (
        "cycles exist only once stage 2 has started",
        make_release(Phase.KICKOFF),
        lambda _: {"scheduled": (ScheduledCycle(1, NOW),)},
    ),
    (
        "cycles are numbered from 1 without a gap, opened ones first",
        make_release(Phase.REGRESSION_AWAITING_NEXT_CYCLE),
        lambda release: {"scheduled": release.scheduled[1:]},
    ),
    (
        "scheduled cycles are in the order of their times",
        make_release(Phase.REGRESSION_AWAITING_NEXT_CYCLE),
        lambda _: {"scheduled": (ScheduledCycle(1, at(14)), ScheduledCycle(2, at(12)))},
    ),
    ("only the cycle opened last may be unfinished", in_second_cycle(), first_cycle_again),
    (
        "stage 2 is IN_PROGRESS exactly while a cycle runs or is scheduled",
        paused_between_cycles(),
        lambda _: {"scheduled": ()},
    ),
    (
        "stage 2 is IN_PROGRESS exactly while a cycle runs or is scheduled",
        make_release(Phase.AWAITING_POST_REGRESSION),
        lambda _: {"scheduled": (ScheduledCycle(4, at(18)),)},
    ),
    (
        "task ids are unique",
        make_release(Phase.KICKOFF),
        lambda release: tasks(release, "announce", id=release.tasks[0].id),
    ),
    (
        "the tasks of a finished stage or cycle are settled",
        make_release(Phase.AWAITING_REGRESSION),
        lambda release: tasks(release, "branch", status=TaskStatus.PENDING),
    ),
    (
        "the tasks of a finished stage or cycle are settled",
        make_release(Phase.SUBMITTED),
        lambda release: tasks(release, "sign", status=TaskStatus.FAILED),
    ),
    (
        "tasks run only in the stage and cycle under way",
        make_release(Phase.KICKOFF),
        lambda release: tasks(release, "sign", status=TaskStatus.IN_PROGRESS),
    ),
    (
        "the tasks of stage 2 belong to an opened cycle, all others to none",
        make_release(Phase.KICKOFF),
        lambda release: tasks(release, "announce", cycle=1),
    ),
    (
        "the tasks of stage 2 belong to an opened cycle, all others to none",
        make_release(Phase.REGRESSION_CYCLE_STARTING),
        lambda release: tasks(release, "build", cycle=None),
    ),
    (
        "the tasks of stage 2 belong to an opened cycle, all others to none",
        in_second_cycle(),
        lambda release: tasks(release, "build", cycle=3, status=TaskStatus.SKIPPED),
    ),
    (
        "tasks are PENDING until their stage or cycle begins",
        make_release(Phase.KICKOFF),
        lambda release: tasks(release, "sign", status=TaskStatus.COMPLETED),
    ),
    (
        "tasks are PENDING until their stage or cycle begins",
        make_release(Phase.REGRESSION_CYCLE_STARTING),
        lambda release: tasks(release, "build", status=TaskStatus.IN_PROGRESS),
    ),
    (  # rules 1.3: nothing would decide what follows
        "a stage or cycle under way has a task that is not settled, unless the release is PAUSED",
        make_release(Phase.REGRESSION_CYCLE_RUNNING),
        lambda release: {
            "tasks": (
                *(task for task in release.tasks if task.cycle is None),
                *(replace(task, status=TaskStatus.SKIPPED) for task in release.tasks if task.cycle),
            )
        },
    ),
    (
        "a failed critical task pauses the release, and only that does so by TASK_FAILURE",
        make_release(Phase.KICKOFF),
        lambda release: tasks(release, "branch", status=TaskStatus.FAILED),
    ),
    (
        "a failed critical task pauses the release, and only that does so by TASK_FAILURE",
        make_release(Phase.PAUSED_BY_FAILURE),
        lambda release: every_task(release, status=TaskStatus.PENDING),
    ),
    (
        "there is one review for each store of the plan",
        make_release(Phase.KICKOFF),
        lambda _: {"reviews": (StoreReview(APP_STORE),)},
    ),
    (
        "a release with stores is COMPLETED exactly when all of them approved",
        make_release(Phase.COMPLETED, BOTH),
        lambda _: reviews(APPROVED, None),
    ),
    (  # nothing would lead on
        "a release with stores is COMPLETED exactly when all of them approved",
        make_release(Phase.SUBMITTED, BOTH),
        lambda _: reviews(APPROVED, APPROVED),
    ),
    (
        "verdicts stand only while the release is with the stores, or sent back by one",
        make_release(Phase.POST_REGRESSION, BOTH),
        lambda _: reviews(APPROVED, None),
    ),
    (
        "verdicts stand only while the release is with the stores, or sent back by one",
        make_release(Phase.SUBMITTED, BOTH),
        lambda _: reviews(REJECTED, None),
    ),
    (
        "a rejected release is held in stage 3 by its FAILED submission",
        make_release(Phase.PAUSED_BY_FAILURE, BOTH),
        lambda _: reviews(None, REJECTED),
    ),
    (
        "a rejected release is held in stage 3 by its FAILED submission",
        make_release(Phase.POST_REGRESSION, BOTH),
        lambda _: reviews(None, REJECTED),
    ),
    ("revisions count from 1", make_release(Phase.KICKOFF), lambda _: {"revision": 0}),
]


@pytest.mark.parametrize(("invariant", "legal", "change"), BROKEN)
def test_a_release_that_breaks_an_invariant_cannot_be_built(
    invariant: str, legal: Release, change: Callable[[Release], dict[str, Any]]
) -> None:
    with pytest.raises(IllegalState) as illegal:
        replace(legal, **change(legal))
    assert illegal.value.invariant == invariant
    assert str(illegal.value).startswith(f"{invariant} (found ")


def test_every_invariant_is_broken_above() -> None:
    assert {invariant for invariant, _, _ in BROKEN} == {name for name, _ in INVARIANTS}


def test_an_illegal_release_is_described() -> None:
    with pytest.raises(IllegalState, match=r"rel-123 IN_PROGRESS, cron RUNNING/NONE, .* cycles RC1 IN_PROGRESS, RC2"):
        replace(in_second_cycle(), **first_cycle_again(in_second_cycle()))
