"""The phase table, exhaustively: the guide's section 4, rules 1.1 to 1.4."""

from collections import Counter

import pytest

from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action, Phase, TaskStatus
from phaseboard.domain.errors import ActionNotAllowed, IllegalState
from phaseboard.domain.invariants import INVARIANTS
from phaseboard.domain.phase import CRON_STATUS, FINAL_PHASES, PhaseInput, derive_phase
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import decide
from tests.domain import guide
from tests.domain.assemble import CRON_OF, fields_of, phase_input
from tests.factory import NOW


def derived(given: PhaseInput) -> str:
    try:
        return derive_phase(given)
    except IllegalState as illegal:
        return illegal.invariant


def may_exist(given: tuple[str, ...]) -> bool:
    """Whether a release with this input may exist, from the rules alone."""
    status, pause_type, one, two, three, cycle, following = given
    cycle_runs = cycle in ("NOT_STARTED", "IN_PROGRESS")
    none_left = not cycle_runs and following == "none"
    can_fail = "IN_PROGRESS" in (one, three) or (two == "IN_PROGRESS" and cycle == "IN_PROGRESS")
    return all(
        (
            bool(guide.PHASES_OF[given]),
            two == "PENDING" or one == "COMPLETED",
            three == "PENDING" or two == "COMPLETED",
            status in ("IN_PROGRESS", "PAUSED") or pause_type == "NONE",
            status != "PAUSED" or "IN_PROGRESS" in (one, two, three),
            two != "PENDING" or (cycle == guide.NO_CYCLE and following == "none"),
            two != "IN_PROGRESS" or not none_left,
            two != "COMPLETED" or none_left,
            pause_type != "TASK_FAILURE" or can_fail,
        )
    )


def built(given: tuple[str, ...]) -> Release | str:
    try:
        return Release(**fields_of(given))
    except IllegalState as illegal:
        return illegal.invariant


def tried(release: Release, action: Action) -> tuple[int, list[Action]]:
    """Return by how much the revision grew, and what a refusal says is allowed."""
    failed = next((task.id for task in release.tasks if task.status is TaskStatus.FAILED), None)
    try:
        decision = decide(release, Perform(action=action, task_id=failed), NOW)
    except ActionNotAllowed as refusal:
        return 0, list(refusal.allowed)
    return decision.release.revision - release.revision, []


def test_there_are_6480_inputs() -> None:
    assert len(set(guide.INPUTS)) == 6 * 4 * 27 * 5 * 2 == 6480


def test_the_guides_rows_cover_1785_inputs_and_never_two_at_once() -> None:
    covered = Counter(given for row in guide.GUIDE_ROWS for given in row.inputs())
    assert (len(covered), set(covered.values())) == (1785, {1})


def test_the_added_rows_cover_two_more() -> None:
    assert Counter(len(phases) for phases in guide.PHASES_OF.values()) == {0: 4693, 1: 1787}


def test_every_input_has_the_phase_of_its_row_or_none() -> None:
    no_row = "every release has a phase of the guide's table"
    expected = {given: next(iter(guide.PHASES_OF[given]), no_row) for given in guide.INPUTS}
    assert {given: derived(phase_input(given)) for given in guide.INPUTS} == expected


def test_a_release_is_built_of_those_inputs_alone_that_the_rules_allow() -> None:
    results = {given: built(given) for given in guide.INPUTS}
    releases = {given: result for given, result in results.items() if isinstance(result, Release)}
    assert set(releases) == {given for given in guide.INPUTS if may_exist(given)}
    assert {release.phase for release in releases.values()} == set(Phase)
    assert {result for result in results.values() if isinstance(result, str)} <= {name for name, _ in INVARIANTS}


def test_in_every_state_exactly_the_guides_actions_are_carried_out() -> None:
    for release in (Release(**fields_of(given)) for given in guide.INPUTS if may_exist(given)):
        offered = guide.ACTIONS[release.phase]
        expected = {action: (1, []) if action in offered else (0, offered) for action in Action}
        assert {action: tried(release, action) for action in Action} == expected


@pytest.mark.parametrize("phase", Phase)
def test_cron_follows_the_phase_as_rules_1_4_say(phase: Phase) -> None:
    assert CRON_STATUS[phase] is CRON_OF[phase]


def test_nothing_leaves_completed_and_archived() -> None:
    assert {Phase.COMPLETED, Phase.ARCHIVED} == FINAL_PHASES
