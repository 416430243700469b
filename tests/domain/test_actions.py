"""Actions and what is said where one is not offered: the guide's quick reference, rules 3.1 and 3.2."""

import pytest

from phaseboard.domain.actions import ACTIONS, available_actions, why_not
from phaseboard.domain.enums import Action, Phase
from tests.domain import guide


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_offers_the_guides_actions_in_the_guides_order(phase: Phase) -> None:
    assert list(available_actions(phase)) == guide.ACTIONS[phase]


def test_the_actions_are_the_guides() -> None:
    assert tuple(Action) == guide.ALL_ACTIONS
    assert list(ACTIONS) == list(guide.ACTIONS)


@pytest.mark.parametrize("phase", Phase)
def test_a_refusal_names_action_and_phase_and_says_what_has_to_happen_first(phase: Phase) -> None:
    refused = [action for action in Action if action not in guide.ACTIONS[phase]]
    texts = {action: why_not(action, phase) for action in refused}
    openings = {action: f"{action} is not possible in phase {phase}. " for action in refused}
    assert [action for action in refused if not texts[action].startswith(openings[action])] == []
    advice = [texts[action].removeprefix(openings[action]) for action in refused]
    assert all(words[0].isupper() and words.endswith(".") and "  " not in words for words in advice)
