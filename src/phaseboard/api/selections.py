"""What selection sets hold, each looked through once: a document may spread the same one at thousands of places."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a selection set holds by itself, fragments in line looked into."""

    fields: Sequence[FieldNode]
    spreads: Sequence[str]
    """Fragments of the document that are spread, each once."""
    directives: int
    """How many directives stand at what is no field."""


class Selections:
    """The selection sets of a document; `spread` are the fragments that were spread where it was looked."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments: Mapping[str, SelectionSetNode] = {
            node.name.value: node.selection_set
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.spread: set[str] = set()
        self._held: dict[int, Held] = {}
        self._onward: dict[tuple[int, bool], Sequence[str]] = {}

    def at(self, sets: Iterable[SelectionSetNode], *, directives: bool) -> Iterator[Held]:
        """Yield what is selected at one place: what these sets hold, and each fragment that is spread, once.

        What holds no field is left out unless it has directives, and these are asked for. So each step finds something,
        and of a document of which so much may be found, no more than that is looked at.
        """
        seen: set[str] = set()
        left = list(sets)
        while left:
            selections = left.pop()
            yield self._of(selections)
            fresh = [name for name in self._from(selections, directives) if name not in seen]
            seen.update(fresh)
            left.extend(self.fragments[name] for name in fresh)

    def _of(self, selections: SelectionSetNode) -> Held:
        held = self._held.get(id(selections))
        if held is None:
            held = self._held[id(selections)] = _looked_through(selections, self.fragments)
        return held

    def _from(self, selections: SelectionSetNode, directives: bool) -> Sequence[str]:
        """Return the fragments with anything in them that a set leads to, past those without."""
        key = id(selections), directives
        if key not in self._onward:
            found: list[str] = []
            passed: set[str] = set()
            left = list(self._of(selections).spreads)
            while left:
                name = left.pop()
                if name in passed:
                    continue
                passed.add(name)
                held = self._of(self.fragments[name])
                if held.fields or (directives and held.directives):
                    found.append(name)
                else:
                    left.extend(held.spreads)
            self.spread |= passed
            self._onward[key] = found
        return self._onward[key]


def _looked_through(selections: SelectionSetNode, known: Iterable[str]) -> Held:
    fields: list[FieldNode] = []
    spreads: dict[str, None] = {}
    directives = 0
    left: list[SelectionNode] = [*selections.selections]
    while left:
        node = left.pop()
        if isinstance(node, FieldNode):
            fields.append(node)
            continue
        directives += len(node.directives or ())
        if isinstance(node, InlineFragmentNode):
            left.extend(node.selection_set.selections)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in known:
            spreads[node.name.value] = None
    return Held(fields, tuple(spreads), directives)
