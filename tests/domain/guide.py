"""The guide's tables and examples, word for word, and the two rows of rules 1.2: what the domain is held to.

Written out here, never imported from the package: a test that compared the package with itself would prove nothing.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

STATUSES = ("PENDING", "IN_PROGRESS", "PAUSED", "SUBMITTED", "COMPLETED", "ARCHIVED")
STAGE_STATUSES = ("PENDING", "IN_PROGRESS", "COMPLETED")
PAUSE_TYPES = ("NONE", "AWAITING_STAGE_TRIGGER", "USER_REQUESTED", "TASK_FAILURE")
CYCLE_STATUSES = ("NOT_STARTED", "IN_PROGRESS", "DONE", "ABANDONED")
NO_CYCLE = "no cycle opened yet"

COLUMNS = (STATUSES, PAUSE_TYPES, *[STAGE_STATUSES] * 3, (NO_CYCLE, *CYCLE_STATUSES), ("exists", "none"))
"""What the phase depends on: status, pause type, three stages, cycle, next cycle."""

PHASES = """
| release.status | pauseType | stage1 | stage2 | stage3 | cycle.status | nextCycle | **Phase** |
|----------------|-----------|--------|--------|--------|--------------|-----------|-----------|
| PENDING | - | PENDING | PENDING | PENDING | - | - | `NOT_STARTED` |
| IN_PROGRESS | NONE | IN_PROGRESS | PENDING | PENDING | - | - | `KICKOFF` |
| IN_PROGRESS | AWAITING_STAGE_TRIGGER | COMPLETED | PENDING | PENDING | - | - | `AWAITING_REGRESSION` |
| IN_PROGRESS | NONE | COMPLETED | IN_PROGRESS | PENDING | NOT_STARTED | any | `REGRESSION_CYCLE_STARTING` |
| IN_PROGRESS | NONE | COMPLETED | IN_PROGRESS | PENDING | IN_PROGRESS | any | `REGRESSION_CYCLE_RUNNING` |
| IN_PROGRESS | NONE | COMPLETED | IN_PROGRESS | PENDING | DONE | exists | `REGRESSION_AWAITING_NEXT_CYCLE` |
| IN_PROGRESS | AWAITING_STAGE_TRIGGER | COMPLETED | COMPLETED | PENDING | - | - | `AWAITING_POST_REGRESSION` |
| IN_PROGRESS | NONE | COMPLETED | COMPLETED | IN_PROGRESS | - | - | `POST_REGRESSION` |
| SUBMITTED | - | COMPLETED | COMPLETED | COMPLETED | - | - | `SUBMITTED` |
| COMPLETED | - | COMPLETED | COMPLETED | COMPLETED | - | - | `COMPLETED` |
| PAUSED | USER_REQUESTED | any | any | any | - | - | `PAUSED_BY_USER` |
| PAUSED | TASK_FAILURE | any | any | any | - | - | `PAUSED_BY_FAILURE` |
| ARCHIVED | - | any | any | any | - | - | `ARCHIVED` |
"""

PHASES_ADDED = """
| release.status | pauseType | stage1 | stage2 | stage3 | cycle.status | nextCycle | phase |
|---|---|---|---|---|---|---|---|
| IN_PROGRESS | NONE | COMPLETED | IN_PROGRESS | PENDING | ABANDONED | exists | REGRESSION_AWAITING_NEXT_CYCLE |
| IN_PROGRESS | NONE | COMPLETED | IN_PROGRESS | PENDING | no cycle opened yet | exists | REGRESSION_AWAITING_NEXT_CYCLE |
"""  # noqa: E501 - word for word

QUICK_REFERENCE = """
| Phase | Display Text | Actions |
|-------|--------------|---------|
| NOT_STARTED | Not Started | START |
| KICKOFF | Stage 1 - Kickoff Running | PAUSE |
| AWAITING_REGRESSION | Stage 1 Complete - Awaiting Regression Start | TRIGGER_STAGE_2, ARCHIVE |
| REGRESSION_CYCLE_STARTING | Stage 2 - RC{n} Starting... | PAUSE |
| REGRESSION_CYCLE_RUNNING | Stage 2 - RC{n} Running ({x}/{y}) | PAUSE, ABANDON_CYCLE |
| REGRESSION_AWAITING_NEXT_CYCLE | RC{n} Done - RC{n+1} scheduled at {time} | PAUSE, SKIP_REMAINING_CYCLES |
| AWAITING_POST_REGRESSION | Stage 2 Complete - Awaiting Pre-Release Start | TRIGGER_STAGE_3, ARCHIVE |
| POST_REGRESSION | Stage 3 - Pre-Release Running | PAUSE |
| SUBMITTED | Submitted - Awaiting Store Approval | - |
| COMPLETED | Released | - |
| PAUSED_BY_USER | Paused by User | RESUME, ARCHIVE |
| PAUSED_BY_FAILURE | Paused - Task Failed | RETRY_TASK, SKIP_TASK, ARCHIVE |
| ARCHIVED | Archived | - |
"""


class Row(NamedTuple):
    """A row of a phase table as it is written."""

    status: str
    pause_type: str
    stage1: str
    stage2: str
    stage3: str
    cycle: str
    next_cycle: str
    phase: str

    def inputs(self) -> Iterator[tuple[str, ...]]:
        """Yield every input that the row covers."""
        return product(
            *(values if cell in ("-", "any") else (cell,) for cell, values in zip(self, COLUMNS, strict=False))
        )


def rows_of(table: str) -> list[list[str]]:
    """Return the cells of a table written in Markdown, without its head."""
    lines = table.strip().splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


GUIDE_ROWS = [Row(*cells) for cells in rows_of(PHASES)]
ADDED_ROWS = [Row(*cells) for cells in rows_of(PHASES_ADDED)]

INPUTS = list(product(*COLUMNS))
"""Every combination there is."""

PHASES_OF: dict[tuple[str, ...], list[str]] = {given: [] for given in INPUTS}
"""The phases of all rows, the guide's and the added ones, that cover an input."""

for _row in (*GUIDE_ROWS, *ADDED_ROWS):
    for _given in _row.inputs():
        PHASES_OF[_given].append(_row.phase)

ACTIONS = {phase: [] if actions == "-" else actions.split(", ") for phase, _, actions in rows_of(QUICK_REFERENCE)}
TEXTS = {phase: text for phase, text, _ in rows_of(QUICK_REFERENCE)}

ALL_ACTIONS = (
    "START",
    "PAUSE",
    "RESUME",
    "TRIGGER_STAGE_2",
    "TRIGGER_STAGE_3",
    "RETRY_TASK",
    "SKIP_TASK",
    "ABANDON_CYCLE",
    "SKIP_REMAINING_CYCLES",
    "ARCHIVE",
)

SAMPLE: dict[str, Any] = json.loads("""
{
  "release": {
    "id": "rel-123",
    "status": "IN_PROGRESS"
  },
  "stages": {
    "stage1": "COMPLETED",
    "stage2": "IN_PROGRESS",
    "stage3": "PENDING"
  },
  "cron": {
    "status": "RUNNING",
    "pauseType": "NONE"
  },
  "currentPhase": "REGRESSION_AWAITING_NEXT_CYCLE",
  "displayText": "RC1 Done - RC2 scheduled at 2:00 PM (1/3)",
  "regression": {
    "currentCycle": {
      "number": 1,
      "tag": "RC1",
      "status": "DONE"
    },
    "nextCycle": {
      "number": 2,
      "tag": "RC2",
      "scheduledAt": "2024-01-15T14:00:00Z"
    },
    "progress": {
      "completed": 1,
      "total": 3
    }
  },
  "actions": ["PAUSE", "SKIP_REMAINING_CYCLES"]
}
""")
"""The guide's section 5."""

EXAMPLES: list[dict[str, Any]] = json.loads("""
[
  {
    "release": { "id": "rel-123", "status": "PENDING" },
    "stages": { "stage1": "PENDING", "stage2": "PENDING", "stage3": "PENDING" },
    "cron": { "status": "PENDING", "pauseType": "NONE" },
    "currentPhase": "NOT_STARTED",
    "displayText": "Not Started",
    "regression": null,
    "actions": ["START"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "IN_PROGRESS", "stage2": "PENDING", "stage3": "PENDING" },
    "cron": { "status": "RUNNING", "pauseType": "NONE" },
    "currentPhase": "KICKOFF",
    "displayText": "Stage 1 - Kickoff Running",
    "regression": null,
    "actions": ["PAUSE"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "PENDING", "stage3": "PENDING" },
    "cron": { "status": "PAUSED", "pauseType": "AWAITING_STAGE_TRIGGER" },
    "currentPhase": "AWAITING_REGRESSION",
    "displayText": "Stage 1 Complete - Awaiting Regression Start",
    "regression": null,
    "actions": ["TRIGGER_STAGE_2", "ARCHIVE"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "IN_PROGRESS", "stage3": "PENDING" },
    "cron": { "status": "RUNNING", "pauseType": "NONE" },
    "currentPhase": "REGRESSION_CYCLE_STARTING",
    "displayText": "Stage 2 - RC1 Starting...",
    "regression": {
      "currentCycle": { "number": 1, "tag": "RC1", "status": "NOT_STARTED" },
      "nextCycle": { "number": 2, "tag": "RC2", "scheduledAt": "2024-01-15T14:00:00Z" },
      "progress": { "completed": 0, "total": 3 }
    },
    "actions": ["PAUSE"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "IN_PROGRESS", "stage3": "PENDING" },
    "cron": { "status": "RUNNING", "pauseType": "NONE" },
    "currentPhase": "REGRESSION_CYCLE_RUNNING",
    "displayText": "Stage 2 - RC1 Running (1/3)",
    "regression": {
      "currentCycle": { "number": 1, "tag": "RC1", "status": "IN_PROGRESS" },
      "nextCycle": { "number": 2, "tag": "RC2", "scheduledAt": "2024-01-15T14:00:00Z" },
      "progress": { "completed": 0, "total": 3 }
    },
    "actions": ["PAUSE", "ABANDON_CYCLE"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "IN_PROGRESS", "stage3": "PENDING" },
    "cron": { "status": "RUNNING", "pauseType": "NONE" },
    "currentPhase": "REGRESSION_AWAITING_NEXT_CYCLE",
    "displayText": "RC1 Done - RC2 scheduled at 2:00 PM (1/3)",
    "regression": {
      "currentCycle": { "number": 1, "tag": "RC1", "status": "DONE" },
      "nextCycle": { "number": 2, "tag": "RC2", "scheduledAt": "2024-01-15T14:00:00Z" },
      "progress": { "completed": 1, "total": 3 }
    },
    "actions": ["PAUSE", "SKIP_REMAINING_CYCLES"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "COMPLETED", "stage3": "PENDING" },
    "cron": { "status": "PAUSED", "pauseType": "AWAITING_STAGE_TRIGGER" },
    "currentPhase": "AWAITING_POST_REGRESSION",
    "displayText": "Stage 2 Complete - Awaiting Pre-Release Start",
    "regression": {
      "currentCycle": null,
      "nextCycle": null,
      "progress": { "completed": 3, "total": 3 }
    },
    "actions": ["TRIGGER_STAGE_3", "ARCHIVE"]
  },
  {
    "release": { "id": "rel-123", "status": "IN_PROGRESS" },
    "stages": { "stage1": "COMPLETED", "stage2": "COMPLETED", "stage3": "IN_PROGRESS" },
    "cron": { "status": "RUNNING", "pauseType": "NONE" },
    "currentPhase": "POST_REGRESSION",
    "displayText": "Stage 3 - Pre-Release Running",
    "regression": null,
    "actions": ["PAUSE"]
  },
  {
    "release": { "id": "rel-123", "status": "SUBMITTED" },
    "stages": { "stage1": "COMPLETED", "stage2": "COMPLETED", "stage3": "COMPLETED" },
    "cron": { "status": "COMPLETED", "pauseType": "NONE" },
    "currentPhase": "SUBMITTED",
    "displayText": "Submitted - Awaiting Store Approval",
    "regression": null,
    "actions": []
  },
  {
    "release": { "id": "rel-123", "status": "COMPLETED" },
    "stages": { "stage1": "COMPLETED", "stage2": "COMPLETED", "stage3": "COMPLETED" },
    "cron": { "status": "COMPLETED", "pauseType": "NONE" },
    "currentPhase": "COMPLETED",
    "displayText": "Released",
    "regression": null,
    "actions": []
  },
  {
    "release": { "id": "rel-123", "status": "PAUSED" },
    "stages": { "stage1": "COMPLETED", "stage2": "IN_PROGRESS", "stage3": "PENDING" },
    "cron": { "status": "PAUSED", "pauseType": "USER_REQUESTED" },
    "currentPhase": "PAUSED_BY_USER",
    "displayText": "Paused by User",
    "regression": {
      "currentCycle": { "number": 2, "tag": "RC2", "status": "IN_PROGRESS" },
      "nextCycle": { "number": 3, "tag": "RC3", "scheduledAt": "2024-01-15T16:00:00Z" },
      "progress": { "completed": 1, "total": 3 }
    },
    "actions": ["RESUME", "ARCHIVE"]
  },
  {
    "release": { "id": "rel-123", "status": "PAUSED" },
    "stages": { "stage1": "IN_PROGRESS", "stage2": "PENDING", "stage3": "PENDING" },
    "cron": { "status": "PAUSED", "pauseType": "TASK_FAILURE" },
    "currentPhase": "PAUSED_BY_FAILURE",
    "displayText": "Paused - Task Failed",
    "regression": null,
    "actions": ["RETRY_TASK", "SKIP_TASK", "ARCHIVE"]
  },
  {
    "release": { "id": "rel-123", "status": "ARCHIVED" },
    "stages": { "stage1": "COMPLETED", "stage2": "IN_PROGRESS", "stage3": "PENDING" },
    "cron": { "status": "PAUSED", "pauseType": "NONE" },
    "currentPhase": "ARCHIVED",
    "displayText": "Archived",
    "regression": null,
    "actions": []
  }
]
""")
"""The guide's section 6, one example a phase."""
