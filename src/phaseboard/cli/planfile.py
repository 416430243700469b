"""A plan as it stands in a file: its document, and where each part of it stands."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from phaseboard.cli.errors import InvalidPlan
from phaseboard.plans.catalog import ExecutorInfo
from phaseboard.plans.check import parse_plan
from phaseboard.plans.document import PlanDocument
from phaseboard.plans.places import MAX_BYTES, Places, load_plan, told
from phaseboard.plans.problems import PlanInvalid, Problem
from phaseboard.plans.values import check_values

STDIN = "-"

PlanPath = Annotated[Path, typer.Argument(metavar="FILE", help="The plan, a YAML file; - is stdin.")]


class _AnySettings(BaseModel):
    model_config = ConfigDict(extra="allow")


class _AnyExecutor:
    """Stands for an executor that only the server knows."""

    settings: type[BaseModel] = _AnySettings
    callback_timeout = timedelta(days=1)


class AnyCatalog(Mapping[str, ExecutorInfo]):
    """A catalog that has every executor: which there are and what they take is for the server to say."""

    def __getitem__(self, name: str) -> ExecutorInfo:
        return _AnyExecutor()

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan that was read; `name` is how the file is called in messages."""

    name: str
    document: Mapping[str, Any]
    places: Places

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the plan in a file or, for `-`, on stdin.

        Raises InvalidPlan for what is no YAML, typer.BadParameter for a file that cannot be read.
        """
        name = "stdin" if str(path) == STDIN else str(path)
        try:
            document, places = load_plan(_content(path, name))
        except PlanInvalid as error:
            raise InvalidPlan([told(name, problem) for problem in error.problems]) from None
        return cls(name, document, places)

    def told(self, problems: Iterable[Problem]) -> InvalidPlan:
        """Return the problems with their places in the file."""
        return InvalidPlan([self.places.told(self.name, problem) for problem in problems])

    def check_shape(self) -> None:
        """Raise InvalidPlan when the server could not even read the plan, with all that can be told of it here."""
        document = dict(self.document)
        if check_values(document) or not _has_shape(document):
            try:
                parse_plan(document, AnyCatalog())
            except PlanInvalid as error:
                raise self.told(error.problems) from None


def _has_shape(document: Mapping[str, Any]) -> bool:
    try:
        PlanDocument.model_validate(document)
    except ValidationError:
        return False
    return True


def _content(path: Path, name: str) -> bytes:
    """Return what a file holds. Raises InvalidPlan when that is more than any plan."""
    try:
        with sys.stdin.buffer if str(path) == STDIN else path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise typer.BadParameter(message, param_hint="FILE") from None
    if len(content) > MAX_BYTES:
        raise InvalidPlan([f"{name}: this is larger than a plan may be ({MAX_BYTES:,} bytes)."])
    return content
