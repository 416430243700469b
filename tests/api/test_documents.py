"""Documents: parsed and validated once, checked once and at each call; what stands at their roots."""

import gc
from collections import Counter
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, Lexer, Visitor, build_schema, parse, validate
from graphql.language.visitor import EnterLeaveVisitor

from phaseboard.api.documents import UNCLEAR, Document, Documents, Refused
from phaseboard.api.lru import LARGEST, MAX_CHARACTERS, MAX_LARGE, MAX_TEXTS, MAX_TOKENS, LruCache
from phaseboard.api.schema import schema

SCHEMA = build_schema("type Query { a: Query b: Int c: Int }")
NOT_ALLOWED = GraphQLError("not allowed")


def checked(text: str) -> Document:
    return Documents(SCHEMA).checked(text)


@pytest.mark.parametrize(
    ("text", "name", "fields"),
    [
        ("{ b x: c b __typename }", None, {"b", "c", "__typename"}),
        ("query A { b } query B { c a { b } }", "B", {"c", "a"}),
        ("{ ... { ... on Query { b } } ...F @skip(if: true) } fragment F on Query { c }", None, {"b", "c"}),
        ("{ ...F ...F } fragment F on Query { ...G b } fragment G on Query { ...F c }", None, {"b", "c"}),
        ("{ ...nothing b }", None, {"b"}),
        ("{ b @include(if: false) a { c } }", None, {"a", "b"}),
    ],
)  # fmt: skip
def test_the_fields_at_the_root(text: str, name: str | None, fields: set[str]) -> None:
    assert set(checked(text).root_fields(name)) == fields


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { b } query B { b }", None, UNCLEAR),
        ("query A { b }", "B", 'There is no operation named "B".'),
        ("{", None, 'There is no operation named "None".'),
    ],
)
def test_an_operation_that_is_not_clear(text: str, name: str | None, message: str) -> None:
    for look in (checked(text).operation, checked(text).root_fields):
        with pytest.raises(GraphQLError, match=message):
            look(name)


def test_a_document_is_checked_once_and_before_it_is_validated() -> None:
    seen: list[DocumentNode] = []

    def check(document: DocumentNode) -> Sequence[GraphQLError]:
        seen.append(document)
        return [NOT_ALLOWED] if "nothing" in str(document.loc and document.loc.source.body) else ()

    documents = Documents(SCHEMA, check=check)
    assert documents.checked("{ b }").errors == []
    assert documents.checked("{ nothing }").errors == [NOT_ALLOWED]
    assert documents.checked("{ wrong }").errors != [NOT_ALLOWED]
    assert documents.checked("{").errors != [NOT_ALLOWED]
    assert documents.checked("{ b }") is documents.checked("{ b }")
    assert len(seen) == 3


def test_documents_of_too_many_tokens_are_refused() -> None:
    assert Documents(SCHEMA, max_tokens=4).checked("{ b c }").errors == []
    assert "4" in Documents(SCHEMA, max_tokens=4).checked("{ b c b }").errors[0].message


async def test_each_call_is_looked_at() -> None:
    seen: list[tuple[Any, Sequence[str]]] = []

    def allow(context: Any, document: Document, name: str | None) -> Sequence[GraphQLError]:
        seen.append((context, document.root_fields(name)))
        return () if context == "allowed" else [NOT_ALLOWED]

    guarded = schema.guarded(allow=allow)
    for _ in range(2):
        assert (await guarded.answer("{ __typename }", None, None, "allowed")).data == {"__typename": "Query"}
        refused = await guarded.answer("{ service { version } }", None, None, "other")
        assert (refused.data, refused.errors) == (None, [NOT_ALLOWED])
    with pytest.raises(Refused, match="not allowed"):
        await anext(guarded.follow("subscription { phaseChanged { to } }", None, {}, "another"))
    assert seen == [("allowed", ("__typename",)), ("other", ("service",))] * 2 + [("another", ("phaseChanged",))]


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        ("subscription {", {}, "Syntax Error"),
        ("subscription { nothing }", {}, "Cannot query field"),
        ("subscription A { phaseChanged { to } } query B { __typename }", {}, "several operations"),
        ("subscription ($id: ID!) { releaseStatus(releaseId: $id) { revision } }", {}, "non-null type"),
        ("query ($id: ID!) { release(id: $id) { id } }", {"id": []}, "invalid value"),
    ],
)
async def test_what_cannot_begin_is_refused(text: str, variables: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        await anext(schema.guarded(allow=lambda *_: ()).follow(text, None, variables, None))


def test_only_so_much_is_kept() -> None:
    made: list[str] = []

    def make(text: str) -> int:
        made.append(text)
        return len(text)

    kept = LruCache(make)
    for number in range(MAX_TEXTS * 2):
        kept("first")
        kept(f"{number}")
    assert made.count("first") == 1
    assert len(kept) == MAX_TEXTS
    for number in range(MAX_TEXTS):
        kept(f"{number:>{LARGEST}}")
    assert len(kept) == MAX_CHARACTERS // LARGEST
    for number in range(MAX_LARGE * 2):
        kept(f"{number:>{LARGEST + 1}}")
    assert len(kept) == MAX_CHARACTERS // LARGEST + MAX_LARGE


def test_only_so_many_tokens_are_kept() -> None:
    kept = LruCache(len, lambda length: length)
    for number in range(100):
        kept(f"{number:>1000}")
    assert len(kept) == MAX_TOKENS // 1000


FIELDS = 500
DOCUMENTS = [f"query Q{number} {{ {'b ' * FIELDS}}}" for number in range(20)]


def test_what_is_kept_of_a_document_is_little_more_than_its_nodes() -> None:
    documents = Documents(SCHEMA)
    gc.collect()
    before = len(gc.get_objects())
    kept = [documents.checked(text) for text in DOCUMENTS]
    gc.collect()
    objects = (len(gc.get_objects()) - before) / len(kept)
    assert objects < 3 * FIELDS + 100, "a field, its name and their place"


@pytest.mark.parametrize("text", ["{ b(", "{ nothing }", "query ($b: Boolean) { b @skip(if: 1) c @skip(if: $b) }"])
def test_what_is_wrong_is_kept_without_how_it_was_found(text: str) -> None:
    documents = Documents(SCHEMA)
    documents.checked(f"{text} ")
    gc.collect()
    before = Counter(map(type, gc.get_objects()))
    document = documents.checked(text)
    gc.collect()
    assert document.errors
    found = Counter(map(type, gc.get_objects())) - before
    assert not {kind for kind in found if issubclass(kind, FrameType | Lexer | Visitor | EnterLeaveVisitor)}


TEXTS = [
    "{ a { b } }",
    "query Q($x: [Int!]! = [1]) @skip(if: true) { a { x: b ...F ... on Query { c @include(if: $x) } } }",
    "{ ...F } fragment F on Query { b }",
    '{\n  wrong\n  a(x: {y: 1, z: ["text", """block""", 1.5, null, SOME]}) { b }\n\n  alsoWrong: nothing\n}',
    "\r\n\n\r{ wrong\r\nwrong a(x: 1\r x: 2,\n\n\rx: 3) { x: b\r\n x: c } }\nquery { b } query\r\r\n{ c }\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_nodes_know_their_places_as_those_of_graphql_core_do(text: str) -> None:
    parsed, reference = checked(text).parsed, parse(text)
    assert parsed == reference
    assert parsed.to_dict(locations=True) == reference.to_dict(locations=True)
    told, expected = (validate(SCHEMA, each) for each in (parsed, reference))
    assert [error.formatted for error in told] == [error.formatted for error in expected]
    assert [str(error) for error in told] == [str(error) for error in expected]


@pytest.mark.parametrize("text", ["{\n  b(\n}", "\r\n\r{ b @\r\n }", "\n\n", "{", '{ b(x: "\r\n") }'])
def test_errors_of_syntax_are_where_those_of_graphql_core_are(text: str) -> None:
    with pytest.raises(GraphQLError) as expected:
        parse(text)
    assert [error.formatted for error in checked(text).errors] == [expected.value.formatted]
