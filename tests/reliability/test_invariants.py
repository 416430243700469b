"""Each invariant can fail: a sound history passes, and each one that is broken in one place is caught by its name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from phaseboard.domain.enums import Action, Phase, ReleaseStatus, TaskStatus
from phaseboard.domain.events import CycleChanged, PhaseChanged, RecordedEvent, TaskChanged
from phaseboard.domain.task import Task
from tests.engine.board import ID, Board, to_phase
from tests.reliability.history import Acknowledged, Call, History, Statuses, Stream, history_of
from tests.reliability.invariants import INVARIANTS, InvariantBroken, check_invariants
from tests.reliability.streams import Flaws, flaws
from tests.reliability.witness import Fact, leases_of, watch

Break = Callable[[History], None]


@pytest.fixture
async def history() -> History:
    """A release in its second cycle, one task done, one running, one waiting; seen from all sides."""
    facts: list[Fact] = []
    board = Board()
    watch(board.store, facts.append)
    async with board.still():
        await to_phase(board, Phase.REGRESSION_AWAITING_NEXT_CYCLE)
        await board.tick()
        await board.tick()
        await board.act(Action.PAUSE, Action.RESUME)
        claimed = await board.claim()
        history = await history_of(board.store)
    history.leases = leases_of(facts)
    history.calls = [Call(claimed.task.id, attempt, claimed.task.idempotency_key) for attempt in (1, 1)]
    history.acknowledged = [Acknowledged(ID, history.events[-1].revision)]
    history.streams = [Stream("all", [event.position for event in history.events])]
    history.statuses = [Statuses("status", [1, 2, 9], 9)]
    return history


def test_a_sound_history_passes(history: History) -> None:
    check_invariants(history)
    assert len(history.events) > 20
    assert len(history.leases) == 5
    assert {release.phase for release in history.releases} == {Phase.REGRESSION_CYCLE_RUNNING}


def change_task(history: History, wanted: TaskStatus, change: Callable[[Task], Task]) -> None:
    """Replace the newest task with a status behind the back of everything that checks a release."""
    release = history.releases[0]
    task = [task for task in release.tasks if task.status is wanted][-1]
    tasks = tuple(change(old) if old is task else old for old in release.tasks)
    object.__setattr__(release, "tasks", tasks)


def change_event(history: History, wanted: type, change: Callable[[RecordedEvent], RecordedEvent]) -> None:
    place = [place for place, event in enumerate(history.events) if isinstance(event.event, wanted)][-1]
    history.events[place] = change(history.events[place])


def drop_task(history: History) -> None:
    release = history.releases[0]
    object.__setattr__(release, "tasks", release.tasks[:-1])


def lose_deadline(history: History) -> None:
    change_task(history, TaskStatus.IN_PROGRESS, lambda task: replace(task, status=TaskStatus.AWAITING_CALLBACK))


def end_twice(history: History) -> None:
    ended = next(event for event in history.events if getattr(event.event, "after", None) is TaskStatus.COMPLETED)
    history.events.append(replace(ended, position=history.events[-1].position + 1))


def overtaken(history: History) -> None:
    def with_output(task: Task) -> Task:
        return replace(task, attempts=task.with_last(output="first"))

    change_task(history, TaskStatus.IN_PROGRESS, with_output)
    call = history.calls[0]
    history.calls = [replace(call, token=1, output="first"), replace(call, token=2, output="second")]


def open_again(history: History) -> None:
    opened = next(event for event in history.events if isinstance(event.event, CycleChanged))
    history.events.append(replace(opened, position=history.events[-1].position + 1))


def other_phase(event: RecordedEvent) -> RecordedEvent:
    return replace(event, event=PhaseChanged(before=Phase.COMPLETED, after=Phase.KICKOFF))


def no_such_path(event: RecordedEvent) -> RecordedEvent:
    assert isinstance(event.event, PhaseChanged)
    return replace(event, event=replace(event.event, after=Phase.COMPLETED))


def claimed_while_paused(history: History) -> None:
    paused = next(event for event in history.events if event.snapshot.status is ReleaseStatus.PAUSED)
    change_event(history, TaskChanged, lambda event: replace(event, snapshot=paused.snapshot))


def impossible(event: RecordedEvent) -> RecordedEvent:
    return replace(event, snapshot=replace(event.snapshot, status=ReleaseStatus.PENDING))


def see(*positions: int) -> Break:
    return lambda history: history.streams.append(Stream("one", positions, complete=False))


def held_by(history: History, **changes: object) -> None:
    history.leases.append(replace(history.leases[-1], **changes))  # type: ignore[arg-type]


BREAKS: dict[str, tuple[str, Break]] = {
    "a task is gone": ("I1 no", drop_task),
    "nobody claims what is ready": ("I1 no", lambda history: history.due.clear()),
    "a callback is waited for without a deadline": ("I1 no", lose_deadline),
    "an acknowledged revision is gone": (
        "I1 nothing",
        lambda history: history.acknowledged.append(Acknowledged(ID, 10_000)),
    ),
    "an acknowledged action is another": (
        "I1 nothing",
        lambda history: history.acknowledged.append(Acknowledged(ID, 2, "not given")),
    ),
    "an attempt ends twice": ("I2 one", end_twice),
    "a row is unlike the log": (
        "I2 rows",
        lambda history: change_task(history, TaskStatus.IN_PROGRESS, lambda task: replace(task, attempt=2)),
    ),
    "a result of a call that was overtaken": ("I2 results", overtaken),
    "two results under one token": ("I2 one", lambda history: held_by(history, token=99, results=2)),
    "a key changes": ("I3", lambda history: history.calls.append(replace(history.calls[0], attempt=2, key="other"))),
    "one attempt has two keys": ("I3", lambda history: history.calls.append(replace(history.calls[0], key="other"))),
    "an event is gone": (
        "I4 revisions",
        lambda history: history.events.__delitem__(slice(7, 9)),
    ),
    "the newest event is gone": ("I4 revisions", lambda history: history.events.__delitem__(slice(-1, None))),
    "events in disorder": ("I4 revisions", lambda history: history.events.reverse()),
    "a phase change out of nowhere": ("I4 phases", lambda history: change_event(history, PhaseChanged, other_phase)),
    "a phase change off the table": ("I4 phases", lambda history: change_event(history, PhaseChanged, no_such_path)),
    "a phase that nobody told": (
        "I5",
        lambda history: change_event(history, TaskChanged, impossible),
    ),
    "a list shows another phase": ("I5", lambda history: history.listed.update({ID: [Phase.KICKOFF]})),
    "two leases at once": (
        "I6",
        lambda history: held_by(history, token=99, since=history.leases[-1].until - timedelta(milliseconds=1)),
    ),
    "a token comes again": ("I6", lambda history: held_by(history, since=history.leases[-1].until)),
    "a gap": ("I7", see(1, 2, 4)),
    "a repeat": ("I7", see(1, 2, 2)),
    "disorder": ("I7", see(1, 3, 2)),
    "an event that never was": ("I7", see(1, 2, 10_000)),
    "a stream stops early": ("I7", lambda history: history.streams.append(Stream("one", [1, 2]))),
    "an older status": ("I7", lambda history: history.statuses.append(Statuses("status", [3, 2]))),
    "a last status that is not the newest": ("I7", lambda history: history.statuses.append(Statuses("one", [3], 4))),
    "a claim while paused": ("I8", claimed_while_paused),
    "a lease while archived": ("I8", lambda history: held_by(history, token=99, status=ReleaseStatus.ARCHIVED)),
    "a cycle opened twice": ("I9", open_again),
    "two rows": ("I9", lambda history: history.releases.append(history.releases[0])),
    "something is left over": ("I10", lambda history: history.left_over.append("thread 7")),
    "a state beyond the table": ("I11", lambda history: change_event(history, TaskChanged, impossible)),
    "rows that are no release": ("I11", lambda history: history.undecodable.append("rel-x")),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_can_fail(history: History, case: str) -> None:
    name, damage = BREAKS[case]
    damage(history)
    with pytest.raises(InvariantBroken) as told:
        check_invariants(history)
    assert any(invariant.startswith(name) for invariant in told.value.broken), told.value


def test_each_is_shown_to_fail() -> None:
    proven = {name for name, _ in BREAKS.values()}
    assert [name for name in INVARIANTS if not any(name.startswith(prefix) for prefix in proven)] == []


def test_a_report_shows_what_is_broken(history: History) -> None:
    history.left_over.append("thread 7")
    with pytest.raises(InvariantBroken, match="I10 nothing is left after shutdown\n    thread 7"):
        check_invariants(history)


def test_what_a_long_run_saw_is_judged_at_once() -> None:
    told = range(1, 200_001)
    assert flaws(told, told, complete=True) == Flaws()
    assert flaws([*told[:-2], 7], told, complete=True) == Flaws(gaps=2, repeats=1, disorder=1)
