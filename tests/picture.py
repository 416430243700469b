"""The README's picture: what `phaseboard watch` shows of a release in its second regression cycle."""

import re
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from phaseboard.cli.board import Watched, board
from tests.cli.samples import NOW, REGRESSION, event, release, seconds, task

CI = "https://ci.example.com/runs/"


def picture() -> str:
    """Return the picture as SVG; it asks no other server for fonts."""
    console = Console(record=True, file=StringIO(), width=104, force_terminal=True, color_system="truecolor")
    console.print(board(_WATCHED, NOW, ZoneInfo("Europe/Berlin")))
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="phaseboard watch rel-a", code_format=without_fonts, unique_id="watch")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _task(number: int, name: str, took: float, state: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    began = NOW - seconds(took + (0 if state in ("IN_PROGRESS", "AWAITING_CALLBACK") else 60))
    return {
        **task(number, name, state, cycle=2),
        "startedAt": None if state == "PENDING" else began,
        "finishedAt": began + seconds(took) if state == "COMPLETED" else None,
        **more,
    }


_WATCHED = Watched(
    release=release(
        REGRESSION,
        task(1, "Create release branch"),
        _task(2, "RC build iOS", 512, attempt=2, externalUrl=f"{CI}4711"),
        _task(3, "RC build Android", 431, externalUrl=f"{CI}4712"),
        _task(4, "Automation run", 187, "AWAITING_CALLBACK", externalUrl=f"{CI}4713"),
        _task(5, "Notify QA", 1),
        _task(6, "QA sign-off", 0, "PENDING", executor="manual"),
        name="Mobile",
        cycles=[
            {"number": 1, "tag": "RC1", "status": "DONE"},
            {"number": 2, "tag": "RC2", "status": "IN_PROGRESS"},
        ],
    ),
    events=(
        event("CycleChanged", tag="RC2", cycleTo="IN_PROGRESS"),
        event("TaskChanged", name="RC build iOS", taskTo="PENDING", attempt=2, reason="2 of 314 tests failed"),
        event("TaskChanged", name="Automation run", taskTo="AWAITING_CALLBACK", attempt=1),
    ),
)
