"""The mutants are what they are meant to be, and so is what is told of them; that they die `make mutants` tells."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.reliability.guards import GUARDS, PACKAGE, ROOT, Guard, Mutant
from tests.reliability.mutants import Fate, domain_mutants, fate, unchanged, verdict

INIT = PACKAGE / "__init__.py"
LOOKS = """
import phaseboard
from phaseboard.domain import transitions
def test_there_is_no_fault():
    assert not hasattr(phaseboard, "FAULT")
"""
WAITS = """
def test_that_never_ends():
    while True:
        pass
"""


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_every_guard_is_there_and_can_be_dropped(guard: Guard) -> None:
    ast.parse(guard.mutant().text)


def test_the_domain_has_mutants() -> None:
    mutants = list(domain_mutants())
    assert len({mutant.text for mutant in mutants}) == len(mutants) > 300


def faulty(more: str) -> list[Mutant]:
    return [Mutant("a fault", INIT, (ROOT / INIT).read_text() + more)]


@pytest.mark.parametrize(
    ("mutants", "test", "limit", "told"),
    [
        (faulty("FAULT = 1"), LOOKS, 100, Fate.DIES),
        (faulty("raise ImportError"), LOOKS, 100, Fate.DIES),
        (list(unchanged()), LOOKS, 100, Fate.SURVIVES),
        (faulty("FAULT = 1"), "", 100, Fate.UNDECIDED),
        (faulty("FAULT = 1"), WAITS, 1, Fate.UNDECIDED),
    ],
    ids=["a test fails", "it cannot be imported", "no fault", "there is no test", "a test does not end"],
)
def test_what_becomes_of_a_copy(tmp_path: Path, mutants: list[Mutant], test: str, limit: float, told: Fate) -> None:
    (tmp_path / "test_it.py").write_text(test)
    assert fate(mutants, [[str(tmp_path)]], limit) is told


@pytest.mark.parametrize(
    ("guards", "domain", "code"),
    [
        ({Fate.DIES: 9}, {Fate.DIES: 9, Fate.SURVIVES: 1}, 0),
        ({Fate.DIES: 8, Fate.SURVIVES: 1}, {Fate.DIES: 10}, 1),
        ({Fate.DIES: 8, Fate.UNDECIDED: 1}, {Fate.DIES: 10}, 1),
        ({Fate.DIES: 9}, {Fate.DIES: 8, Fate.SURVIVES: 2}, 1),
        ({Fate.DIES: 9}, {Fate.DIES: 8, Fate.SURVIVES: 1, Fate.UNDECIDED: 1}, 1),
    ],
)
def test_what_has_to_die(guards: dict[Fate, int], domain: dict[Fate, int], code: int) -> None:
    assert verdict(Counter(guards), Counter(domain)) == code
