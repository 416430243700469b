"""Answers of a server, as small as the test at hand needs them."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from phaseboard.cli.answers import Event, Release

NOW = datetime(2026, 1, 15, 13, 0, tzinfo=UTC)


def seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)


def drawn(renderable: RenderableType, width: int = 100) -> str:
    """Return what a pipe of this width would show, without blanks at the ends of lines."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def task(number: int, name: str, status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    """Return a task of stage 1 unless told otherwise; `cycle` is a number."""
    cycle = more.pop("cycle", None)
    started = None if status == "PENDING" else NOW - seconds(60 * number)
    return {
        "id": f"tsk-a-{number}",
        "name": name,
        "stage": "STAGE_2" if cycle else "STAGE_1",
        "status": status,
        "cycle": {"number": cycle} if cycle else None,
        "startedAt": started,
        "finishedAt": NOW - seconds(5) if status in {"COMPLETED", "FAILED"} else None,
        **more,
    }


def status(phase: str, text: str = "", stages: str = "PPP", **more: Any) -> dict[str, Any]:
    """Return a status; `stages` are the first letters of the three stages' status."""
    words = {"P": "PENDING", "I": "IN_PROGRESS", "C": "COMPLETED"}
    return {
        "stages": {f"stage{at}": words[letter] for at, letter in enumerate(stages, start=1)},
        "currentPhase": phase,
        "displayText": text,
        "regression": None,
        "actions": [],
        "revision": 4,
        "cursor": "c4",
        **more,
    }


def release(status_response: dict[str, Any], *tasks: dict[str, Any], **more: Any) -> Release:
    """Return a release as the board and `release show` get it."""
    return Release.model_validate(
        {
            "id": "rel-a",
            "name": "Mobile app",
            "version": "4.2.0",
            "statusResponse": status_response,
            "tasks": tasks,
            "cycles": [],
            "stores": [],
            **more,
        }
    )


def event(type_name: str, **more: Any) -> Event:
    return Event.model_validate({"type": type_name, "cursor": "c1", "occurredAt": NOW, "revision": 4, **more})


REGRESSION = status(
    "REGRESSION_CYCLE_RUNNING",
    "Stage 2 - RC2 Running (2/3)",
    "CIP",
    regression={
        "currentCycle": {"number": 2, "tag": "RC2", "status": "IN_PROGRESS"},
        "nextCycle": {"number": 3, "tag": "RC3", "scheduledAt": NOW + timedelta(hours=1, minutes=2)},
        "progress": {"completed": 1, "total": 3},
    },
    actions=["PAUSE", "ABANDON_CYCLE"],
)

IN_CYCLE_2 = release(
    REGRESSION,
    task(1, "Cut branch"),
    task(2, "Build", cycle=1),
    task(3, "Build", cycle=2),
    task(4, "Automation run", "AWAITING_CALLBACK", cycle=2, externalUrl="https://ci.example/run/77"),
    cycles=[{"number": 1, "tag": "RC1", "status": "DONE"}, {"number": 2, "tag": "RC2", "status": "IN_PROGRESS"}],
)
