"""T17: small faults put into a copy of the code, each of which some test has to notice.

    python -m tests.reliability mutants          the guards by hand, then a sample of the domain
    MUTANTS=all python -m tests.reliability mutants

The guards are the terms that claiming, finishing, handing back and looking for what is due stand on: every one of them
must die. The domain's mutants are made from its syntax; some change nothing that can be seen, so the score tells.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.reliability.guards import DOMAIN, GUARDS, ROOT, Mutant
from tests.reliability.scale import SEED

SAMPLE = 150
"""How many mutants of the domain are tried unless all are asked for."""

LIMIT = 600
"""Seconds after which a test run that does not end has noticed."""

GUARD_TESTS = (("tests/store",), ("tests/engine", "tests/domain", "tests/reliability/test_model.py"))
DOMAIN_TESTS = (("tests/domain",),)


class Mutator(ast.NodeTransformer):
    """Makes the n-th of all small changes of a module; with -1 none, and counts them."""

    def __init__(self, chosen: int = -1) -> None:
        self.count = 0
        self.line = 0
        self._chosen = chosen

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if other := _OPPOSITE.get(type(node.ops[0])):
            return self._choose(node, ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return self._choose(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._choose(node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = {ast.Add: ast.Sub, ast.Sub: ast.Add}.get(type(node.op))
        return self._choose(node, ast.BinOp(node.left, other(), node.right)) if other else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return self._choose(node, ast.Constant(not node.value))
        return self._choose(node, ast.Constant(node.value + 1)) if isinstance(node.value, int) else node

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store) or not node.elts:
            return node
        return self._choose(node, ast.Tuple(node.elts[:-1], node.ctx))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = self.visit(node.value) if node.value else None
        return node

    def _choose(self, node: ast.AST, changed: ast.AST) -> ast.AST:
        self.count += 1
        if self.count - 1 != self._chosen:
            return node
        self.line = getattr(node, "lineno", 0)
        return ast.copy_location(changed, node)


_OPPOSITE: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


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


def survives(mutant: Mutant, tests: Sequence[Sequence[str]]) -> bool:
    """Whether no test notices."""
    with TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "src", Path(folder, "src"), ignore=shutil.ignore_patterns("__pycache__"))
        Path(folder, mutant.place).write_text(mutant.text)
        return not any(_noticed(Path(folder), paths) for paths in tests)


def _noticed(folder: Path, paths: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *paths]
    env = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return (
            subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=LIMIT, check=False).returncode != 0
        )
    except subprocess.TimeoutExpired:
        return True


def survivors(mutants: Sequence[Mutant], tests: Sequence[Sequence[str]]) -> list[Mutant]:
    """Try mutants, two at a time, and return those that nobody noticed."""
    left = []
    with ThreadPoolExecutor(2) as pool:
        for mutant, alive in zip(mutants, pool.map(lambda mutant: survives(mutant, tests), mutants), strict=True):
            print("SURVIVES" if alive else "dies    ", mutant.name, flush=True)
            left += [mutant] if alive else []
    return left


def main() -> int:
    """Try the guards, then the domain; fails when a guard's mutant lives."""
    guards = survivors([guard.mutant() for guard in GUARDS], GUARD_TESTS)
    every = list(domain_mutants())
    chosen = every if os.environ.get("MUTANTS") == "all" else Random(SEED).sample(every, min(SAMPLE, len(every)))
    domain = survivors(chosen, DOMAIN_TESTS)
    print(f"guards: {len(GUARDS) - len(guards)} of {len(GUARDS)} die")
    print(f"domain: {len(chosen) - len(domain)} of {len(chosen)} die, of {len(every)} there are (SEED={SEED})")
    return 1 if guards else 0
