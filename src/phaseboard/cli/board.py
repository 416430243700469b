"""The live picture of one release: a pure function of what is known, the time and the place to draw on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from phaseboard.cli.answers import Event, Release, Task
from phaseboard.cli.history import event_line
from phaseboard.cli.phases import badge, mark, next_step, report_wanted
from phaseboard.cli.progress import StageProgress, stage_progress, tasks_in_focus
from phaseboard.cli.status import cycles_line
from phaseboard.cli.tables import BLANK, short_tasks_table, stores_table, title
from phaseboard.cli.words import clean, length

EVENTS_SHOWN = 8

_FIXED_LINES = 16
"""Lines of a board besides its tasks and events."""

_LEAST = 3
_URGENT = ("FAILED", "IN_PROGRESS", "AWAITING_CALLBACK", "PENDING")


@dataclass(frozen=True, slots=True)
class Live:
    """Changes arrive as they are committed."""


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The connection is lost; the next try is made at an instant."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a watcher knows: the release as read last, its latest events, and whether more will come."""

    release: Release
    events: tuple[Event, ...] = ()
    connection: Live | Reconnecting = Live()

    @property
    def phase(self) -> str:
        """The phase of the release as read last."""
        return self.release.status_response.current_phase


def board(watched: Watched, now: datetime, zone: tzinfo, height: int = 60) -> RenderableType:
    """Return the picture: as many of the events and of the tasks, urgent ones first, as `height` has room for."""
    release, status = watched.release, watched.release.status_response
    tasks = tasks_in_focus(release)
    stores = release.stores if status.current_phase in {"SUBMITTED", "COMPLETED"} else ()
    space = height - _FIXED_LINES - len(stores)
    events = watched.events[-min(EVENTS_SHOWN, max(_LEAST, space - len(tasks))) :]
    parts: list[RenderableType] = [
        _header(watched, now),
        Text.assemble(badge(status.current_phase), "  ", clean(status.display_text)),
        BLANK,
        _bars(stage_progress(release)),
        BLANK,
    ]
    if status.regression:
        parts += [cycles_line(status.regression, now, zone), BLANK]
    parts += _tasks(tasks, max(_LEAST, space - len(events)), now)
    if stores:
        parts += [BLANK, stores_table(stores, now, zone)]
    if events:
        parts += [BLANK, *(event_line(event, zone) for event in events)]
    failed = next((task.id for task in tasks if task.status == "FAILED" and task.critical), None)
    if step := next_step(status.actions, release.id, failed):
        parts += [BLANK, step]
    if report := report_wanted(tasks):
        parts.append(report)
    return Group(*parts)


def _header(watched: Watched, now: datetime) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
    line.add_column(justify="right", no_wrap=True)
    line.add_row(title(watched.release), _connection(watched.connection, now))
    return line


def _connection(connection: Live | Reconnecting, now: datetime) -> Text:
    if isinstance(connection, Live):
        return Text("● live", style="green")
    left = length(connection.at - now) if connection.at > now else "a moment"
    return Text(f"○ reconnecting in {left}", style="yellow")


def _bars(stages: Sequence[StageProgress]) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    for stage in stages:
        sign = mark(stage.status)
        bar = ProgressBar(total=1, completed=stage.share, width=30, complete_style="cyan", finished_style="green")
        table.add_row(Text(stage.name), bar, Text(stage.words), sign)
    return table


def _tasks(tasks: Sequence[Task], room: int, now: datetime) -> list[RenderableType]:
    shown = _most_urgent(tasks, room)
    parts: list[RenderableType] = [short_tasks_table(shown, now)] if shown else []
    if hidden := len(tasks) - len(shown):
        parts.append(Text(f"and {hidden} more: see `phaseboard release show`", style="dim"))
    return parts


def _most_urgent(tasks: Sequence[Task], room: int) -> list[Task]:
    """Return at most `room` tasks in their own order: failed ones before running, waiting and settled ones."""
    ranks = {status: rank for rank, status in enumerate(_URGENT)}
    by_urgency = sorted(range(len(tasks)), key=lambda at: ranks.get(tasks[at].status, len(ranks)))
    return [tasks[at] for at in sorted(by_urgency[:room])]
