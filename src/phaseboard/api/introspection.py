"""Introspection: asking for the schema itself, where a server does not offer it."""

from collections.abc import Sequence
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, Visitor, visit

CODE = "INTROSPECTION_OFF"
"""What `extensions.code` says of a document that asks for the schema."""

FIELDS = frozenset({"__schema", "__type"})


def introspective(document: DocumentNode) -> Sequence[GraphQLError]:
    """Return an error for the first field of a document that asks for the schema."""
    found: list[FieldNode] = []

    class Search(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> Any:
            if node.name.value in FIELDS:
                found.append(node)
                return self.BREAK
            return None

    visit(document, Search())
    extensions = {"code": CODE}
    text = "This server does not tell its schema: see schema.graphql of its version, or `phaseboard schema`."
    return [GraphQLError(text, nodes=node, extensions=extensions) for node in found]
