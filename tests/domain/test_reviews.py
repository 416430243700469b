"""From SUBMITTED to COMPLETED: rules 4.5."""

import pytest

from phaseboard.domain.commands import Complete, Review
from phaseboard.domain.enums import Action, Phase, StageStatus, Store, StoreDecision, TaskStatus
from phaseboard.domain.errors import ActionNotAllowed, InvalidTarget, ReportAnswer, ResultRefused
from phaseboard.domain.events import PhaseChanged, StoreReviewed, TaskChanged
from phaseboard.domain.plan import TaskSpec
from tests.factory import FAILED, SUCCEEDED, Walk, make_plan, make_task

APP, PLAY = Store
APPROVED, REJECTED = StoreDecision
SIGN, SUBMIT, TELL = make_task("sign"), make_task("submit", "sign"), make_task("tell", "submit")


def submitted(*stores: Store, tasks: tuple[TaskSpec, ...] = (SIGN, SUBMIT)) -> Walk:
    return Walk(make_plan(stores=stores or (APP, PLAY), pre_release=tasks)).to(Phase.SUBMITTED)


def verdict(store: Store, decision: StoreDecision, message: str | None = None) -> Review:
    return Review(store=store, decision=decision, message=message)


def rejected(tasks: tuple[TaskSpec, ...] = (SIGN, SUBMIT)) -> Walk:
    return submitted(tasks=tasks).send(verdict(APP, APPROVED), verdict(PLAY, REJECTED, "crashes"))


def test_all_stores_approving_completes_the_release() -> None:
    walk = submitted().send(verdict(PLAY, APPROVED))
    assert walk.phase is Phase.SUBMITTED
    assert walk.send(verdict(APP, APPROVED)).phase is Phase.COMPLETED


def test_a_verdict_is_kept_with_its_time_and_words() -> None:
    walk = submitted().wait(days=1).send(verdict(PLAY, APPROVED, "fine"))
    review = walk.release.reviews[1]
    assert (review.store, review.decision, review.message, review.decided_at) == (PLAY, APPROVED, "fine", walk.now)
    assert walk.events[-1] == StoreReviewed(store=PLAY, decision=APPROVED, message="fine")


def test_a_rejection_fails_the_submission_and_pauses_in_stage_3() -> None:
    walk = rejected()
    task = walk.task("submit")
    assert (task.status, task.finished_at) == (TaskStatus.FAILED, walk.now)
    assert task.last is not None
    assert task.last.failure_reason == "PLAY_STORE rejected the submission: crashes"
    assert (walk.phase, walk.release.stages.stage3) == (Phase.PAUSED_BY_FAILURE, StageStatus.IN_PROGRESS)
    assert walk.task("sign").status is TaskStatus.COMPLETED


def test_a_rejection_is_told_with_its_reason() -> None:
    walk = rejected()
    reviewed, changed, phase = walk.events[-3:]
    assert reviewed == StoreReviewed(store=PLAY, decision=REJECTED, message="crashes")
    assert isinstance(changed, TaskChanged)
    assert (changed.before, changed.after, changed.reason) == (
        "COMPLETED",
        "FAILED",
        "PLAY_STORE rejected the submission: crashes",
    )
    assert phase == PhaseChanged(before=Phase.SUBMITTED, after=Phase.PAUSED_BY_FAILURE, since=walk.now)


def test_a_rejection_without_words() -> None:
    last = submitted().send(verdict(APP, REJECTED)).task("submit").last
    assert last is not None
    assert last.failure_reason == "APP_STORE rejected the submission: no reason given"


@pytest.mark.parametrize(
    ("tasks", "failed"),
    [
        ((SIGN, SUBMIT), "submit"),
        ((SIGN, SUBMIT, TELL), "tell"),
        ((SIGN, make_task("submit", "sign", submission=True), TELL), "submit"),
        ((SIGN, make_task("submit", "sign", submission=True, critical=False), TELL), "submit"),
    ],
)
def test_what_fails_is_the_task_marked_else_the_last(tasks: tuple[TaskSpec, ...], failed: str) -> None:
    walk = rejected(tasks)
    assert [task.spec.name for task in walk.release.tasks if task.status is TaskStatus.FAILED] == [failed]
    assert walk.phase is Phase.PAUSED_BY_FAILURE
    assert walk.do(Action.RETRY_TASK, task=failed).run(failed).phase is Phase.SUBMITTED


def test_a_submission_of_no_consequence_that_failed_can_still_be_rejected() -> None:
    submit = make_task("submit", "sign", critical=False)
    walk = Walk(make_plan(stores=(APP,), pre_release=(SIGN, submit))).to(Phase.POST_REGRESSION)
    walk.run("sign").run("submit", outcome=FAILED)
    assert walk.phase is Phase.SUBMITTED
    assert walk.send(verdict(APP, REJECTED)).phase is Phase.PAUSED_BY_FAILURE
    assert walk.do(Action.SKIP_TASK, task="submit").phase is Phase.SUBMITTED


def test_a_submission_that_was_skipped_can_still_be_rejected() -> None:
    walk = Walk(make_plan(stores=(APP,))).to(Phase.POST_REGRESSION).run("sign").run("submit", outcome=FAILED)
    walk.do(Action.SKIP_TASK, task="submit").send(verdict(APP, REJECTED))
    assert (walk.task("submit").status, walk.phase) == (TaskStatus.FAILED, Phase.PAUSED_BY_FAILURE)


def test_a_retry_submits_again_and_forgets_the_former_verdicts() -> None:
    walk = rejected().do(Action.RETRY_TASK, task="submit")
    assert walk.phase is Phase.POST_REGRESSION
    assert [review.decision for review in walk.release.reviews] == [None, None]
    walk.run("submit").send(verdict(PLAY, APPROVED))
    assert walk.phase is Phase.SUBMITTED
    assert walk.send(verdict(APP, APPROVED)).phase is Phase.COMPLETED


def test_a_skip_leaves_the_submission_as_it_is_and_waits_for_new_verdicts() -> None:
    walk = rejected().do(Action.SKIP_TASK, task="submit")
    assert (walk.phase, walk.task("submit").status) == (Phase.SUBMITTED, TaskStatus.SKIPPED)
    assert [review.decision for review in walk.release.reviews] == [None, None]


def test_the_retry_of_another_task_keeps_the_rejection() -> None:
    tasks = (make_task("sign", critical=False), make_task("submit", "sign"))
    walk = Walk(make_plan(stores=(APP,), pre_release=tasks)).to(Phase.POST_REGRESSION)
    walk.run("sign", outcome=FAILED).run("submit").send(verdict(APP, REJECTED))
    assert walk.do(Action.RETRY_TASK, task="sign").phase is Phase.PAUSED_BY_FAILURE
    assert walk.release.rejected
    assert walk.do(Action.RETRY_TASK, task="submit").run("sign", "submit").phase is Phase.SUBMITTED


def test_a_rejected_release_may_be_archived() -> None:
    assert rejected().do(Action.ARCHIVE).phase is Phase.ARCHIVED


@pytest.mark.parametrize(
    ("outcome", "answer"), [(SUCCEEDED, ReportAnswer.DUPLICATE), (FAILED, ReportAnswer.CONTRADICTION)]
)
def test_a_callback_delivered_again_after_a_rejection_is_still_the_same_one(
    outcome: object, answer: ReportAnswer
) -> None:
    walk = rejected()
    with pytest.raises(ResultRefused) as refusal:
        walk.report("submit", outcome)
    assert refusal.value.answer is answer


@pytest.mark.parametrize("decision", StoreDecision)
def test_the_same_verdict_twice_is_a_duplicate(decision: StoreDecision) -> None:
    walk = submitted().send(verdict(APP, decision))
    with pytest.raises(ResultRefused, match=f"APP_STORE was already reported as {decision}") as refusal:
        walk.send(verdict(APP, decision))
    assert refusal.value.answer is ReportAnswer.DUPLICATE


def test_a_verdict_against_the_first_one_is_a_contradiction() -> None:
    walk = submitted().send(verdict(APP, APPROVED))
    with pytest.raises(ResultRefused, match="the first report stands") as refusal:
        walk.send(verdict(APP, REJECTED))
    assert refusal.value.answer is ReportAnswer.CONTRADICTION


def test_a_store_that_the_plan_does_not_name() -> None:
    with pytest.raises(InvalidTarget, match="does not name PLAY_STORE") as refusal:
        submitted(APP).send(verdict(PLAY, APPROVED))
    assert refusal.value.field == "store"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.SUBMITTED])
@pytest.mark.parametrize("command", [verdict(APP, REJECTED), Complete()])
def test_verdicts_and_completion_are_taken_in_submitted_alone(phase: Phase, command: Review | Complete) -> None:
    walk = Walk(make_plan(stores=(APP,))).to(phase)
    with pytest.raises(ActionNotAllowed, match=f"in phase {phase}") as refusal:
        walk.send(command)
    assert (refusal.value.action, refusal.value.phase) == (None, phase)
    assert refusal.value.allowed == walk.release.snapshot.actions


def test_a_plan_without_stores_is_completed_by_a_person() -> None:
    walk = Walk().to(Phase.SUBMITTED)
    told = PhaseChanged(before=Phase.SUBMITTED, after=Phase.COMPLETED, since=walk.now, reason="rolled out")
    walk.send(Complete(reason="rolled out"))
    assert (walk.phase, walk.events[-1]) == (Phase.COMPLETED, told)


def test_a_plan_with_stores_is_completed_by_them_alone() -> None:
    with pytest.raises(ActionNotAllowed, match=r"verdicts of its stores \(APP_STORE, PLAY_STORE\)"):
        submitted().send(Complete())
