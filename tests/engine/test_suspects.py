"""Tasks that were handed out often, their process having ended each time, run one at a time."""

from phaseboard.domain.enums import TaskStatus
from phaseboard.engine.runner import SUSPECT
from tests.engine.board import LEASE, Board
from tests.factory import make_plan, make_task

ONE = make_plan(kickoff=(make_task("branch"),))


async def crashed(board: Board, keys: str, times: int = SUSPECT) -> None:
    """Start releases whose only task was handed out to a process that ended, so many times."""
    for key in keys:
        await board.started(ONE, key)
    for _ in range(times):
        due = await board.store.read(lambda reader: reader.due_tasks(board.clock(), 9))
        assert len(due) == len(keys)
        for task in due:
            assert await board.steps.claim(task)
        board.clock.move(seconds=LEASE.total_seconds())


async def test_they_run_one_after_the_other() -> None:
    async with Board().still() as board:
        await crashed(board, "abc")
        store = board.store
    async with Board(store, clock=board.clock).running() as board:
        for key in "abc":
            await board.looked()
            calls = board.hands.calls
            suspects = [call for call in calls if len(call.job.release_id) == len("rel-a") and not call.over.is_set()]
            assert [call.job.task_id for call in suspects] == [f"tsk-{key}-1"]
            suspects[0].end()
            await board.task_is("branch", TaskStatus.COMPLETED, f"rel-{key}")


async def test_they_hold_up_nobody_else() -> None:
    async with Board().still() as board:
        await crashed(board, "abc")
        await board.started(ONE, "fresh")
        store = board.store
    async with Board(store, clock=board.clock, concurrent_tasks=2).running() as board:
        assert set(await board.hands.all_taken(2)) == {"tsk-a-1", "tsk-fresh-1"}


async def test_who_crashed_once_or_twice_is_no_suspect() -> None:
    async with Board().still() as board:
        await crashed(board, "ab", SUSPECT - 1)
        store = board.store
    async with Board(store, clock=board.clock).running() as board:
        assert set(await board.hands.all_taken(2)) == {"tsk-a-1", "tsk-b-1"}
