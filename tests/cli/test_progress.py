from phaseboard.cli.progress import stage_progress, tasks_in_focus
from tests.cli.samples import IN_CYCLE_2, REGRESSION, release, status, task


def test_a_stage_counts_its_settled_tasks() -> None:
    shown = release(
        status("KICKOFF", stages="IPP"),
        task(1, "a"),
        task(2, "b", "SKIPPED"),
        task(3, "c", "FAILED", critical=False),
        task(4, "d", "FAILED"),
    )
    first = stage_progress(shown)[0]
    assert (first.share, first.words) == (0.75, "3 of 4 tasks")


def test_a_stage_without_known_tasks_goes_by_its_status() -> None:
    first, second, third = stage_progress(release(status("SUBMITTED", stages="CCC")))
    assert (first.share, first.words) == (1, "completed")
    assert (second.share, third.share) == (1, 1)
    assert [stage.share for stage in stage_progress(release(status("NOT_STARTED")))] == [0, 0, 0]


def test_each_cycle_is_an_equal_part_of_regression_and_its_tasks_fill_it() -> None:
    second = stage_progress(IN_CYCLE_2)[1]
    assert second.share == (1 + 1 / 2) / 3
    assert second.words == "1 of 3 cycles done"


def test_an_abandoned_cycle_is_over_though_not_done() -> None:
    regression = {"currentCycle": None, "nextCycle": None, "progress": {"completed": 0, "total": 2}}
    shown = release(
        {**REGRESSION, "regression": regression}, cycles=[{"number": 1, "tag": "RC1", "status": "ABANDONED"}]
    )
    assert stage_progress(shown)[1].share == 0.5


def test_a_release_paused_in_pre_release_shows_regression_as_complete() -> None:
    shown = release(status("PAUSED_BY_USER", stages="CCI"), cycles=[{"number": 1, "tag": "RC1", "status": "DONE"}])
    second = stage_progress(shown)[1]
    assert (second.share, second.words) == (1, "1 cycle run")


def test_in_focus_are_the_tasks_of_the_stage_begun_last() -> None:
    early, late = task(1, "early"), task(9, "late", "PENDING", stage="STAGE_3")
    assert [task.name for task in tasks_in_focus(release(status("NOT_STARTED"), early, late))] == ["early"]
    assert [task.name for task in tasks_in_focus(release(status("KICKOFF", stages="IPP"), early, late))] == ["early"]
    assert [task.name for task in tasks_in_focus(release(status("POST_REGRESSION", stages="CCI"), early, late))] == [
        "late"
    ]


def test_in_regression_they_are_those_of_the_last_cycle() -> None:
    assert [task.id for task in tasks_in_focus(IN_CYCLE_2)] == ["tsk-a-3", "tsk-a-4"]
    assert tasks_in_focus(release(status("REGRESSION_AWAITING_NEXT_CYCLE", stages="CIP"), task(1, "a"))) == ()
