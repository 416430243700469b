"""What a writer commits, and what it does not."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from phaseboard.domain.commands import AwaitCallback, Finish
from phaseboard.domain.enums import Action, Phase, TaskOutcome
from phaseboard.domain.plan import TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import decide
from phaseboard.store.errors import Conflict, Unavailable
from phaseboard.store.port import Change, Place, Store, Writer
from tests.store.scenes import ANNA, LATER, NOW, OK, act, add, carry_out, claim, pass_time, run, send, spec, start


async def load(store: Store, release_id: str = "rel-1") -> Release | None:
    return await store.read(lambda reader: reader.release(release_id))


async def test_a_release_comes_out_as_it_went_in(store: Store):
    release = await add(store)
    assert await load(store) == release


async def test_every_revision_comes_out_as_it_went_in(store: Store):
    await start(store)
    assert await run(store, "tsk-1-1") == await load(store)
    assert await run(store, "tsk-1-2") == await load(store)
    assert (await run(store, "tsk-1-3")).phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE
    while await pass_time(store, "rel-1", LATER + timedelta(hours=2)):
        release = await load(store)
        assert release is not None
    assert release.phase is Phase.REGRESSION_CYCLE_RUNNING
    assert await run(store, release.tasks[-1].id, TaskOutcome.FAILED) == await load(store)
    assert (await load(store)).tasks[-1].not_before == NOW + timedelta(seconds=7)


async def test_dropped_cycles_are_gone(store: Store):
    await start(store)
    for task_id in ("tsk-1-1", "tsk-1-2", "tsk-1-3"):
        await run(store, task_id)
    after = await send(store, "rel-1", act(Action.SKIP_REMAINING_CYCLES))
    assert after.scheduled == ()
    assert await load(store) == after


async def test_instants_are_kept_to_the_millisecond(store: Store):
    fine = NOW + timedelta(microseconds=1999)
    release = await add(store, now=fine)
    kept = NOW + timedelta(milliseconds=1)
    found = await load(store)
    assert release.created_at == fine
    assert (found.created_at, found.updated_at) == (kept, kept)
    (event, *_) = await store.read(lambda reader: reader.events(0, 10))
    assert event.occurred_at == event.snapshot.created_at == kept


async def test_instants_of_parts_are_kept_to_the_millisecond(store: Store):
    fine, kept = NOW + timedelta(microseconds=1999), NOW + timedelta(milliseconds=1)
    await start(store)
    token = await claim(store, "tsk-1-1", now=fine)
    after = await send(store, "rel-1", AwaitCallback(task_id="tsk-1-1", token=token), now=fine)
    found = await load(store)
    task = found.task("tsk-1-1")
    assert task.last.started_at == found.updated_at == kept
    assert task.deadline == kept + task.spec.callback_timeout
    assert after.updated_at == fine


async def test_a_change_appends_its_events(store: Store):
    await add(store)
    release = await send(store, "rel-1", act(Action.START))
    events = await store.read(lambda reader: reader.events(0, 10))
    assert [event.position for event in events] == [1, 2, 3, 4]
    assert [event.event.type for event in events] == [
        "RELEASE_CREATED",
        "PHASE_CHANGED",
        "ACTION_PERFORMED",
        "PHASE_CHANGED",
    ]
    assert [event.revision for event in events] == [1, 1, 2, 2]
    assert {event.actor for event in events} == {ANNA}
    assert events[-1].snapshot == release.snapshot


async def test_add_and_save_return_the_last_position(store: Store):
    made = await add(store)
    decision = decide(made, act(Action.START), NOW)
    assert await store.write(lambda writer: writer.save(made, decision.release, decision.events, NOW, None)) == Place(4)
    again = replace(decision.release, revision=3)
    assert await store.write(lambda writer: writer.save(decision.release, again, (), NOW, None)) == Place(4)


async def test_an_id_is_taken_once(store: Store):
    await add(store)
    with pytest.raises(Conflict, match="rel-1"):
        await add(store)
    assert await store.read(lambda reader: reader.last_position()) == 2


async def test_a_stale_revision_is_refused(store: Store):
    made = await add(store)
    decision = decide(made, act(Action.START), NOW)

    async def save(writer: Writer) -> int:
        return await writer.save(made, decision.release, decision.events, NOW, None)

    await store.write(save)
    with pytest.raises(Conflict, match="revision 1"):
        await store.write(save)
    assert await load(store) == decision.release
    assert await store.read(lambda reader: reader.last_position()) == 4


async def test_a_stale_revision_is_refused_inside_one_transaction(store: Store):
    made = await add(store)

    async def twice(writer: Writer) -> None:
        await carry_out(writer, "rel-1", act(Action.START))
        decision = decide(made, act(Action.START), NOW)
        await writer.save(made, decision.release, decision.events, NOW, None)

    with pytest.raises(Conflict):
        await store.write(twice)
    assert await load(store) == made


async def test_an_unknown_release_cannot_be_saved(store: Store):
    made = await add(store)
    other = replace(made, id="rel-2")
    with pytest.raises(Conflict):
        await store.write(lambda writer: writer.save(other, replace(other, revision=2), (), NOW, None))


async def test_an_exception_undoes_everything(store: Store):
    await start(store)
    before = await load(store)

    async def work(writer: Writer) -> None:
        await carry_out(writer, "rel-1", act(Action.PAUSE))
        assert (await writer.release("rel-1")).phase is Phase.PAUSED_BY_USER
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await store.write(work)
    assert await load(store) == before
    assert await store.read(lambda reader: reader.last_position()) == 4
    await send(store, "rel-1", act(Action.PAUSE))
    events = await store.read(lambda reader: reader.events(0, 100))
    assert [event.position for event in events] == list(range(1, len(events) + 1))


async def test_a_writer_sees_what_it_wrote(store: Store):
    await add(store)

    async def work(writer: Writer) -> tuple[int, int]:
        await carry_out(writer, "rel-1", act(Action.START))
        status = await writer.status("rel-1")
        return status.snapshot.revision, status.position

    assert await store.write(work) == (2, 4)


async def test_a_reader_sees_one_state_throughout(store: Store):
    await start(store)

    async def work(reader: Writer) -> tuple[int, int]:
        before = (await reader.status("rel-1")).snapshot.revision
        await asyncio.create_task(send(store, "rel-1", act(Action.PAUSE)))
        return before, (await reader.status("rel-1")).snapshot.revision

    assert await store.read(work) == (2, 2)
    assert (await load(store)).revision == 3


async def test_writers_side_by_side_lose_nothing(store: Store):
    for key in "abcde":
        await start(store, key, kickoff=make_tasks(6))
    await asyncio.gather(*(finish_all(store, key, 6) for key in "abcde"))
    for key in "abcde":
        events = await store.read(lambda reader, key=key: reader.events(0, 500, f"rel-{key}"))
        revisions = [event.revision for event in events]
        assert all(later in (earlier, earlier + 1) for earlier, later in pairwise(revisions))
        assert revisions[-1] == (await load(store, f"rel-{key}")).revision == 14


async def test_listeners_are_told_of_commits_alone(store: Store):
    heard = []
    store.on_commit(lambda _: 1 / 0)
    store.on_commit(lambda _: heard.append(1))
    await add(store)
    assert heard == [1]
    await store.read(lambda reader: reader.last_position())
    with pytest.raises(Conflict):
        await add(store)
    assert heard == [1]


async def test_listeners_learn_what_changed_before_the_caller_goes_on(store: Store):
    heard: list[Change] = []
    store.on_commit(heard.extend)
    await add(store)
    assert heard == [Change("rel-1", 1)]
    await store.write(lambda writer: writer.forget(NOW, 1))
    assert len(heard) == 1

    async def two_steps_and_a_failure(writer: Writer) -> None:
        await carry_out(writer, "rel-1", act(Action.START))
        raise LookupError

    outcomes = await asyncio.gather(
        store.write(two_steps_and_a_failure), add(store, "2"), add(store, "3"), return_exceptions=True
    )
    assert isinstance(outcomes[0], LookupError)
    assert heard[1:] == [Change("rel-2", 1), Change("rel-3", 1)]


async def test_a_commit_that_changes_nothing_is_told_to_nobody(store: Store):
    heard = []
    store.on_commit(heard.append)
    await store.write(lambda writer: writer.forget(NOW, 1))
    await asyncio.gather(*(store.write(lambda writer: writer.is_due("tsk-1-1", NOW)) for _ in range(3)))
    assert heard == []


async def test_work_inside_work_is_refused(store: Store):
    with pytest.raises(RuntimeError, match="inside"):
        await store.write(lambda _: store.write(lambda writer: writer.last_position()))


async def test_work_that_cancels_itself_harms_nobody(store: Store):
    async def work(_: Writer) -> None:
        raise asyncio.CancelledError

    with pytest.raises((asyncio.CancelledError, RuntimeError)):
        await store.write(work)
    await add(store)


async def test_a_closed_store_answers_nobody(store: Store):
    await store.close()
    with pytest.raises(Unavailable):
        await store.read(lambda reader: reader.last_position())
    with pytest.raises(Unavailable):
        await add(store)
    await store.open()
    await add(store)


async def test_closing_finishes_what_was_handed_over(store: Store):
    made = [asyncio.create_task(add(store, key)) for key in "abc"]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*made)
    await store.open()
    assert await store.read(lambda reader: reader.last_position()) == 6


async def finish_all(store: Store, key: str, count: int) -> None:
    for number in range(1, count + 1):
        task_id = f"tsk-{key}-{number}"
        token = await claim(store, task_id)
        await send(store, f"rel-{key}", Finish(task_id=task_id, token=token, outcome=OK))


def make_tasks(count: int) -> tuple[TaskSpec, ...]:
    return tuple(spec(f"task {number}") for number in range(count))
