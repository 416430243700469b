"""Documents as clients send them: parsed, checked and validated once for all who send the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from phaseboard.api.compiled.query_plans import QueryPlans
from phaseboard.api.lru import LruCache
from phaseboard.api.parsing import parse, tokens_of

MAX_TOKENS = 2_000

MAX_ERRORS = 10
"""How many errors of one document are told: finding more takes time that grows with all of them."""

LONGEST_MESSAGE = 1_000
"""Characters of an error's message: those of validation repeat what was sent."""

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

UNCLEAR = "The document has several operations: say which one to run, by `operationName`."

Check = Callable[[DocumentNode], Sequence[GraphQLError]]
"""Says what is wrong with a document that was parsed, and is not validated yet."""


class Refused(Exception):
    """An operation could not begin."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*(error.message for error in errors))
        self.errors = errors


def operations_of(document: DocumentNode) -> Mapping[str | None, OperationDefinitionNode]:
    """Return the operations of a document by their names, one that is alone also without."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    found: dict[str | None, OperationDefinitionNode] = {node.name.value: node for node in operations if node.name}
    if len(operations) == 1:
        found[None] = operations[0]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document, or what is wrong with it."""

    parsed: DocumentNode
    """Without definitions when the text could not be parsed."""
    errors: Sequence[GraphQLError]
    plans: QueryPlans = field(init=False)
    _operations: Mapping[str | None, OperationDefinitionNode] = field(init=False)
    _root_fields: dict[str | None, Sequence[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", QueryPlans(self.parsed))
        object.__setattr__(self, "_operations", operations_of(self.parsed))

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation of that name. Raises GraphQLError when it cannot be told which one is meant."""
        operation = self._operations.get(name)
        if operation is not None:
            return operation
        unclear = name is None and self._operations
        raise GraphQLError(UNCLEAR if unclear else f'There is no operation named "{name}".')

    def root_fields(self, name: str | None) -> Sequence[str]:
        """Return the schema's names of all fields at the root of that operation, those that may be skipped as well.

        Fragments are looked into, once for all callers. Raises GraphQLError like `operation`.
        """
        if name not in self._root_fields:
            self._root_fields[name] = self._looked_for(self.operation(name))
        return self._root_fields[name]

    def _looked_for(self, operation: OperationDefinitionNode) -> Sequence[str]:
        fragments = {
            node.name.value: node for node in self.parsed.definitions if isinstance(node, FragmentDefinitionNode)
        }
        names: dict[str, None] = {}
        left: list[SelectionSetNode] = [operation.selection_set]
        while left:
            for selection in left.pop(0).selections:
                if isinstance(selection, FieldNode):
                    names[selection.name.value] = None
                elif isinstance(selection, InlineFragmentNode):
                    left.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value in fragments:
                    left.append(fragments.pop(selection.name.value).selection_set)
        return tuple(names)


class Documents:
    """The documents used last, for one schema; `check` looks at each before it is validated."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        check: Check = lambda _: (),
        max_tokens: int = MAX_TOKENS,
        suggesting: bool = True,
    ) -> None:
        self.max_tokens = max_tokens
        self._schema = schema
        self._suggesting = suggesting
        self._check = check
        self._parsed = parsing(max_tokens)
        self.checked = LruCache(self._checked, lambda document: tokens_of(document.parsed))
        """Return a document by its text."""

    def _checked(self, text: str) -> Document:
        parsed = self._parsed(text)
        if isinstance(parsed, GraphQLError):
            return Document(DocumentNode(), [parsed])
        try:
            errors = self._check(parsed) or self._invalid(parsed)
        except RecursionError:
            errors = [_too_deep()]
        return Document(parsed, errors)

    def _invalid(self, parsed: DocumentNode) -> Sequence[GraphQLError]:
        hide = not self._suggesting
        errors = validate(self._schema, parsed, _RULES, max_errors=MAX_ERRORS, hide_suggestions=hide)
        return [_told(error) for error in errors]


@cache
def parsing(max_tokens: int) -> LruCache[DocumentNode | GraphQLError]:
    """Return the parser of documents of at most so many tokens: once for all who send the same."""
    return LruCache(lambda text: _parsed(text, max_tokens), tokens_of)


def _parsed(text: str, max_tokens: int) -> DocumentNode | GraphQLError:
    try:
        return parse(text, max_tokens)
    except GraphQLError as error:
        return _told(error)
    except RecursionError:
        return _too_deep()


def _told(error: GraphQLError) -> GraphQLError:
    """Return an error as it is told, without its traceback: that would keep all that was at work when it was raised."""
    message = error.message if len(error.message) <= LONGEST_MESSAGE else error.message[:LONGEST_MESSAGE] + " ..."
    return GraphQLError(message, error.nodes, error.source, error.positions, extensions=error.extensions)


def _too_deep() -> GraphQLError:
    return GraphQLError("The document is nested too deeply.")
