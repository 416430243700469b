"""Both stores give the same answers, whatever happens to their releases."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phaseboard.domain.commands import AwaitCallback, Claim, Command, Complete, Finish, Perform, Report, Review
from phaseboard.domain.enums import Phase, ReleaseStatus, Store, StoreDecision, TaskOutcome, TaskStatus
from phaseboard.domain.errors import Refusal
from phaseboard.domain.plan import CycleSpec, Retries
from phaseboard.domain.release import Release
from phaseboard.domain.tasks import startable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import OrderField, Reader, ReleaseFilter, ReleasePage, Writer
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import NOW, add, carry_out, pass_time, spec

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=30)
STEPS = st.sampled_from((timedelta(0), timedelta(minutes=1), HOUR, 9 * HOUR, timedelta(microseconds=1_500)))
TIMES = st.integers(-1, 3).map(lambda hours: NOW + hours * HOUR)
CYCLES = st.one_of(TIMES.map(CycleSpec), st.integers(0, 2).map(lambda hours: CycleSpec(after=hours * HOUR)))
OUTCOMES = st.sampled_from(TaskOutcome)

PLANS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("Mobile", "MOBILE", "Tablet_%", "straße")),
        "kickoff": st.sampled_from(((spec("a"), spec("b", "a", critical=False)), (spec("a"), spec("b")))),
        "cycles": st.lists(CYCLES, min_size=1, max_size=3).map(tuple),
        "regression": st.just((spec("c", retries=Retries(count=1, delay=timedelta(seconds=3), backoff=1.1)),)),
        "pre_release": st.just((spec("d", submission=True),)),
        "stores": st.sampled_from(((), (Store.APP_STORE,), (Store.PLAY_STORE, Store.APP_STORE))),
    }
)
FILTERS = st.builds(
    ReleaseFilter,
    statuses=st.lists(st.sampled_from(ReleaseStatus), max_size=2).map(tuple),
    phases=st.lists(st.sampled_from(Phase), max_size=3).map(tuple),
    text=st.none() | st.sampled_from(("", "mob", "%", "_", "STRASSE", "rel-", "1")),
    updated_since=st.none() | TIMES,
)


class Twins:
    """A store in memory and one in a file, to which the same is done."""

    def __init__(self, path: Path) -> None:
        self.stores = (MemoryStore(), SQLiteStore(path))
        self.now = NOW
        self.keys: list[str] = []

    async def do(self, move: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do the same to both and return the common answer, which may be an exception."""
        one, other = [await self._outcome(move, store) for store in self.stores]
        assert one == other
        return one

    async def ask(self, question: Callable[[Reader], Awaitable[Any]]) -> Any:
        return await self.do(lambda store: store.read(question))

    async def _outcome(self, move: Callable[[Any], Awaitable[Any]], store: Any) -> Any:
        try:
            return await move(store)
        except (Refusal, LookupError) as error:
            return repr(error)

    async def create(self, data: st.DataObject) -> None:
        plan = data.draw(PLANS)
        key = str(len(self.keys))
        self.keys.append(key)
        await self.do(lambda store: add(store, key, now=self.now, **plan))

    async def change(self, data: st.DataObject) -> None:
        release_id = data.draw(st.sampled_from(self.keys).map("rel-{}".format))
        release = await self.ask(lambda reader: reader.release(release_id))
        command = data.draw(st.sampled_from(possible(release)), label="command")
        undone = data.draw(st.integers(0, 9)) == 0

        async def work(writer: Writer) -> Any:
            after = await carry_out(writer, release_id, command, self.now)
            if isinstance(command, Claim) and data_leases:
                token = after.task(command.task_id).lease_token
                await writer.lease(command.task_id, token, self.now + LEASE)
            if undone:
                raise LookupError
            return after.revision

        data_leases = data.draw(st.booleans(), label="leases")
        await self.do(lambda store: store.write(work))

    async def let_time_pass(self, data: st.DataObject) -> None:
        self.now += data.draw(STEPS, label="time")
        due = await self.ask(lambda reader: reader.due_releases(self.now, 100))
        for release_id in due:
            await self.do(lambda store, release_id=release_id: pass_time(store, release_id, self.now))

    async def renew(self, data: st.DataObject) -> None:
        number, token = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
        task_id = f"tsk-{data.draw(st.sampled_from(self.keys))}-{number}"
        await self.do(lambda store: store.write(lambda writer: writer.renew(task_id, token, self.now + LEASE)))
        await self.do(lambda store: store.write(lambda writer: writer.is_due(task_id, self.now)))

    async def prune(self, data: st.DataObject) -> None:
        before, limit = self.now - data.draw(STEPS), data.draw(st.integers(1, 9))
        await self.do(lambda store: store.write(lambda writer: writer.prune(before, limit)))

    async def compare(self, data: st.DataObject) -> None:
        ids = [f"rel-{key}" for key in self.keys]
        releases = await self.ask(lambda reader: reader.releases(ids))
        statuses = await self.ask(lambda reader: reader.statuses(ids))
        assert {key: status.snapshot for key, status in statuses.items()} == {
            key: release.snapshot for key, release in releases.items()
        }
        for instant in (self.now, self.now + LEASE, self.now + 50 * HOUR):
            await self.ask(lambda reader, instant=instant: reader.due_releases(instant, 3, data.draw(st.just("rel-0"))))
            await self.ask(lambda reader, instant=instant: reader.due_tasks(instant, 100))
            await self.ask(lambda reader, instant=instant: reader.next_due(instant))
            await self.ask(lambda reader, instant=instant: reader.census(instant))
        await self.ask(lambda reader: reader.next_due())
        last = await self.ask(lambda reader: reader.last_position())
        mark, backwards = data.draw(st.integers(0, last + 1)), data.draw(st.booleans())
        only = data.draw(st.none() | st.sampled_from(ids))
        await self.ask(lambda reader: reader.events(mark, 5, only, backwards=backwards))
        await self.ask(lambda reader: reader.first_position(only))
        await self.compare_pages(data)

    async def compare_pages(self, data: st.DataObject) -> None:
        page = data.draw(
            st.builds(
                ReleasePage,
                limit=st.integers(1, 4),
                order=st.sampled_from(OrderField),
                descending=st.booleans(),
                after=st.none() | st.tuples(st.none() | TIMES, st.sampled_from(("rel-0", "rel-1", "rel-"))),
                backwards=st.booleans(),
                filter=FILTERS,
            )
        )
        await self.ask(lambda reader: reader.page(page))


def possible(release: Release) -> list[Command]:
    """Return commands that make sense for a release, and a few that do not."""
    commands: list[Command] = [Complete()]
    for action in release.snapshot.actions:
        failed = [task.id for task in release.tasks if task.status is TaskStatus.FAILED]
        commands += [Perform(action=action, task_id=task_id) for task_id in (failed or [None])]
    commands += [Claim(task_id=task.id) for task in startable(release)]
    for task in release.tasks:
        if task.running:
            commands += [Finish(task_id=task.id, token=task.lease_token, outcome=outcome) for outcome in TaskOutcome]
            commands += [Report(task_id=task.id, attempt=task.attempt, outcome=TaskOutcome.SUCCEEDED)]
            commands += [AwaitCallback(task_id=task.id, token=task.lease_token), Claim(task_id=task.id)]
    commands += [Review(store=review.store, decision=found) for review in release.reviews for found in StoreDecision]
    return commands


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_twins_agree(migrated: Path, data: st.DataObject):
    async def live(folder: str) -> None:
        twins = Twins(shutil.copy(migrated, Path(folder) / "twin.db"))
        for store in twins.stores:
            await store.open()
        try:
            await twins.create(data)
            changes = [twins.change] * 3
            moves = (twins.create, *changes, twins.let_time_pass, twins.renew, twins.prune)
            for _ in range(data.draw(st.integers(1, 30), label="moves")):
                await data.draw(st.sampled_from(moves))(data)
                await twins.compare(data)
        finally:
            for store in twins.stores:
                await store.close()

    with TemporaryDirectory() as folder:
        asyncio.run(live(folder))
