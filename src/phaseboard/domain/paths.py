"""The transition table: from each phase, what may happen and which phases it leads to.

`decide` and `advance` are held to it, the tests explore that nothing in it is unreachable, and the README's diagram is
drawn from it. A command that leaves the phase as it is does not appear.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from phaseboard.domain.enums import Action, Phase


class Cause(StrEnum):
    """What may change a phase besides the actions."""

    TIME = "time"
    TASKS_SETTLED = "tasks settled"
    TASK_FAILED = "task failed"
    STORES_APPROVED = "stores approved"
    STORE_REJECTED = "store rejected"
    COMPLETED = "completed"


_KICKOFF, _STARTING, _RUNNING = (
    Phase.KICKOFF,
    Phase.REGRESSION_CYCLE_STARTING,
    Phase.REGRESSION_CYCLE_RUNNING,
)
_WAITING = Phase.REGRESSION_AWAITING_NEXT_CYCLE
_AFTER_1, _AFTER_2 = Phase.AWAITING_REGRESSION, Phase.AWAITING_POST_REGRESSION
_LAST, _SUBMITTED = Phase.POST_REGRESSION, Phase.SUBMITTED
_USER, _FAILURE, _ARCHIVED = Phase.PAUSED_BY_USER, Phase.PAUSED_BY_FAILURE, Phase.ARCHIVED

_COURSE = (_KICKOFF, _AFTER_1, _STARTING, _RUNNING, _WAITING, _AFTER_2, _LAST, _SUBMITTED)

Paths = Mapping[Action | Cause, tuple[Phase, ...]]

PATHS: Mapping[Phase, Paths] = MappingProxyType(
    {
        Phase.NOT_STARTED: {Action.START: (_KICKOFF,)},
        _KICKOFF: {
            Action.PAUSE: (_USER,),
            Cause.TASKS_SETTLED: (_AFTER_1, _STARTING, _WAITING),
            Cause.TASK_FAILED: (_FAILURE,),
        },
        _AFTER_1: {Action.TRIGGER_STAGE_2: (_STARTING, _WAITING), Action.ARCHIVE: (_ARCHIVED,)},
        _STARTING: {Action.PAUSE: (_USER,), Cause.TIME: (_RUNNING,)},
        _RUNNING: {
            Action.PAUSE: (_USER,),
            Action.ABANDON_CYCLE: (_WAITING, _AFTER_2, _LAST),
            Cause.TASKS_SETTLED: (_WAITING, _AFTER_2, _LAST),
            Cause.TASK_FAILED: (_FAILURE,),
        },
        _WAITING: {
            Action.PAUSE: (_USER,),
            Action.SKIP_REMAINING_CYCLES: (_AFTER_2, _LAST),
            Cause.TIME: (_STARTING,),
        },
        _AFTER_2: {Action.TRIGGER_STAGE_3: (_LAST,), Action.ARCHIVE: (_ARCHIVED,)},
        _LAST: {
            Action.PAUSE: (_USER,),
            Cause.TASKS_SETTLED: (_SUBMITTED,),
            Cause.TASK_FAILED: (_FAILURE,),
        },
        _SUBMITTED: {
            Cause.STORES_APPROVED: (Phase.COMPLETED,),
            Cause.COMPLETED: (Phase.COMPLETED,),
            Cause.STORE_REJECTED: (_FAILURE,),
        },
        _USER: {
            Action.RESUME: (*_COURSE, _FAILURE),
            Action.ARCHIVE: (_ARCHIVED,),
        },
        _FAILURE: {
            Action.RETRY_TASK: (_KICKOFF, _RUNNING, _LAST),
            Action.SKIP_TASK: _COURSE,
            Action.ARCHIVE: (_ARCHIVED,),
        },
        Phase.COMPLETED: {},
        _ARCHIVED: {},
    }
)
