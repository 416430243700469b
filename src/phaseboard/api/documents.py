"""Documents as clients send them: parsed and validated once for all who send the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

MAX_TOKENS = 2_000
CACHED_DOCUMENTS = 500

UNCLEAR = "The document has several operations: say which one to run, by `operationName`."


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or what is wrong with it."""

    parsed: DocumentNode | None
    errors: Sequence[GraphQLError]

    def operation(self, name: str | None) -> OperationType:
        """Return what the operation of that name is. Raises GraphQLError when it cannot be told which one is meant."""
        definitions = self.parsed.definitions if self.parsed else ()
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if len(named) == 1:
            return named[0].operation
        raise GraphQLError(UNCLEAR if name is None and operations else f'There is no operation named "{name}".')


class Documents:
    """The documents used last, for one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.checked = lru_cache(maxsize=CACHED_DOCUMENTS)(self._checked)
        """Return a document by its text."""

    def _checked(self, text: str) -> Document:
        try:
            parsed = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            return Document(None, [error])
        except RecursionError:
            return Document(None, [GraphQLError("The document is nested too deeply.")])
        return Document(parsed, validate_document(self._schema, parsed, specified_rules))
