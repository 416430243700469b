"""YAML text turned into values and the places where they stand, in one pass over the parser's events.

Nothing is built from tags, nothing is referred to by alias, and the pass ends as soon as there is too much: so a file
can do no harm. The values come out as JSON has them; dates stay text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from phaseboard.plans.problems import MOST, Path, PlanInvalid, Problem
from phaseboard.plans.scalars import read_scalar
from phaseboard.plans.values import MAX_DEPTH, MAX_VALUES
from phaseboard.plans.wording import quoted

_STRING_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a document: its line and column, from 1, and the nodes in it by key or index."""

    line: int
    column: int
    inner: dict[str, "Place"] = field(default_factory=dict)


def read_tree(text: str) -> tuple[Any, Place]:
    """Return the value and the places of the one document in a text.

    Raises PlanInvalid for what plans may not use (several documents, aliases, tags, duplicate keys) and whatever the
    YAML library raises for text that is no YAML.
    """
    return _Pass(YAML(typ="safe", pure=True).parse(text)).document()


class _Pass:
    """One pass over the events of a text, keeping what is wrong."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._problems: list[Problem] = []
        self._values = 0

    def document(self) -> tuple[Any, Place]:
        starts = (event for event in self._events if isinstance(event, DocumentStartEvent))
        if next(starts, None) is None:
            raise PlanInvalid([Problem((), "the file is empty; write a plan into it", (1, 1))])
        value, place = self._node(next(self._events), ())
        another = next(starts, None)
        if another is not None:
            self._wrong((), "a file holds one plan; remove what follows `---`", another)
        if self._problems:
            raise PlanInvalid(self._problems)
        return value, place

    def _node(self, event: NodeEvent, path: Path) -> tuple[Any, Place]:
        self._check(event, path)
        place = Place(*_mark(event))
        match event:
            case MappingStartEvent():
                return self._mapping(path, place), place
            case SequenceStartEvent():
                return self._sequence(path, place), place
            case ScalarEvent():
                return self._scalar(event), place
        return None, place

    def _mapping(self, path: Path, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, path)
            value, inner = self._node(next(self._events), (*path, key))
            if key in found:
                line = place.inner[key].line
                self._wrong((*path, key), f"duplicate key {quoted(key)}; it stands in line {line} already", event)
                continue
            found[key] = value
            place.inner[key] = Place(*_mark(event), inner.inner)
        return found

    def _key(self, event: NodeEvent, path: Path) -> str:
        if isinstance(event, ScalarEvent):
            self._check(event, path)
            return _whole(event.value)
        self._wrong(path, "a key must be text", event)
        self._node(event, path)
        return ""

    def _sequence(self, path: Path, place: Place) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            value, inner = self._node(event, (*path, len(found)))
            place.inner[str(len(found))] = inner
            found.append(value)
        return found

    def _scalar(self, event: ScalarEvent) -> Any:
        plain = event.tag is None and event.implicit[0]
        return read_scalar(event.value) if plain else _whole(event.value)

    def _check(self, event: NodeEvent, path: Path) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self._stop(f"the plan is too large; it may have {MAX_VALUES:,} values", event)
        if len(path) > MAX_DEPTH:
            self._stop(f"the plan is nested too deep; at most {MAX_DEPTH} levels are allowed", event)
        if isinstance(event, AliasEvent):
            self._wrong(path, f"aliases such as {quoted('*' + event.anchor)} are not allowed; write it out", event)
        elif event.anchor is not None:
            self._wrong(path, f"anchors such as {quoted('&' + event.anchor)} are not allowed; remove it", event)
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) != _STRING_TAG:
            self._wrong(path, f"tags such as {quoted(str(tag))} are not allowed; remove it", event)

    def _wrong(self, path: Path, message: str, event: Event) -> None:
        self._problems.append(Problem(path, message, _mark(event)))
        if len(self._problems) >= MOST:
            raise PlanInvalid(self._problems)

    def _stop(self, message: str, event: Event) -> None:
        raise PlanInvalid([*self._problems, Problem((), message, _mark(event))])


def _whole(text: str) -> str:
    """Return a text in which the halves of characters that JSON escapes (`\\ud83d\\ude80`) are joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _mark(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
