"""What tasks wait for: names that exist, once each, and no task that waits for itself (rules 5.1)."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from phaseboard.plans.outline import StageOutline, TaskOutline
from phaseboard.plans.problems import Problem, format_path
from phaseboard.plans.wording import did_you_mean, quoted

_MOST_CIRCLES = 10


def needs_of(index: int, tasks: Sequence[TaskOutline]) -> tuple[str, ...]:
    """Return what a task waits for: what it says, or else the task before it in the list."""
    task = tasks[index]
    if task.needs is not None:
        return tuple(name for _, name in task.needs)
    before = tasks[index - 1].name if index else None
    return (before,) if before is not None else ()


def duplicate_names(stage: StageOutline) -> Iterator[Problem]:
    """Yield a problem for each task that has the name of one before it."""
    for task in stage.tasks:
        if task.name is not None and stage.names[task.name] is not task:
            used = format_path(stage.names[task.name].path)
            yield Problem(
                (*task.path, "name"), f"duplicate name {quoted(task.name)}; `{used}` has it, give this task another"
            )


def wrong_needs(stage: StageOutline, others: Sequence[StageOutline]) -> Iterator[Problem]:
    """Yield a problem for each need that names no task of the stage, the task itself, or a task named before."""
    for task in stage.tasks:
        seen: set[str] = set()
        for index, need in task.needs or ():
            wrong = _wrong_need(need, task, stage, others, seen)
            if wrong:
                yield Problem((*task.path, "needs", index), wrong)
            seen.add(need)


def _wrong_need(
    need: str, task: TaskOutline, stage: StageOutline, others: Sequence[StageOutline], seen: set[str]
) -> str:
    if need == task.name:
        return f"{quoted(need)} needs itself; remove it from its `needs`"
    if need in seen:
        return f"{quoted(need)} is named twice; remove one"
    if need in stage.names or not stage.all_named:
        return ""
    elsewhere = next((other for other in others if need in other.names), None)
    if elsewhere is not None:
        return (
            f"{quoted(need)} is a task of `{format_path(elsewhere.path)}`; "
            "a task can need tasks of its own stage only, stages follow each other anyway"
        )
    return f"unknown task {quoted(need)}{did_you_mean(need, [name for name in stage.names if name != task.name])}"


def circular_needs(stage: StageOutline) -> Iterator[Problem]:
    """Yield a problem for each circle of tasks that wait for each other, told where its first task stands."""
    at = {task.name: index for index, task in reversed(list(enumerate(stage.tasks))) if task.name is not None}
    graph = {name: [need for need in needs_of(index, stage.tasks) if need != name] for name, index in at.items()}
    for _ in range(_MOST_CIRCLES):
        circle = _circle(graph)
        if not circle:
            return
        start = min(range(len(circle)), key=lambda place: at[circle[place]])
        yield _circular(circle[start:] + circle[:start], at, stage)
        for name in circle:
            del graph[name]


def _circle(graph: Mapping[str, Sequence[str]]) -> list[str]:
    known = {name: [need for need in needs if need in graph] for name, needs in graph.items()}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        names: list[str] = error.args[1]
        return names[:0:-1]  # the sorter names each before what needs it, and the first twice
    return []


def _circular(circle: Sequence[str], at: Mapping[str, int], stage: StageOutline) -> Problem:
    task = stage.tasks[at[circle[0]]]
    way = " -> ".join((*circle, circle[0]))
    unsaid = [name for name in circle if stage.tasks[at[name]].needs is None]
    why = f" ({quoted(unsaid[0])} has no `needs`, so it waits for the task before it)" if unsaid else ""
    place = (*task.path, "needs") if task.needs is not None else task.path
    return Problem(place, f"tasks wait for each other: {_shortened(way)}{why}; remove one of these `needs`")


def _shortened(way: str) -> str:
    most = 400
    return way if len(way) <= most else f"{way[: most // 2]} … {way[-most // 2 :]}"
