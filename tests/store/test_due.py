"""What is due: releases for the loop, tasks for the runner, and the leases of tasks that run."""

from datetime import timedelta

import pytest

from phaseboard.domain.commands import AwaitCallback, Claim, Finish
from phaseboard.domain.enums import Action, Phase, TaskOutcome
from phaseboard.domain.plan import CycleSpec, Retries
from phaseboard.domain.tasks import AT_ONCE
from phaseboard.store.port import DueTask, Store, Writer
from tests.store.scenes import (
    LATER,
    NOW,
    OK,
    SOON,
    act,
    add,
    carry_out,
    claim,
    pass_time,
    run,
    send,
    spec,
    start,
)

MS = timedelta(milliseconds=1)
TASK = "tsk-1-1"


async def due_tasks(store: Store, now=NOW, limit: int = 10, beyond: DueTask | None = None) -> list[str]:
    return [task.task_id for task in await store.read(lambda reader: reader.due_tasks(now, limit, beyond))]


async def due_releases(store: Store, now=NOW, limit: int = 10, beyond: str = "") -> list[str]:
    return await store.read(lambda reader: reader.due_releases(now, limit, beyond))


async def next_due(store: Store, after=None):
    return await store.read(lambda reader: reader.next_due(after))


async def is_due(store: Store, task_id: str, now=NOW) -> bool:
    return await store.write(lambda writer: writer.is_due(task_id, now))


async def renew(store: Store, token: int, until=LATER, task_id: str = TASK) -> bool:
    return await store.write(lambda writer: writer.renew(task_id, token, until))


async def test_nothing_is_due_before_the_start(store: Store):
    await add(store)
    assert await due_tasks(store, LATER) == []
    assert await due_releases(store, LATER) == []
    assert await next_due(store) is None


async def test_tasks_are_due_when_their_needs_are_settled(store: Store):
    await start(store)
    assert await due_tasks(store) == ["tsk-1-1", "tsk-1-2"]
    assert await next_due(store) == AT_ONCE
    await run(store, TASK)
    assert await due_tasks(store) == ["tsk-1-2", "tsk-1-3"]
    assert await is_due(store, "tsk-1-3")
    assert not await is_due(store, TASK)
    assert not await is_due(store, "tsk-9-1")


async def test_tasks_are_paged(store: Store):
    for key in "ab":
        await start(store, key)
    everything = await store.read(lambda reader: reader.due_tasks(NOW, 10))
    assert [task.release_id for task in everything] == ["rel-a", "rel-a", "rel-b", "rel-b"]
    first = await store.read(lambda reader: reader.due_tasks(NOW, 3))
    rest = await store.read(lambda reader: reader.due_tasks(NOW, 3, first[-1]))
    assert [*first, *rest] == everything
    assert await due_tasks(store, beyond=rest[-1]) == []
    assert await due_tasks(store, limit=0) == []


async def test_a_retry_waits_for_its_time(store: Store):
    await start(store, kickoff=(spec("only", retries=Retries(count=1, delay=timedelta(seconds=5))),))
    await run(store, TASK, TaskOutcome.FAILED)
    due = NOW + timedelta(seconds=5)
    assert await next_due(store) == due
    assert await due_tasks(store, due - MS) == []
    assert await due_tasks(store, due) == [TASK]


async def test_a_lease_that_runs_out_makes_its_task_due(store: Store):
    await start(store)
    await claim(store, TASK, SOON)
    assert await due_tasks(store, SOON - MS) == ["tsk-1-2"]
    assert await due_tasks(store, SOON) == ["tsk-1-2", TASK]
    assert await next_due(store, AT_ONCE) == SOON
    assert not await is_due(store, TASK, SOON - MS)
    assert await is_due(store, TASK, SOON)


async def test_a_claim_without_a_lease_is_due_at_once(store: Store):
    await start(store)
    await send(store, "rel-1", Claim(task_id=TASK))
    assert await due_tasks(store, NOW) == ["tsk-1-2", TASK]


async def test_a_lease_is_renewed_by_its_token_alone(store: Store):
    await start(store)
    first = await claim(store, TASK, SOON)
    assert await renew(store, first, LATER)
    assert await due_tasks(store, LATER - MS) == ["tsk-1-2"]
    second = await claim(store, TASK, LATER + timedelta(hours=1), now=LATER)
    assert second == first + 1
    assert not await renew(store, first)
    assert not await renew(store, 99)
    assert not await renew(store, second, task_id="tsk-9-9")
    assert await next_due(store, AT_ONCE) == LATER + timedelta(hours=1)


async def test_a_stale_lease_is_not_set(store: Store):
    await start(store)
    token = await claim(store, TASK, SOON)
    await store.write(lambda writer: writer.lease(TASK, token - 1, LATER))
    await store.write(lambda writer: writer.lease("tsk-9-9", token, LATER))
    assert await next_due(store, AT_ONCE) == SOON


async def test_renewing_changes_no_revision(store: Store):
    await start(store)
    token = await claim(store, TASK)
    before = await store.read(lambda reader: reader.status("rel-1"))
    assert await renew(store, token)
    assert await store.read(lambda reader: reader.status("rel-1")) == before


async def test_a_finished_task_has_no_lease(store: Store):
    await start(store)
    token = await claim(store, TASK)
    await send(store, "rel-1", Finish(task_id=TASK, token=token, outcome=OK))
    assert not await renew(store, token)


async def test_a_pause_withdraws_tasks_and_resume_offers_them_again(store: Store):
    await start(store)
    token = await claim(store, TASK, SOON)
    await send(store, "rel-1", act(Action.PAUSE))
    assert await due_tasks(store, LATER) == []
    assert await next_due(store) is None
    assert not await is_due(store, TASK, LATER)
    await send(store, "rel-1", act(Action.RESUME), now=LATER)
    assert await due_tasks(store, SOON - MS) == ["tsk-1-2"]
    assert await due_tasks(store, LATER) == ["tsk-1-2", TASK]
    assert await renew(store, token, LATER + MS)
    assert await due_tasks(store, LATER) == ["tsk-1-2"]


async def test_a_lease_is_renewed_while_its_release_is_paused(store: Store):
    await start(store)
    token = await claim(store, TASK, SOON)
    await send(store, "rel-1", act(Action.PAUSE))
    assert await renew(store, token, LATER)
    assert await due_tasks(store, LATER) == []
    await send(store, "rel-1", act(Action.RESUME))
    assert await next_due(store, AT_ONCE) == LATER


async def test_a_failure_withdraws_the_other_tasks(store: Store):
    await start(store)
    await claim(store, "tsk-1-2", SOON)
    assert (await run(store, TASK, TaskOutcome.FAILED)).phase is Phase.PAUSED_BY_FAILURE
    assert await due_tasks(store, LATER) == []
    await send(store, "rel-1", act(Action.RETRY_TASK, TASK))
    assert await due_tasks(store, LATER) == [TASK, "tsk-1-2"]


async def test_an_archived_release_holds_no_lease(store: Store):
    await start(store)
    token = await claim(store, TASK, SOON)
    await send(store, "rel-1", act(Action.PAUSE), act(Action.ARCHIVE))
    assert not await renew(store, token)
    assert await due_tasks(store, LATER) == []
    assert await next_due(store) is None


async def test_a_callback_that_never_comes_is_due_at_its_deadline(store: Store):
    await start(store, kickoff=(spec("only", callback_timeout=timedelta(minutes=1)),))
    token = await claim(store, TASK)
    await send(store, "rel-1", AwaitCallback(task_id=TASK, token=token))
    assert not await renew(store, token)
    deadline = NOW + timedelta(minutes=1)
    assert await due_tasks(store, deadline) == []
    assert await due_releases(store, deadline - MS) == []
    assert await due_releases(store, deadline) == ["rel-1"]
    assert await next_due(store) == deadline
    assert await pass_time(store, "rel-1", deadline)
    assert await due_releases(store, LATER) == []


async def test_cycles_are_due_at_their_times(store: Store):
    for key in "abc":
        cycles = (CycleSpec(NOW + timedelta(hours=1)), CycleSpec(NOW + timedelta(hours=2)))
        await start(store, key, kickoff=(spec("only"),), cycles=cycles)
        await run(store, f"tsk-{key}-1")
    assert await due_releases(store) == []
    assert await next_due(store) == LATER
    assert await due_releases(store, LATER) == ["rel-a", "rel-b", "rel-c"]
    assert await due_releases(store, LATER, 2) == ["rel-a", "rel-b"]
    assert await due_releases(store, LATER, 2, "rel-b") == ["rel-c"]
    assert await pass_time(store, "rel-b", LATER)
    assert await next_due(store) == AT_ONCE
    assert await pass_time(store, "rel-b", LATER)
    assert await due_releases(store, LATER) == ["rel-a", "rel-c"]
    assert await due_tasks(store, LATER) == ["tsk-b-4"]


@pytest.mark.parametrize("after", [None, AT_ONCE, NOW])
async def test_next_due_looks_beyond_an_instant(store: Store, after):
    await start(store)
    await claim(store, TASK, SOON)
    await claim(store, "tsk-1-2", LATER)
    assert await next_due(store, after) == SOON
    assert await next_due(store, SOON) == LATER
    assert await next_due(store, LATER) is None


async def test_a_claim_that_is_undone_leaves_its_task_due(store: Store):
    await start(store)

    async def work(writer: Writer) -> None:
        await carry_out(writer, "rel-1", Claim(task_id=TASK))
        await writer.lease(TASK, 1, LATER)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert await due_tasks(store) == [TASK, "tsk-1-2"]
