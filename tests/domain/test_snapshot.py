"""The guide's examples, key for key: releases driven to each phase, rendered in the guide's shape (guide, 5 and 6)."""

from collections.abc import Callable
from typing import Any

import pytest

from phaseboard.domain.display import display_text
from phaseboard.domain.enums import Action, CronStatus, Phase
from phaseboard.domain.plan import CycleSpec
from phaseboard.domain.snapshot import Snapshot
from tests.domain import guide
from tests.factory import NOW, Walk, at, make_plan


def rendered(snapshot: Snapshot) -> dict[str, Any]:
    regression = snapshot.regression
    return {
        "release": {"id": snapshot.release_id, "status": snapshot.status},
        "stages": snapshot.stages._asdict(),
        "cron": {"status": snapshot.cron.status, "pauseType": snapshot.cron.pause_type},
        "currentPhase": snapshot.phase,
        "displayText": display_text(snapshot),
        "regression": regression
        and {
            "currentCycle": regression.current_cycle
            and {
                "number": regression.current_cycle.number,
                "tag": regression.current_cycle.tag,
                "status": regression.current_cycle.status,
            },
            "nextCycle": regression.next_cycle
            and {
                "number": regression.next_cycle.number,
                "tag": regression.next_cycle.tag,
                "scheduledAt": regression.next_cycle.scheduled_at.isoformat().replace("+00:00", "Z"),
            },
            "progress": {"completed": regression.progress.completed, "total": regression.progress.total},
        },
        "actions": list(snapshot.actions),
    }


def first_cycle_done() -> Walk:
    return Walk().to(Phase.REGRESSION_CYCLE_RUNNING).run_all()


def second_cycle_running() -> Walk:
    return first_cycle_done().tick().tick()


def to(phase: Phase) -> Callable[[], Walk]:
    return lambda: Walk().to(phase)


WAYS: dict[str, Callable[[], Walk]] = {
    **{phase: to(phase) for phase in Phase},
    "REGRESSION_AWAITING_NEXT_CYCLE": first_cycle_done,
    "PAUSED_BY_USER": lambda: second_cycle_running().do(Action.PAUSE),
    "ARCHIVED": lambda: second_cycle_running().do(Action.PAUSE, Action.ARCHIVE),
}
"""How a release of the guide's plan comes to the state of each example: by commands alone."""


def test_there_is_one_example_for_each_phase() -> None:
    assert [example["currentPhase"] for example in guide.EXAMPLES] == list(Phase)


@pytest.mark.parametrize("example", guide.EXAMPLES, ids=lambda example: example["currentPhase"])
def test_a_release_reads_as_the_guides_example(example: dict[str, Any]) -> None:
    assert rendered(WAYS[example["currentPhase"]]().release.snapshot) == example


def test_a_release_reads_as_the_guides_sample() -> None:
    assert rendered(first_cycle_done().release.snapshot) == guide.SAMPLE


@pytest.mark.parametrize("phase", Phase)
def test_regression_is_told_in_stage_2_and_after_it_alone(phase: Phase) -> None:
    told = {Phase.AWAITING_POST_REGRESSION, *(phase for phase in Phase if phase.startswith("REGRESSION"))}
    assert (Walk().to(phase).release.snapshot.regression is not None) == (phase in told)


def test_regression_is_told_of_a_release_paused_in_stage_2() -> None:
    regression = second_cycle_running().do(Action.PAUSE).release.snapshot.regression
    assert regression is not None
    assert regression.current_cycle is not None


def test_before_the_first_cycle_there_is_a_next_one_only() -> None:
    regression = Walk().to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).release.snapshot.regression
    assert regression is not None
    assert regression.current_cycle is None
    assert regression.next_cycle is not None
    assert (regression.next_cycle.tag, regression.next_cycle.scheduled_at) == ("RC1", at(12))


def test_an_abandoned_cycle_counts_as_opened_but_not_as_completed() -> None:
    progress = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).do(Action.ABANDON_CYCLE).release.snapshot.progress
    assert (progress.completed, progress.total) == (0, 3)


def test_the_first_cycle_still_scheduled_is_the_next_one_however_the_plan_lists_them() -> None:
    plan = make_plan(cycles=(CycleSpec(at(16)), CycleSpec(at(12)), CycleSpec(at(14))))
    release = Walk(plan).to(Phase.REGRESSION_AWAITING_NEXT_CYCLE).release
    assert [(cycle.tag, cycle.scheduled_at) for cycle in release.scheduled] == [
        ("RC1", at(12)),
        ("RC2", at(14)),
        ("RC3", at(16)),
    ]


def test_it_names_release_version_and_zone() -> None:
    snapshot = Walk(make_plan(time_zone="Europe/Berlin"), key="9").release.snapshot
    named = (snapshot.release_id, snapshot.name, snapshot.version, snapshot.time_zone)
    assert named == ("rel-9", "Mobile", "1.0.0", "Europe/Berlin")


def test_it_is_of_a_revision_and_its_times() -> None:
    walk = Walk().wait(minutes=1).do(Action.START)
    snapshot = walk.release.snapshot
    assert (snapshot.revision, snapshot.created_at, snapshot.updated_at) == (2, NOW, walk.now)


def test_archived_keeps_cron_paused_without_a_reason() -> None:
    cron = Walk().to(Phase.ARCHIVED).release.snapshot.cron
    assert (cron.status, cron.pause_type) == (CronStatus.PAUSED, "NONE")
