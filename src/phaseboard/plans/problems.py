"""What is wrong with a plan, for people: each mistake with its place."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from phaseboard.plans.wording import quoted

Path = tuple[str | int, ...]
"""Where something stands in a plan: keys and list indices from the top, such as `("kickoff", 1, "needs", 0)`."""

MOST = 50
"""How many problems of one plan are told at once."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]{0,60}")
_SHOWN_KEY = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, and in words what is wrong and what to do.

    `place` is the line and column (from 1) where the mistake was found while reading YAML, else None.
    """

    path: Path
    message: str
    place: tuple[int, int] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        where = format_path(self.path)
        return f"{where}: {self.message}" if where else self.message


class PlanInvalid(Exception):
    """A plan that cannot be used; `problems` says why, in the order of their places, at most `MOST` of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def format_path(path: Iterable[str | int]) -> str:
    """Return a path as people write it, such as `kickoff[1].needs[0]`; digits count as an index."""
    text = "".join(_step(piece) for piece in path)
    return text.removeprefix(".")


def subject(path: Path) -> str:
    """Return what a message is about: the last name of the path and the indices after it, in backticks."""
    names = [at for at, piece in enumerate(path) if isinstance(piece, str)]
    if not names:
        return "the plan"
    name, indices = str(path[names[-1]]), path[names[-1] + 1 :]
    return f"`{quoted(name)[1:-1]}{format_path(indices)}`"


def _step(piece: str | int) -> str:
    if isinstance(piece, int) or re.fullmatch(r"[0-9]{1,9}", piece):
        return f"[{piece}]"
    if _PLAIN_KEY.fullmatch(piece):
        return f".{piece}"
    return f"[{json.dumps(piece[:_SHOWN_KEY])}]"
