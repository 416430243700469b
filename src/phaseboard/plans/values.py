"""That a document is made of JSON values and of a size that everything after can take."""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from phaseboard.plans.problems import MOST, Path, Problem, subject

MAX_CHARACTERS = 256 * 1024
"""Characters in all texts and keys of a plan."""

MAX_VALUES = 10_000
"""Values in a plan: texts, numbers, lists, mappings."""

MAX_DEPTH = 24
"""How deep a plan nests: settings may nest 20 deep, and stand 4 deep at most."""

_MAX_INTEGER = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_values(document: Any) -> list[Problem]:
    """Return what is no JSON value or too much, at most `MOST` problems; none when the document is sound."""
    return list(islice(_Walk().problems(document), MOST))


class _Walk:
    """One pass over a document, counting; it ends as soon as there is too much."""

    def __init__(self) -> None:
        self.characters = 0
        self.values = 0

    def problems(self, document: Any) -> Iterator[Problem]:
        waiting: list[tuple[Path, Any]] = [((), document)]
        while waiting:
            path, value = waiting.pop()
            wrong = self._wrong(path, value)
            if wrong:
                yield Problem(path, f"{subject(path)} {wrong}")
            too_much = self._too_much()
            if too_much:
                yield Problem((), too_much)
                return
            if not wrong:
                waiting.extend(reversed(_children(path, value)))

    def _wrong(self, path: Path, value: Any) -> str:
        self.values += 1
        match value:
            case None | bool() | int() | float():
                return _wrong_number(value or 0)
            case str():
                self.characters += len(value)
                return _wrong_text(value)
            case list() | dict():
                return self._wrong_container(path, value)
            case datetime() if _is_cycle_time(path):
                return ""
            case _:
                return f"cannot be written as JSON (it is of type {type(value).__name__}); write it as text, in quotes"

    def _wrong_container(self, path: Path, value: list[Any] | dict[Any, Any]) -> str:
        if len(path) >= MAX_DEPTH:
            return f"is nested too deep; at most {MAX_DEPTH} levels are allowed"
        if len(value) > MAX_VALUES:
            self.values += len(value)
            return f"has {len(value):,} entries"
        if isinstance(value, dict):
            if not all(isinstance(key, str) for key in value):
                return "has a key that is not text; put it in quotes"
            self.characters += sum(map(len, value))
            return next(filter(None, map(_wrong_text, value)), "")
        return ""

    def _too_much(self) -> str:
        if self.characters > MAX_CHARACTERS:
            return f"the plan is too large; its texts may have {MAX_CHARACTERS:,} characters together"
        if self.values > MAX_VALUES:
            return f"the plan is too large; it may have {MAX_VALUES:,} values"
        return ""


def _is_cycle_time(path: Path) -> bool:
    return path[:2] == ("regression", "cycles") and path[3:] == ("scheduledAt",)


def _wrong_number(number: float) -> str:
    if isinstance(number, int):
        return "is too large a number" if abs(number) > _MAX_INTEGER else ""
    return "" if math.isfinite(number) else "must be a finite number"


def _wrong_text(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        return f"has {len(text):,} characters, more than a whole plan may have"
    if "\0" in text:
        return "contains the character U+0000; remove it"
    if _SURROGATE.search(text):
        return "contains half of a character (a lone surrogate); remove it"
    return ""


def _children(path: Path, value: Any) -> list[tuple[Path, Any]]:
    if isinstance(value, dict):
        return [((*path, key), child) for key, child in value.items()]
    if isinstance(value, list):
        return [((*path, index), child) for index, child in enumerate(value)]
    return []
