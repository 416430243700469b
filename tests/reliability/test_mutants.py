"""The mutants are what they are meant to be; that they die is told by `make mutants`."""

import ast

import pytest

from tests.reliability.guards import GUARDS, Guard
from tests.reliability.mutants import domain_mutants


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_every_guard_is_there_and_can_be_dropped(guard: Guard) -> None:
    ast.parse(guard.mutant().text)


def test_the_domain_has_mutants() -> None:
    mutants = list(domain_mutants())
    assert len({mutant.text for mutant in mutants}) == len(mutants) > 300
