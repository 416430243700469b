"""The invariants I1 to I11, one function each; every tier ends with `check_invariants`.

An invariant yields one line for each thing that breaks it, with the rows that show it. Nothing here asks the engine or
the transition functions what is right: the plan, the guide's tables and the log are held against each other.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from phaseboard.domain.enums import Phase, ReleaseStatus, TaskStatus
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.events import ActionPerformed, CycleChanged, PhaseChanged, RecordedEvent, TaskChanged
from phaseboard.domain.paths import PATHS
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.task import Task
from tests.domain import guide
from tests.reliability.history import History, Lease
from tests.reliability.streams import broken_streams

Broken = Iterator[str]
RUNNING = (TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK)
MOST = 10
"""How many lines a report shows of each invariant."""


class InvariantBroken(AssertionError):
    """A run broke an invariant; `broken` has the lines of each."""

    def __init__(self, broken: Mapping[str, list[str]]) -> None:
        self.broken = broken
        lines = (f"{name}\n    " + "\n    ".join(found[:MOST]) for name, found in broken.items())
        super().__init__("\n".join(("broken:", *lines)))


def check_invariants(history: History) -> None:
    """Raise InvariantBroken unless everything holds that has to hold after any run."""
    found = {name: list(invariant(history)) for name, invariant in INVARIANTS.items()}
    if broken := {name: lines for name, lines in found.items() if lines}:
        raise InvariantBroken(broken)


def no_task_is_lost(history: History) -> Broken:
    """I1: a task of the plan is there, and it has ended or something will move it."""
    for release in history.releases:
        yield from _missing_tasks(release)
        if release.status in (ReleaseStatus.IN_PROGRESS, ReleaseStatus.PAUSED):
            for task in _under_way(release):
                if why := _stuck(history, release, task):
                    yield f"{_row(release, task)}: {why}"


def nothing_acknowledged_is_lost(history: History) -> Broken:
    """I1: what a client was told is committed stands in the log."""
    revisions = {(event.release_id, event.revision) for event in history.events}
    performed = {
        (event.release_id, event.revision, event.event.reason)
        for event in history.events
        if isinstance(event.event, ActionPerformed)
    }
    for told in history.acknowledged:
        if (told.release_id, told.revision) not in revisions:
            yield f"{told}: no event with this revision"
        elif told.reason and (told.release_id, told.revision, told.reason) not in performed:
            yield f"{told}: another action has this revision"


def one_result_takes_effect(history: History) -> Broken:
    """I2: each attempt has one result, and each token at most one."""
    for task_id, told in _told_of_tasks(history).items():
        results = Counter(attempt for attempt in map(_attempt_ended, told) if attempt is not None)
        for attempt, count in results.items():
            if count > 1:
                yield f"{task_id} attempt {attempt} ended {count} times: {_course(told)}"
    for lease in history.leases:
        if lease.results > 1:
            yield f"{lease.results} results were committed under one token: {lease}"


def results_are_those_of_the_newest_token(history: History) -> Broken:
    """I2: what an attempt records comes from the call under its newest token, not from one that lost its lease."""
    newest = {(call.task_id, call.attempt): call for call in sorted(history.calls, key=lambda call: call.token)}
    known = {call.output: call for call in history.calls if call.output}
    for release in history.releases:
        for task in release.tasks:
            for attempt in task.attempts:
                call = known.get(attempt.output)
                if call and call.token < newest[task.id, attempt.number].token:
                    yield f"{_row(release, task)}: has the result of {call}, not of {newest[task.id, attempt.number]}"


def traced(history: History) -> int:
    """Return how many recorded results tell from which call they are."""
    known = {call.output for call in history.calls if call.output and call.token}
    attempts = (attempt for release in history.releases for task in release.tasks for attempt in task.attempts)
    return sum(attempt.output in known for attempt in attempts)


def rows_are_what_the_log_says(history: History) -> Broken:
    """I2: the changes of a task follow one another, and the last one is its row."""
    told_of = _told_of_tasks(history)
    for task_id, told in told_of.items():
        for earlier, later in pairwise(told):
            if later.before is not earlier.after:
                yield f"{task_id} was left {earlier.after} and found {later.before}: {_course(told)}"
    for release in history.releases:
        for task in release.tasks:
            last = told_of[task.id][-1] if told_of.get(task.id) else None
            status, attempt = (last.after, last.attempt) if last else (TaskStatus.PENDING, 1)
            if (task.status, task.attempt) != (status, attempt):
                yield f"{_row(release, task)}: the log's last word is {status}, attempt {attempt}"


def one_key_over_all_attempts(history: History) -> Broken:
    """I3: an idempotency key changes only when a person retries the task."""
    keys: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    retries = history.retries()
    for call in sorted(history.calls, key=lambda call: call.attempt):
        keys[call.task_id][call.key].append(call.attempt)
    for task_id, attempts in keys.items():
        if len(attempts) > 1 + retries[task_id]:
            yield f"{task_id}: {dict(attempts)} with {retries[task_id]} retries by a person"
        for (key, earlier), (other, later) in pairwise(attempts.items()):
            if earlier[-1] >= later[0]:
                yield f"{task_id}: attempt {later[0]} was made under {key} and {other}"


def revisions_have_no_gap(history: History) -> Broken:
    """I4: the events of a release count 1..n, and n is the revision of its row."""
    for earlier, later in pairwise(history.events):
        if later.position <= earlier.position:
            yield f"positions do not grow: {_event(earlier)}, then {_event(later)}"
    told = history.by_release()
    for release in history.releases:
        revisions = [event.revision for event in told[release.id]]
        for earlier, later in pairwise((0, *revisions, release.revision)):
            if later - earlier not in (0, 1):
                yield f"{release.id}: revision {later} follows {earlier}"
        if revisions[-1:] != [release.revision]:
            yield f"{release.id}: its row has revision {release.revision}, its last event {revisions[-1:]}"


def phases_form_a_path(history: History) -> Broken:
    """I4: each phase change starts where the last one ended and is in the transition table."""
    told = history.by_release()
    for release in history.releases:
        last: Phase | None = None
        for event in told[release.id]:
            if not isinstance(event.event, PhaseChanged):
                continue
            before, after = event.event.before, event.event.after
            if before is not last:
                yield f"{_event(event)}: {before} to {after}, but it was {last}"
            elif before is None and after is not Phase.NOT_STARTED:
                yield f"{_event(event)}: it begins {after}"
            elif before and not any(after in phases for phases in PATHS[before].values()):
                yield f"{_event(event)}: {before} to {after} is no path of the table"
            last = after


def phase_is_that_of_the_last_event(history: History) -> Broken:
    """I5: after every commit the derived phase is the one told last, and the row is what its last event shows."""
    told_of = history.by_release()
    for release in history.releases:
        last: Phase | None = None
        told = told_of[release.id]
        for event, following in zip(told, (*told[1:], None), strict=True):
            last = event.event.after if isinstance(event.event, PhaseChanged) else last
            ends_commit = following is None or following.revision != event.revision
            if ends_commit and (shown := _derived(event.snapshot)) is not last:
                yield f"{_event(event)}: the status says {shown}, the last event {last}"
        if release.phase is not last:
            yield f"{release.id}: its row says {release.phase}, its last event {last}"
        if told and told[-1].snapshot != release.snapshot:
            yield f"{release.id}: its row is not what its last event shows"
        if history.listed.get(release.id) != [release.phase]:
            yield f"{release.id} is in phase {release.phase} and listed under {history.listed.get(release.id)}"


def leases_do_not_overlap(history: History) -> Broken:
    """I6: a lease is given when the one before it is over, with a greater token."""
    of_task: dict[str, list[Lease]] = defaultdict(list)
    for lease in history.leases:
        of_task[lease.task_id].append(lease)
    for leases in of_task.values():
        for earlier, later in pairwise(leases):
            if later.token <= earlier.token:
                yield f"the token does not grow: {earlier}, then {later}"
            elif later.since < earlier.until and not earlier.over:
                yield f"two hold the task at once: {earlier} and {later}"


def nothing_is_claimed_while_held(history: History) -> Broken:
    """I8: while a release is not IN_PROGRESS none of its tasks is handed out."""
    for event in history.events:
        change = event.event
        fresh = isinstance(change, TaskChanged) and (change.before, change.after) == (
            TaskStatus.PENDING,
            TaskStatus.IN_PROGRESS,
        )
        if fresh and event.snapshot.status is not ReleaseStatus.IN_PROGRESS:
            yield f"{_event(event)}: handed out while {event.snapshot.status}"
    for lease in history.leases:
        if lease.status is not ReleaseStatus.IN_PROGRESS:
            yield f"given while {lease.status}: {lease}"


def one_cycle_per_number(history: History) -> Broken:
    """I9: each cycle opens once, in the order of the numbers, and has one row."""
    opened: dict[str, list[int]] = defaultdict(list)
    for event in history.events:
        if isinstance(event.event, CycleChanged) and event.event.before is None:
            opened[event.release_id].append(event.event.number)
    for release in history.releases:
        rows = [cycle.number for cycle in release.cycles]
        every = [*rows, *(cycle.number for cycle in release.scheduled)]
        if opened[release.id] != rows:
            yield f"{release.id}: cycles {opened[release.id]} were opened, its rows have {rows}"
        if every != list(range(1, len(every) + 1)):
            yield f"{release.id}: its cycles are numbered {every}"
    for release_id, count in Counter(release.id for release in history.releases).items():
        if count > 1:
            yield f"{release_id} has {count} rows"


def nothing_is_left(history: History) -> Broken:
    """I10: what was started has ended."""
    yield from history.left_over


def every_state_is_in_the_table(history: History) -> Broken:
    """I11: the guide's table, extended by the rules, has exactly one row for every state, and it names its phase."""
    yield from history.undecodable
    shown = [(_event(event), event.snapshot) for event in history.events]
    shown += [(f"the row of {release.id}", release.snapshot) for release in history.releases]
    for where, snapshot in shown:
        rows = guide.PHASES_OF[_input(snapshot)]
        if rows != [_derived(snapshot)]:
            yield f"{where}: {_input(snapshot)} is {_derived(snapshot)}, the table says {rows}"


INVARIANTS: Mapping[str, Callable[[History], Broken]] = {
    "I1 no committed task is lost": no_task_is_lost,
    "I1 nothing acknowledged is lost": nothing_acknowledged_is_lost,
    "I2 one result takes effect": one_result_takes_effect,
    "I2 results are those of the newest token": results_are_those_of_the_newest_token,
    "I2 rows are what the log says": rows_are_what_the_log_says,
    "I3 one idempotency key over all attempts": one_key_over_all_attempts,
    "I4 revisions are 1..n without a gap": revisions_have_no_gap,
    "I4 phases form a path of the transition table": phases_form_a_path,
    "I5 the phase is that of the last event": phase_is_that_of_the_last_event,
    "I6 leases on one task never overlap": leases_do_not_overlap,
    "I7 streams are gap-free, in order, without repeats": broken_streams,
    "I8 nothing is claimed while paused or archived": nothing_is_claimed_while_held,
    "I9 one row per release and cycle number": one_cycle_per_number,
    "I10 nothing is left after shutdown": nothing_is_left,
    "I11 no state outside the table": every_state_is_in_the_table,
}


def _missing_tasks(release: Release) -> Broken:
    plan = release.plan
    wanted = Counter({None: len(plan.kickoff) + len(plan.pre_release)})
    wanted += Counter({cycle.number: len(plan.regression) for cycle in release.cycles})
    found = Counter(task.cycle for task in release.tasks)
    if found != wanted:
        yield f"{release.id} has tasks by cycle {dict(found)}, its plan and cycles ask for {dict(wanted)}"


def _under_way(release: Release) -> list[Task]:
    """Return the tasks of the stage or cycle that is IN_PROGRESS."""
    going = {f"STAGE_{number}" for number, stage in enumerate(release.stages, start=1) if stage == "IN_PROGRESS"}
    running = [cycle.number for cycle in release.cycles if cycle.status == "IN_PROGRESS"]
    return [task for task in release.tasks if task.stage in going and (task.cycle is None or task.cycle in running)]


def _stuck(history: History, release: Release, task: Task) -> str | None:
    """Return why nothing will ever move a task; None when something will."""
    if task.status is TaskStatus.AWAITING_CALLBACK:
        if task.deadline is None:
            return "waits for a callback without a deadline"
        return None if release.id in history.wakes else f"nobody wakes at its deadline {task.deadline}"
    if task.ended or release.status is ReleaseStatus.PAUSED:
        return None
    due = history.due.get(task.id)
    if task.status is TaskStatus.IN_PROGRESS:
        return None if due else "is handed out, and nobody takes it up when its lease runs out"
    return _not_claimed(release, task, due)


def _not_claimed(release: Release, task: Task, due: datetime | None) -> str | None:
    others = {other.spec.name: other for other in _under_way(release)}
    if not all(others[name].settled for name in task.spec.needs):
        return None
    if due is None:
        return "its turn has come, and nobody will claim it"
    return None if task.not_before is None or due <= task.not_before else f"is due at {due}, not {task.not_before}"


def _told_of_tasks(history: History) -> dict[str, list[TaskChanged]]:
    told: dict[str, list[TaskChanged]] = defaultdict(list)
    for event in history.events:
        if isinstance(event.event, TaskChanged):
            told[event.event.task_id].append(event.event)
    return told


def _attempt_ended(change: TaskChanged) -> int | None:
    """Return the attempt whose result this change records; None when it records none."""
    if change.before not in RUNNING:
        return None
    if change.after is TaskStatus.PENDING:
        return change.attempt - 1
    return change.attempt if change.after in (TaskStatus.COMPLETED, TaskStatus.FAILED) else None


def _derived(snapshot: Snapshot) -> Phase | None:
    try:
        return snapshot.phase
    except IllegalState:
        return None


def _input(snapshot: Snapshot) -> tuple[str, ...]:
    cycle = snapshot.current_cycle.status if snapshot.current_cycle else guide.NO_CYCLE
    following = "exists" if snapshot.next_cycle else "none"
    return (snapshot.status, snapshot.cron.pause_type, *snapshot.stages, cycle, following)


def _course(told: list[TaskChanged]) -> str:
    return " > ".join(f"{change.after} ({change.attempt})" for change in told)


def _row(release: Release, task: Task) -> str:
    return f"{release.id} {release.phase} revision {release.revision}, {task.id} {task.status} attempt {task.attempt}"


def _event(event: RecordedEvent) -> str:
    return f"{event.position} {event.release_id} revision {event.revision} {event.event.type}"
