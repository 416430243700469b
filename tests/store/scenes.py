"""Small plans and the moves of a caller: load, decide, save."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from phaseboard.domain.actor import SYSTEM, Actor, ActorKind
from phaseboard.domain.commands import Claim, Command, Finish, Perform
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Stage, Store, TaskOutcome
from phaseboard.domain.plan import CycleSpec, Plan, Retries, TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import advance, decide
from phaseboard.store.port import Store as StorePort
from phaseboard.store.port import Writer

NOW = datetime(2024, 1, 15, 9, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
LATER = NOW + timedelta(hours=1)
ANNA = Actor(ActorKind.PERSON, "Anna Ågren")
OK = TaskOutcome.SUCCEEDED


def spec(name: str, *needs: str, **changes: Any) -> TaskSpec:
    return TaskSpec(**{"name": name, "executor": "simulated", "needs": needs, **changes})


def make_plan(**changes: Any) -> Plan:
    """Return a plan that uses everything a plan can say."""
    settings = MappingProxyType({"url": "https://ci.example/{{ cycle.tag }}", "deep": [1, {"a": None, "b": 1.5}]})
    fields: dict[str, Any] = {
        "name": "Mobile",
        "version": "4.2.0",
        "kickoff": (spec("branch"), spec("notes", settings=settings), spec("tickets", "branch", critical=False)),
        "cycles": (CycleSpec(NOW + timedelta(hours=2)), CycleSpec(after=timedelta(hours=3))),
        "regression": (spec("build", retries=Retries(count=1, delay=timedelta(seconds=7), backoff=1.5)),),
        "pre_release": (spec("sign"), spec("submit", "sign", submission=True)),
        "time_zone": "Europe/Berlin",
        "stores": (Store.APP_STORE,),
        "auto_trigger": frozenset({Stage.STAGE_2}),
    }
    return Plan(**{**fields, **changes})


async def add(store: StorePort, key: str = "1", *, now: datetime = NOW, **changes: Any) -> Release:
    """Commit a new release."""
    made = create(make_plan(**changes), key=key, secret=f"secret {key}", now=now, actor=ANNA)
    await store.write(lambda writer: writer.add(made.release, made.events, now, ANNA))
    return made.release


async def send(store: StorePort, release_id: str, *commands: Command, now: datetime = NOW) -> Release:
    """Carry out commands, each in a commit of its own; returns the release after the last."""
    for command in commands:
        after = await store.write(lambda writer, command=command: carry_out(writer, release_id, command, now))
    return after


async def carry_out(writer: Writer, release_id: str, command: Command, now: datetime = NOW) -> Release:
    """Carry out a command inside a transaction."""
    release = await writer.release(release_id)
    assert release is not None
    decision = decide(release, command, now)
    await writer.save(release, decision.release, decision.events, now, ANNA)
    return decision.release


async def pass_time(store: StorePort, release_id: str, now: datetime) -> bool:
    """Advance a release by one step, if one is due."""

    async def work(writer: Writer) -> bool:
        release = await writer.release(release_id)
        decision = advance(release, now) if release else None
        if release is None or decision is None:
            return False
        await writer.save(release, decision.release, decision.events, now, SYSTEM)
        return True

    return await store.write(work)


async def start(store: StorePort, key: str = "1", **changes: Any) -> Release:
    """Commit a release in kickoff."""
    release = await add(store, key, **changes)
    return await send(store, release.id, act(Action.START))


async def claim(store: StorePort, task_id: str, until: datetime = SOON, *, now: datetime = NOW) -> int:
    """Claim a task with a lease, in one commit; returns the token."""

    async def work(writer: Writer) -> int:
        release = await carry_out(writer, owner(task_id), Claim(task_id=task_id), now)
        task = release.task(task_id)
        assert task is not None
        await writer.lease(task_id, task.lease_token, until)
        return task.lease_token

    return await store.write(work)


async def run(store: StorePort, task_id: str, outcome: TaskOutcome = OK) -> Release:
    """Claim a task and finish it."""
    token = await claim(store, task_id)
    return await send(store, owner(task_id), Finish(task_id=task_id, token=token, outcome=outcome, message="why"))


def act(action: Action, task_id: str | None = None) -> Perform:
    return Perform(action=action, task_id=task_id, reason="because")


def owner(task_id: str) -> str:
    return f"rel-{task_id.split('-')[1]}"
