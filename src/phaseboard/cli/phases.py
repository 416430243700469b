"""Phases for the eye: a word, a colour, and what a person can do next."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from phaseboard.cli.answers import Task
from phaseboard.cli.words import clean, command_word, in_words

_PHASE_STYLES: Mapping[str, str] = {
    "NOT_STARTED": "white",
    "KICKOFF": "cyan",
    "AWAITING_REGRESSION": "yellow",
    "REGRESSION_CYCLE_STARTING": "cyan",
    "REGRESSION_CYCLE_RUNNING": "cyan",
    "REGRESSION_AWAITING_NEXT_CYCLE": "blue",
    "AWAITING_POST_REGRESSION": "yellow",
    "POST_REGRESSION": "cyan",
    "SUBMITTED": "magenta",
    "COMPLETED": "green",
    "PAUSED_BY_USER": "yellow",
    "PAUSED_BY_FAILURE": "red",
    "ARCHIVED": "bright_black",
}

_STATUS_LOOKS: Mapping[str, tuple[str, str]] = {
    "PENDING": ("·", "bright_black"),
    "NOT_STARTED": ("·", "bright_black"),
    "IN_PROGRESS": ("▶", "cyan"),
    "AWAITING_CALLBACK": ("…", "blue"),
    "COMPLETED": ("✓", "green"),
    "DONE": ("✓", "green"),
    "APPROVED": ("✓", "green"),
    "SUCCEEDED": ("✓", "green"),
    "FAILED": ("✗", "red"),
    "REJECTED": ("✗", "red"),
    "ABANDONED": ("-", "yellow"),
    "SKIPPED": ("-", "yellow"),
}

_ON_TASKS = {"RETRY_TASK", "SKIP_TASK"}


def badge(phase: str) -> Text:
    """Return a phase in words and in its colour."""
    return Text(in_words(phase).capitalize(), style=f"bold {phase_style(phase)}")


def phase_style(phase: str) -> str:
    """Return the colour of a phase."""
    return _PHASE_STYLES.get(phase, "white")


def mark(status: str) -> Text:
    """Return the status of a task, cycle or store in words, after a sign that does without colour."""
    sign, style = _STATUS_LOOKS.get(status, ("?", ""))
    return Text(f"{sign} {in_words(status)}", style=style)


def report_wanted(tasks: Sequence[Task]) -> Text | None:
    """Return the command that reports a task which waits for a person, None when none does."""
    waiting = next((task for task in tasks if task.executor == "manual" and task.status == "AWAITING_CALLBACK"), None)
    if waiting is None:
        return None
    command = f"phaseboard report task {clean(waiting.id)} --attempt {waiting.attempt} --outcome succeeded"
    return Text(f"{clean(waiting.name, 60)} waits for a person: {command}", style="dim")


def next_step(actions: Sequence[str], release_id: str, task_id: str | None = None) -> Text | None:
    """Return what the release allows now with the command for the first of it, None when it allows nothing."""
    if not actions:
        return None
    words = ", ".join(command_word(action) for action in actions)
    target = clean(task_id or "TASK") if actions[0] in _ON_TASKS else clean(release_id)
    return Text(f"Possible now: {words}   (phaseboard act {command_word(actions[0])} {target})", style="dim")
