"""What has a plan and what has none; what resolvers get; what is awaited together; what is left behind."""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import graphql
import pytest
from strawberry.dataloader import DataLoader

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.query_plan import Selection
from phaseboard.api.compiled.query_plans import MAX_FIELDS, MAX_PLANS
from phaseboard.api.compiled.run import Run, data_of
from phaseboard.api.documents import Document
from phaseboard.api.schema import PhaseboardSchema, schema
from tests.api.client import ACTIONS, STATUS, ask
from tests.api.compiled.pets import pets
from tests.engine.board import Board


def context(loads: list[Sequence[int]] | None = None) -> dict[str, Any]:
    async def load(keys: list[int]) -> list[int]:
        if loads is not None:
            loads.append(keys)
        return [key * 10 for key in keys]

    return {"loader": DataLoader(load, cache=False)}


def build(of: PhaseboardSchema, text: str, variables: dict[str, Any]) -> Any:
    document = of.documents.checked(text)
    assert not document.errors, document.errors
    return document, of.execution_context_class.build(
        of._schema, document.parsed, None, context(), variables, None, operation_extensions=None
    )


def call_of(of: PhaseboardSchema, text: str, variables: dict[str, Any]) -> tuple[Document, Call]:
    document = of.documents.checked(text)
    assert not document.errors, document.errors
    return document, document.plans.call(of, document.operation(None), variables, context())


def plan(of: PhaseboardSchema, text: str, **variables: Any) -> Selection | None:
    document, call = call_of(of, text, variables)
    return document.plans.plan(call)


async def answered(text: str, **variables: Any) -> Any:
    """Return what a plan answers; fails unless graphql-core answers the same, and the plan nothing where it fails."""
    document, call = call_of(pets, text, variables)
    _, reference = build(pets, text, variables)
    expected = graphql.execute_root_selection_set(reference)
    expected = await expected if asyncio.iscoroutine(expected) else expected
    served = await pets.answer(text, None, variables, context())
    assert json.dumps(served.data) == json.dumps(expected.data)
    assert [error.path for error in served.errors or ()] == [error.path for error in expected.errors or ()]
    found = document.plans.plan(call)
    return await data_of(found, Run(call)) if found else None


async def test_every_kind_of_resolver_gets_what_it_asks_for() -> None:
    assert await answered("{ pets { __typename name ... on Cat { lives colours } ... on Dog { barks } } }") == {
        "pets": [
            {"__typename": "Cat", "name": "Tom", "lives": 9, "colours": ["RED"]},
            {"__typename": "Dog", "name": "Rex", "barks": True},
        ]
    }
    assert await answered("query ($s: Int!) { apart a: apart(s: 3) b: apart(s: $s) }", s=4) == {
        "apart": 1,
        "a": 3,
        "b": 4,
    }
    some = "query ($c: [Colour!]) { pets { ... on Cat { a: colours(only: $c) b: colours(only: [BLUE]) } } }"
    assert await answered(some, c=["BLUE", "RED"]) == {"pets": [{"a": ["BLUE", "RED"], "b": ["BLUE"]}, {}]}


async def test_what_a_resolver_does_to_its_input_is_forgotten() -> None:
    text = '{ basket(given: {names: ["a"], colour: RED}) }'
    expected = {"basket": ["a", "RED", "None"]}
    assert await answered(text) == expected
    assert await answered(text) == expected


async def test_siblings_are_loaded_together() -> None:
    loads: list[Sequence[int]] = []
    result = await pets.answer("{ a: loaded(key: 1) apart b: loaded(key: 2) }", None, None, context(loads))
    assert result.data == {"a": 10, "apart": 1, "b": 20}
    assert loads == [[1, 2]]


@pytest.mark.parametrize(
    "text",
    [
        "{ apart fails }",
        "{ a: loaded(key: 1) apart fails }",
        "{ fails apart pets { name } }",
        "{ cast { __typename name } }",
        "{ odd { name } }",
        "{ pets { ... on Cat { path } } }",
    ],
)
async def test_what_leaves_the_plan_is_executed_by_graphql_core(text: str) -> None:
    assert plan(pets, text)
    assert await answered(text) is None


@pytest.mark.parametrize(
    "text", ["{ __schema { description } }", '{ __type(name: "Cat") { name } pets { name } }', "{ shut }", "{ loud }"]
)
async def test_what_has_no_plan_is_executed_by_graphql_core(text: str) -> None:
    assert plan(pets, text) is None
    assert await answered(text) is None


async def test_permissions_and_extensions_are_honoured() -> None:
    assert (await pets.answer("{ loud }", None, None, None)).data == {"loud": "LOUD"}
    refused = await pets.answer("{ shut }", None, None, None)
    assert refused.data == {"shut": None}
    assert refused.errors


def test_the_status_query_has_a_plan_and_mutations_have_none() -> None:
    assert plan(schema, STATUS, id="rel-1")
    for mutation in ACTIONS.values():
        of = "Task" if "Task" in mutation else "Release"
        text = f"mutation ($input: {of}ActionInput!) {{ {mutation}(input: $input) {{ replayed }} }}"
        assert plan(schema, text, input={f"{of.lower()}Id": "x"}) is None


def test_a_plan_is_made_once_for_each_set_of_conditions() -> None:
    text = "query ($a: Boolean!, $n: Int!) { apart @skip(if: $a) b: apart(s: $n) }"
    without = plan(pets, text, a=True, n=1)
    assert without is plan(pets, text, a=True, n=2)
    assert without is not plan(pets, text, a=False, n=2)


async def test_a_document_has_only_so_many_plans() -> None:
    names = [f"v{index}" for index in range(5)]
    declared = " ".join(f"${name}: Boolean!" for name in names)
    text = f"query ({declared}) {{ __typename {' '.join(f'{name}: apart @include(if: ${name})' for name in names)} }}"
    planned = 0
    for number in range(2 ** len(names)):
        asked = {name: bool(number >> index & 1) for index, name in enumerate(names)}
        planned += plan(pets, text, **asked) is not None
        result = await pets.answer(text, None, asked, None)
        assert result.data == {"__typename": "Query"} | {name: 1 for name in names if asked[name]}
    assert planned == MAX_PLANS


def test_a_bomb_of_fragments_has_no_plan() -> None:
    depth = MAX_FIELDS.bit_length()
    fragments = " ".join(
        f"fragment F{level} on Release {{ a: statusResponse {{ release {{ ...F{level + 1} }} }} "
        f"b: statusResponse {{ release {{ ...F{level + 1} }} }} }}"
        for level in range(depth)
    )
    bomb = f'{{ release(id: "x") {{ ...F0 }} }} {fragments} fragment F{depth} on Release {{ id }}'
    assert plan(schema, bomb) is None
    assert plan(schema, '{ release(id: "x") { id } }')


async def test_what_is_asked_most_takes_its_variables_as_they_came(board: Board) -> None:
    first, second = [await board.add(key=key) for key in ("first", "second")]
    await ask(board, STATUS, id=first)
    called: set[str] = set()
    sys.setprofile(lambda frame, *_: called.add(frame.f_code.co_name))
    try:
        await ask(board, STATUS, id=second)
    finally:
        sys.setprofile(None)
    assert "release_status" in called
    assert "get_argument_values" not in called
