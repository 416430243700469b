"""A new release: its first revision, from its plan alone."""

from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Phase, Stage, Store, TaskStatus
from tests.factory import NOW, SECRET, make_plan, make_release

ANNA = Actor(ActorKind.PERSON, "anna")


def test_it_is_not_started_at_revision_1() -> None:
    release = create(make_plan(), key="abc", secret=SECRET, now=NOW, actor=ANNA).release
    assert (release.id, release.revision, release.phase) == ("rel-abc", 1, Phase.NOT_STARTED)
    assert (release.created_at, release.updated_at, release.phase_since, release.created_by) == (NOW, NOW, NOW, ANNA)
    assert (release.secret, release.snapshot.created_by) == (SECRET, ANNA)


def test_it_has_the_tasks_of_stages_1_and_3() -> None:
    assert [(task.id, task.spec.name, task.stage) for task in make_release().tasks] == [
        ("tsk-123-1", "branch", Stage.STAGE_1),
        ("tsk-123-2", "announce", Stage.STAGE_1),
        ("tsk-123-3", "sign", Stage.STAGE_3),
        ("tsk-123-4", "submit", Stage.STAGE_3),
    ]


def test_its_tasks_have_not_been_tried() -> None:
    task = make_release().tasks[0]
    assert (task.status, task.attempt, task.try_number, task.retries_left) == (TaskStatus.PENDING, 1, 1, 0)
    assert (task.claims, task.lease_token, task.attempts) == (0, 0, ())


def test_it_waits_for_the_stores_of_its_plan() -> None:
    release = make_release(plan=make_plan(stores=(Store.PLAY_STORE, Store.APP_STORE)))
    assert [(review.store, review.decision) for review in release.reviews] == [
        (Store.PLAY_STORE, None),
        (Store.APP_STORE, None),
    ]
