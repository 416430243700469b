"""Documents as clients send them: parsed, checked and validated once for all who send the same."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

from phaseboard.api.compiled.plans import Plans

MAX_TOKENS = 2_000
CACHED_DOCUMENTS = 500
CACHED_CHARACTERS = 400_000
"""Characters of all documents that are kept; a parsed one takes some hundred bytes for each of its own."""

LARGEST, LARGE_DOCUMENTS = 16_384, 8
"""Larger documents, in characters, are kept apart, and only so many: they push out none that are used often."""

UNCLEAR = "The document has several operations: say which one to run, by `operationName`."

Check = Callable[[DocumentNode], Sequence[GraphQLError]]
"""Says what is wrong with a document that was parsed, and is not validated yet."""


class Refused(Exception):
    """An operation could not begin."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document, or what is wrong with it."""

    parsed: DocumentNode
    """Empty when the text could not be parsed."""
    errors: Sequence[GraphQLError]
    plans: Plans = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", Plans(self.parsed))

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation of that name. Raises GraphQLError when it cannot be told which one is meant."""
        operations = [node for node in self.parsed.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(named) == 1:
            return named[0]
        raise GraphQLError(UNCLEAR if name is None and operations else f'There is no operation named "{name}".')

    def kind(self, name: str | None) -> OperationType:
        """Return whether that operation queries, mutates or subscribes. Raises GraphQLError like `operation`."""
        return self.operation(name).operation

    def root_fields(self, name: str | None) -> Sequence[str]:
        """Return the schema's names of all fields at the root of that operation, those that may be skipped as well.

        Fragments are looked into. Raises GraphQLError like `operation`.
        """
        fragments = {node.name.value: node for node in self.parsed.definitions if type(node) is FragmentDefinitionNode}
        found: dict[str, None] = {}
        spread: set[str] = set()
        left: list[SelectionSetNode] = [self.operation(name).selection_set]
        while left:
            for selection in left.pop().selections:
                if isinstance(selection, FieldNode):
                    found[selection.name.value] = None
                elif not isinstance(selection, FragmentSpreadNode):
                    left.append(selection.selection_set)  # type: ignore[attr-defined]
                elif (named := selection.name.value) not in spread:
                    spread.add(named)
                    left.extend(fragments[named].selection_set for _ in fragments.keys() & {named})
        return tuple(found)


class Documents:
    """The documents used last, for one schema; `check` looks at each before it is validated."""

    def __init__(self, schema: GraphQLSchema, check: Check = lambda _: ()) -> None:
        self._schema = schema
        self._check = check
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._large = lru_cache(maxsize=LARGE_DOCUMENTS)(self._checked)

    def checked(self, text: str) -> Document:
        """Return a document by its text."""
        if len(text) > LARGEST:
            return self._large(text)
        document = self._kept.get(text)
        if document is None:
            document = self._checked(text)
            self._keep(text, document)
        else:
            self._kept.move_to_end(text)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > CACHED_DOCUMENTS or self._characters > CACHED_CHARACTERS:
            self._characters -= len(self._kept.popitem(last=False)[0])

    def _checked(self, text: str) -> Document:
        try:
            parsed = parse(text, max_tokens=MAX_TOKENS)
            errors = self._check(parsed) or validate_document(self._schema, parsed, specified_rules)
        except GraphQLError as error:
            return Document(DocumentNode(), [error])
        except RecursionError:
            return Document(DocumentNode(), [GraphQLError("The document is nested too deeply.")])
        return Document(parsed, errors)
