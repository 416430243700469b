"""The weight of documents: what a plain reading of the specification finds, in work that the limits bound."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.api.weight import Weight, check_weight, weigh
from phaseboard.limits import Limits
from tests.steps import steps

SMALL = Limits(depth=5, fields=60, directives=10_000)


class TooMuch(Exception):
    pass


class Plain:
    """Collects fields by recursion, just as the specification says it (section 6.3.2), and counts them."""

    def __init__(self, document: DocumentNode) -> None:
        self.weight = Weight(tokens=document.token_count)
        definitions = document.definitions
        self.fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        self.spread: set[str] = set()
        for node in definitions:
            self.weight.directives += len(node.directives or ())  # type: ignore[attr-defined]
            if isinstance(node, OperationDefinitionNode):
                self.weight.operations += 1
                self.place([node.selection_set], 1)
        for name, fragment in self.fragments.items():
            if name not in self.spread:
                self.place([fragment.selection_set], 1)

    def place(self, sets: Iterable[SelectionSetNode], depth: int) -> None:
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selections in sets:
            self.collect(selections.selections, found, seen)
        for fields in found.values():
            self.weight.depth = max(self.weight.depth, depth)
            self.weight.repeated += len(fields) * (len(fields) - 1) // 2
            if depth > SMALL.depth:
                raise TooMuch
            below = [field.selection_set for field in fields if field.selection_set]
            if below:
                self.place(below, depth + 1)

    def collect(self, nodes: Iterable[SelectionNode], found: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for node in nodes:
            self.weight.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.weight.fields += 1
                self.weight.aliases += node.alias is not None
                if self.weight.fields > SMALL.fields:
                    raise TooMuch
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self.collect(node.selection_set.selections, found, seen)
            elif (name := node.name.value) not in seen:  # type: ignore[attr-defined]
                seen.add(name)
                self.spread.add(name)
                if name in self.fragments:
                    self.collect(self.fragments[name].selection_set.selections, found, seen)


DIRECTIVE = st.sampled_from(["", "", "", "@x", "@x @y"])
LEAF = st.builds("{} {}".format, st.sampled_from(["a", "b", "c: a"]), DIRECTIVE)
SPREAD = st.builds("...{} {}".format, st.sampled_from(["F0", "F1", "F2", "F3", "Missing"]), DIRECTIVE)
SELECTION = st.recursive(
    LEAF | SPREAD,
    lambda inner: st.builds(
        "{} {} {{ {} }}".format,
        st.sampled_from(["a", "b", "d: a", "...", "... on T"]),
        DIRECTIVE,
        st.lists(inner, min_size=1, max_size=4).map(" ".join),
    ),
    max_leaves=8,
)
SELECTIONS = st.lists(SELECTION, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(SELECTIONS, min_size=1, max_size=2), st.lists(SELECTIONS, max_size=4))
def test_all_is_found_that_a_plain_reading_finds(operations: list[str], fragments: list[str]) -> None:
    text = " ".join(f"query Q{number} {{ {operation} }}" for number, operation in enumerate(operations))
    text += "".join(f" fragment F{number} on T {{ {fragment} }}" for number, fragment in enumerate(fragments))
    document = parse(text)
    measured = weigh(document, SMALL)
    try:
        plain = Plain(document).weight
    except TooMuch:
        assert check_weight(measured, SMALL)
    else:
        assert measured == plain
        few = replace(SMALL, directives=2)
        assert bool(check_weight(weigh(document, few), few)) is (plain.directives > 2)


def doubling(levels: int, extra: str) -> str:
    """Return two fields in each of which are two more and so on, something else beside them all."""
    names = ("tasks", "cycles")
    sets = [" ".join(f"{name} {{ ...D{level + 1} {extra} }}" for name in names) for level in range(levels)]
    return (
        "{ ...D0 } "
        + " ".join(f"fragment D{level} on T {{ {inner} }}" for level, inner in enumerate(sets))
        + (f" fragment D{levels} on T {{ id }} ")
    )


def chain(links: int, directive: str = "") -> str:
    return " ".join(f"fragment C{n} on T {{ ...C{(n + 1) % links} {directive} }}" for n in range(links))


def clique(size: int) -> str:
    return " ".join(f"fragment C{n} on T {{ a " + " ".join(f"...C{m}" for m in range(size)) + " }" for n in range(size))


BOMBS = {
    "one spread again and again": doubling(9, "...Z")
    + "fragment Z on T {"
    + "...F " * 850
    + "} fragment F on T { id }",
    "the same, in place": doubling(9, "...F " * 45) + "fragment F on T { id }",
    "spreads of nothing": doubling(9, "...Z") + "fragment Z on T {" + " ".join(f"...M{n}" for n in range(850)) + " }",
    "fragments without fields": doubling(9, "...C0") + chain(200),
    "fragments without fields, with directives": doubling(9, "...C0") + chain(170, "@x"),
    "fragments in line": doubling(9, "...Z") + "fragment Z on T {" + "... { " * 150 + "id" + " }" * 150 + " }",
    "all spread all": doubling(9, "...C0") + clique(26),
    "many roots": "{ a } " + " ".join(f"fragment R{n} on T {{ ...C0 }}" for n in range(120)) + chain(110),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_the_work_is_bounded_by_the_limits(text: str) -> None:
    limits = Limits()
    document = parse(text)
    assert document.token_count <= limits.tokens
    assert steps(lambda: weigh(document, limits)) <= 100 * limits.fields
