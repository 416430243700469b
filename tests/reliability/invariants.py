"""The invariants I1 to I11, one function each; every tier ends with `check_invariants`.

An invariant yields one line for each thing that breaks it, with the rows that show it. They stand in the modules beside
this one, by what they are about. None of them asks the engine or the transition functions what is right: the plan, the
guide's tables and the log are held against each other.
"""

from collections.abc import Callable, Mapping

from tests.reliability.findings import Broken
from tests.reliability.history import History
from tests.reliability.leases import leases_do_not_overlap, nothing_is_claimed_while_held
from tests.reliability.losses import no_task_is_lost, nothing_acknowledged_is_lost, nothing_is_left
from tests.reliability.numbering import one_cycle_per_number, revisions_have_no_gap
from tests.reliability.phases import every_state_is_in_the_table, phase_is_that_of_the_last_event, phases_form_a_path
from tests.reliability.results import (
    one_key_over_all_attempts,
    one_result_takes_effect,
    results_are_those_of_the_newest_token,
    rows_are_what_the_log_says,
)
from tests.reliability.streams import broken_streams

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
