"""What the log, the rows and the executors' calls say of the results of tasks (I2, I3)."""

from collections import Counter, defaultdict
from itertools import pairwise

from phaseboard.domain.enums import TaskStatus
from phaseboard.domain.events import TaskChanged
from tests.reliability.findings import Broken, row_of
from tests.reliability.history import History

RUNNING = (TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CALLBACK)


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
                    yield f"{row_of(release, task)}: has the result of {call}, not of {newest[task.id, attempt.number]}"


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
                yield f"{row_of(release, task)}: the log's last word is {status}, attempt {attempt}"


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


def _course(told: list[TaskChanged]) -> str:
    return " > ".join(f"{change.after} ({change.attempt})" for change in told)
