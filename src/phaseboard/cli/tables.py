"""Releases as tables: a list of them, and one with its tasks, cycles and stores."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from phaseboard.cli.answers import Attempt, Cycle, Release, StoreReview, Summary, Task
from phaseboard.cli.phases import badge, mark, report_wanted
from phaseboard.cli.status import status_view
from phaseboard.cli.words import clean, length, moment, named

STAGES = {"STAGE_1": "Stage 1 - Kickoff", "STAGE_2": "Stage 2 - Regression", "STAGE_3": "Stage 3 - Pre-Release"}

BLANK = Text("")
"""A line between two parts."""


def releases_table(releases: Sequence[Summary], now: datetime, zone: tzinfo) -> Table:
    """Return a list of releases, one a row."""
    table = plain_table("Id", "Release", "Phase", "Status", "Changed")
    for release in releases:
        table.add_row(
            clean(release.id),
            named(release.name, release.version),
            badge(release.current_phase),
            clean(release.display_text),
            moment(release.updated_at, now, zone),
        )
    return table


def release_view(release: Release, now: datetime, zone: tzinfo) -> RenderableType:
    """Return a release with everything in it."""
    parts: list[RenderableType] = [
        title(release),
        _born(release, now, zone),
        status_view(release.id, release.status_response, now, zone),
    ]
    if report := report_wanted(release.tasks):
        parts.append(report)
    for name, tasks in _sections(release):
        parts += [BLANK, Text(name, style="bold"), tasks_table(tasks, now)]
    if release.cycles:
        parts += [BLANK, cycles_table(release.cycles, now, zone)]
    if release.stores:
        parts += [BLANK, stores_table(release.stores, now, zone)]
    return Group(*parts)


def title(release: Release) -> Text:
    """Return name, version and id."""
    return Text.assemble((named(release.name, release.version), "bold"), (f"  {clean(release.id)}", "dim"))


def tasks_table(tasks: Sequence[Task], now: datetime) -> Table:
    """Return tasks with their ids, one a row; below each its earlier attempts and what the last one printed."""
    table = plain_table("Id", "Task", "Status", "Attempt", "Duration", "Link or reason")
    for task in tasks:
        duration = spent(task.started_at, task.finished_at, now)
        name = clean(task.name, 40) + ("" if task.critical else " (not critical)")
        table.add_row(clean(task.id), name, mark(task.status), str(task.attempt), duration, about(task))
        _add_attempts(table, task.attempts, now)
    return table


def short_tasks_table(tasks: Sequence[Task], now: datetime) -> Table:
    """Return tasks, one a row, as a narrow terminal has room for."""
    table = plain_table("Task", "Status", "Attempt", "Duration", "Link or reason")
    table.columns[-1].overflow = "ellipsis"
    for task in tasks:
        duration = spent(task.started_at, task.finished_at, now)
        table.add_row(clean(task.name, 28), mark(task.status), str(task.attempt), duration, about(task))
    return table


def about(task: Task) -> Text:
    """Return why a task failed, or else the link to its work, which a terminal can open though it is cut."""
    if task.status == "FAILED" and task.failure_reason:
        return Text(clean(task.failure_reason))
    url = clean(task.external_url or "")
    return Text(url, style=Style(link=url) if url.startswith(("http://", "https://")) else "")


def cycles_table(cycles: Sequence[Cycle], now: datetime, zone: tzinfo) -> Table:
    """Return the opened cycles, one a row."""
    table = plain_table("Cycle", "Status", "Scheduled", "Started", "Duration")
    for cycle in cycles:
        scheduled, started = (moment(at, now, zone) if at else "" for at in (cycle.scheduled_at, cycle.started_at))
        duration = spent(cycle.started_at, cycle.finished_at, now)
        table.add_row(clean(cycle.tag), mark(cycle.status), scheduled, started, duration)
    return table


def stores_table(stores: Sequence[StoreReview], now: datetime, zone: tzinfo) -> Table:
    """Return the stores with their verdicts, one a row."""
    table = plain_table("Store", "Verdict", "When", "Message")
    for store in stores:
        verdict = mark(store.decision) if store.decision else Text("· awaited", style="bright_black")
        when = moment(store.decided_at, now, zone) if store.decided_at else ""
        table.add_row(clean(store.store), verdict, when, clean(store.message or ""))
    return table


def plain_table(*columns: str) -> Table:
    """Return a table without frames, which reads well in a pipe too."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table


def spent(started: datetime | None, finished: datetime | None, now: datetime) -> str:
    """Return how long something took or has taken so far."""
    return length((finished or now) - started) if started else ""


def _add_attempts(table: Table, attempts: Sequence[Attempt], now: datetime) -> None:
    for attempt in attempts[:-1]:
        why = clean(attempt.failure_reason or attempt.external_url or "")
        status = mark(attempt.outcome) if attempt.outcome else Text("cut short", style="dim")
        duration = spent(attempt.started_at, attempt.finished_at, now)
        table.add_row("", "", status, str(attempt.number), duration, why, style="dim")
    for line in (attempts[-1].output or "").splitlines()[-5:] if attempts else ():
        table.add_row("", "", "", "", "", f"| {clean(line, 200)}", style="dim")


def _sections(release: Release) -> Iterator[tuple[str, list[Task]]]:
    """Yield the tasks of each stage, and of each cycle in stage 2, under a title."""
    groups: dict[str, list[Task]] = {}
    for task in release.tasks:
        cycle = f", RC{task.cycle.number}" if task.cycle else ""
        groups.setdefault(f"{STAGES.get(task.stage, clean(task.stage))}{cycle}", []).append(task)
    yield from groups.items()


def _born(release: Release, now: datetime, zone: tzinfo) -> Text:
    at = f"Created {moment(release.created_at, now, zone)}" if release.created_at else "Created"
    by = f" by {clean(release.created_by.name)}" if release.created_by else ""
    return Text(at + by, style="dim")
