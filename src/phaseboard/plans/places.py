"""Plans in YAML files, and where things stand in them, to point at in messages."""

from collections.abc import Iterable
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from phaseboard.plans.problems import PlanInvalid, Problem, format_path
from phaseboard.plans.tree import Place, read_tree
from phaseboard.plans.wording import shown

__all__ = ["MAX_BYTES", "Places", "format_path", "load_plan", "told"]

MAX_BYTES = 256 * 1024
"""How large a file may be."""


class Places:
    """The places of everything in one document."""

    def __init__(self, root: Place) -> None:
        self._root = root

    def of(self, path: Iterable[str | int]) -> tuple[int, int]:
        """Return line and column, from 1, of what stands at a path or else of the nearest thing around it.

        An index may be a number or its digits, as the API gives it.
        """
        place = self._root
        for piece in path:
            inner = place.inner.get(str(piece))
            if inner is None:
                break
            place = inner
        return place.line, place.column

    def told(self, file: str, problem: Problem) -> str:
        """Return a problem as a line such as `mobile.yaml:12:5: kickoff[1].needs[0]: ...`."""
        return _line(file, problem.place or self.of(problem.path), problem)


def load_plan(text: str | bytes) -> tuple[dict[str, Any], Places]:
    """Return the document that a YAML text holds, not yet checked as a plan, and the places of everything in it.

    Raises PlanInvalid, each problem with its place, when the text is too large, no YAML or no mapping.
    """
    source = _decoded(text)
    try:
        document, root = read_tree(source)
    except YAMLError as error:
        raise PlanInvalid([_problem(error, source)]) from error
    if not isinstance(document, dict):
        message = f"a plan is a mapping of keys to values such as `name: ...`, but this file is {shown(document)}"
        raise PlanInvalid([Problem((), message, (root.line, root.column))])
    return document, Places(root)


def told(file: str, problem: Problem) -> str:
    """Return a problem that `load_plan` raised, as a line with the place that it carries."""
    return _line(file, problem.place or (1, 1), problem)


def _line(file: str, place: tuple[int, int], problem: Problem) -> str:
    return f"{file}:{place[0]}:{place[1]}: {problem}"


def _decoded(text: str | bytes) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise PlanInvalid([Problem((), f"the file has {size:,} bytes; a plan may have {MAX_BYTES:,}", (1, 1))])
    try:
        source = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PlanInvalid([Problem((), "the file is not UTF-8 text; save it as UTF-8", (line, 1))]) from error
    return source.removeprefix("\ufeff")


def _problem(error: YAMLError, source: str) -> Problem:
    if isinstance(error, ReaderError):
        before = source[: error.position]
        column = len(before) - before.rfind("\n")
        message = f"the character U+{ord(source[error.position]):04X} is not allowed in YAML; remove it"
        return Problem((), message, (before.count("\n") + 1, column))
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    words = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    return Problem((), f"this is not YAML that can be read: {words}", place)
