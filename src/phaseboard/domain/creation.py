"""How a release comes to be from its plan."""

from datetime import datetime

from phaseboard.domain.actor import Actor
from phaseboard.domain.enums import CronStatus, PauseType, ReleaseStatus, Stage, StageStatus
from phaseboard.domain.events import ReleaseCreated, changes
from phaseboard.domain.ids import release_id, task_id
from phaseboard.domain.phase import Stages
from phaseboard.domain.plan import Plan
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Cron
from phaseboard.domain.state import StoreReview
from phaseboard.domain.task import new_task
from phaseboard.domain.transitions import Decision


def create(plan: Plan, *, key: str, secret: str, now: datetime, actor: Actor | None = None) -> Decision:
    """Return a new release at revision 1; `key` makes its id, `secret` its callback secrets."""
    new_id = release_id(key)
    specs = [(stage, spec) for stage in (Stage.STAGE_1, Stage.STAGE_3) for spec in plan.tasks_of(stage)]
    release = Release(
        id=new_id,
        secret=secret,
        plan=plan,
        status=ReleaseStatus.PENDING,
        stages=Stages(StageStatus.PENDING, StageStatus.PENDING, StageStatus.PENDING),
        cron=Cron(CronStatus.PENDING, PauseType.NONE),
        tasks=tuple(
            new_task(task_id(new_id, number), spec, stage) for number, (stage, spec) in enumerate(specs, start=1)
        ),
        reviews=tuple(StoreReview(store) for store in plan.stores),
        created_at=now,
        updated_at=now,
        phase_since=now,
        created_by=actor,
    )
    created = ReleaseCreated(name=plan.name, version=plan.version)
    return Decision(release, changes(None, release, (created,)))
