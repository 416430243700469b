"""T17: small faults put into a copy of the code, each of which some test has to notice.

    python -m tests.reliability mutants          the guards by hand, then a sample of the domain
    MUTANTS=all python -m tests.reliability mutants

The guards are the terms that claiming, finishing, handing back and looking for what is due stand on: every one of them
must die. The domain's mutants are made from its syntax; some change nothing that can be seen, so nine of ten have to.
A copy without a fault comes first: where tests fail by themselves, the death of a mutant would tell nothing. Nor does a
run that does not end: it is counted by itself, and proves nothing.

The mutator is our own. mutmut changes the bodies of functions alone, and half of the domain is tables of the rules;
where it does, each function of the copy is swapped at run time by one of its variants, and pytest stays one process.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.reliability.guards import DOMAIN, GUARDS, ROOT, Mutant
from tests.reliability.mutator import Mutator
from tests.reliability.scale import SEED

SAMPLE = 150
"""How many mutants of the domain are tried unless all are asked for."""

ENOUGH = 0.9
"""The share of the domain's mutants that has to die."""

LIMIT = 600
"""Seconds after which a test run that does not end is given up."""

NOTICED = (1, 2, 4)
"""The exit codes of pytest when a test fails, or when the code cannot even be imported."""

GUARD_TESTS = (("tests/store",), ("tests/engine", "tests/domain", "tests/reliability/test_model.py"))
DOMAIN_TESTS = (("tests/domain",),)

Tests = Sequence[Sequence[str]]


class Fate(StrEnum):
    """What became of a mutant."""

    DIES = "dies"
    SURVIVES = "SURVIVES"
    UNDECIDED = "UNDECIDED"
    """The tests did not end, or ended otherwise than tests do."""


def domain_mutants() -> Iterator[Mutant]:
    """Yield every mutant of the domain."""
    for path in sorted((ROOT / DOMAIN).glob("*.py")):
        source = path.read_text()
        counter = Mutator()
        counter.visit(ast.parse(source))
        for chosen in range(counter.count):
            mutator = Mutator(chosen)
            changed = ast.fix_missing_locations(mutator.visit(ast.parse(source)))
            yield Mutant(f"{path.name}:{mutator.line} #{chosen}", path.relative_to(ROOT), ast.unparse(changed))


def unchanged() -> Iterator[Mutant]:
    """Yield the files that mutants are made of, written as mutants are, but without a fault."""
    for guard in GUARDS:
        yield Mutant("no fault", guard.place, (ROOT / guard.place).read_text())
    for path in sorted((ROOT / DOMAIN).glob("*.py")):
        yield Mutant("no fault", path.relative_to(ROOT), ast.unparse(ast.parse(path.read_text())))


def fate(mutants: Sequence[Mutant], tests: Tests, limit: float = LIMIT) -> Fate:
    """Return what becomes of a copy of the code with these files in it."""
    with TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "src", Path(folder, "src"), ignore=shutil.ignore_patterns("__pycache__"))
        for mutant in mutants:
            Path(folder, mutant.place).write_text(mutant.text)
        found = Fate.SURVIVES
        for paths in tests:
            if (told := _fate(Path(folder), paths, limit)) is Fate.DIES:
                return told
            found = found if told is Fate.SURVIVES else told
    return found


def _fate(folder: Path, paths: Sequence[str], limit: float) -> Fate:
    settled = ("-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-p", "no:randomly")
    command = [sys.executable, "-m", "pytest", "-x", "-q", *settled, *paths]
    env = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        code = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=limit, check=False).returncode
    except subprocess.TimeoutExpired:
        return Fate.UNDECIDED
    return Fate.SURVIVES if code == 0 else Fate.DIES if code in NOTICED else Fate.UNDECIDED


def tried(mutants: Sequence[Mutant], tests: Tests) -> Counter[Fate]:
    """Try mutants, two at a time, tell what becomes of each, and count."""
    count: Counter[Fate] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for mutant, found in zip(mutants, pool.map(lambda mutant: fate([mutant], tests), mutants), strict=True):
            print(f"{found:<10}{mutant.name}", flush=True)
            count[found] += 1
    return count


def verdict(guards: Counter[Fate], domain: Counter[Fate]) -> int:
    """Return the exit code: 1 unless every guard's mutant dies, and enough of the domain's."""
    enough = domain[Fate.DIES] >= ENOUGH * domain.total()
    return 0 if enough and guards[Fate.DIES] == guards.total() else 1


def main() -> int:
    """Try the guards, then the domain; returns 2 when the tests fail without any fault."""
    if fate(list(unchanged()), GUARD_TESTS) is not Fate.SURVIVES:
        print("The tests do not pass on a copy without a fault: nothing can be told of mutants.")
        return 2
    guards = tried([guard.mutant() for guard in GUARDS], GUARD_TESTS)
    every = list(domain_mutants())
    chosen = every if os.environ.get("MUTANTS") == "all" else Random(SEED).sample(every, min(SAMPLE, len(every)))
    domain = tried(chosen, DOMAIN_TESTS)
    for name, count in (("guards", guards), ("domain", domain)):
        undecided = f", {count[Fate.UNDECIDED]} undecided" if count[Fate.UNDECIDED] else ""
        print(f"{name}: {count[Fate.DIES]} of {count.total()} die{undecided}")
    print(f"The domain has {len(every)} mutants; {ENOUGH:.0%} of those tried have to die (SEED={SEED}).")
    return verdict(guards, domain)
