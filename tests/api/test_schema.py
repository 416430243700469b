"""The schema as clients see it: every part described, the printed file fresh, the guide's words unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    print_schema,
    validate,
)

from phaseboard.api.schema import schema, sdl
from tests.api.client import ask
from tests.domain import guide
from tests.engine.board import Board

PRINTED = Path(__file__).parents[2] / "schema.graphql"

ENUMS = {
    "ReleaseStatus": guide.STATUSES,
    "StageStatus": guide.STAGE_STATUSES,
    "PauseType": guide.PAUSE_TYPES,
    "RegressionCycleStatus": guide.CYCLE_STATUSES,
    "CronStatus": ("PENDING", "RUNNING", "PAUSED", "COMPLETED"),
    "TaskStatus": ("PENDING", "IN_PROGRESS", "AWAITING_CALLBACK", "COMPLETED", "FAILED", "SKIPPED"),
    "Phase": tuple(row[0] for row in guide.rows_of(guide.QUICK_REFERENCE)),
    "Action": (
        "START",
        "PAUSE",
        "RESUME",
        "TRIGGER_STAGE_2",
        "TRIGGER_STAGE_3",
        "RETRY_TASK",
        "SKIP_TASK",
        "ABANDON_CYCLE",
        "SKIP_REMAINING_CYCLES",
        "ARCHIVE",
    ),
}
"""The guide's enums, to the letter and in its order."""


@pytest.fixture(scope="module")
def printed() -> GraphQLSchema:
    return build_schema(sdl())


def undescribed(printed: GraphQLSchema) -> Iterator[str]:
    for name, kind in printed.type_map.items():
        if name.startswith("__") or name in ("Int", "Float", "String", "Boolean", "ID"):
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, told in kind.values.items() if not told.description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, told in kind.fields.items() if not told.description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, told in kind.fields.items():
                yield from (f"{name}.{field}({arg})" for arg, of in told.args.items() if not of.description)


def test_every_part_is_described(printed: GraphQLSchema) -> None:
    assert list(undescribed(printed)) == []


@pytest.mark.parametrize(("name", "values"), ENUMS.items())
def test_the_guides_enums_are_exposed_to_the_letter(printed: GraphQLSchema, name: str, values: tuple[str, ...]) -> None:
    enum = printed.type_map[name]
    assert isinstance(enum, GraphQLEnumType)
    assert tuple(enum.values) == values


def test_each_action_of_the_guide_has_a_mutation(printed: GraphQLSchema) -> None:
    assert printed.mutation_type is not None
    told = [field.description or "" for field in printed.mutation_type.fields.values()]
    assert all(any(text.startswith(f"{action}:") for text in told) for action in ENUMS["Action"])


def test_every_mutation_takes_one_input_and_its_payload_may_be_null(printed: GraphQLSchema) -> None:
    assert printed.mutation_type is not None
    for name, field in printed.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        assert str(field.type) == "ActionPayload", name


def test_schema_graphql_is_fresh() -> None:
    assert PRINTED.read_text() == sdl(), "run `make generate`"


def test_the_printed_schema_is_the_served_one(printed: GraphQLSchema) -> None:
    assert print_schema(printed).split() == print_schema(build_schema(schema.as_str())).split()


async def test_the_server_tells_of_itself_and_of_its_caller(board: Board) -> None:
    query = """{
      service { version schemaHash time limits { name value } executors { name settingsSchema } }
      viewer { actor { kind name } scopes }
    }"""
    data = await ask(board, query)
    service = data["service"]
    assert service["time"] == "2024-01-15T09:00:00Z"
    assert len(service["schemaHash"]) == 16
    assert {limit["name"]: limit["value"] for limit in service["limits"]}["pageSize"] == 100
    assert {executor["name"]: executor["settingsSchema"]["type"] for executor in service["executors"]} == {
        "manual": "object",
        "simulated": "object",
    }
    assert data["viewer"]["actor"] == {"kind": "ANONYMOUS", "name": "anonymous"}


async def test_introspection_over_http_is_that_schema(board: Board, printed: GraphQLSchema) -> None:
    data = await ask(board, "{ __schema { types { name } } }")
    assert {kind["name"] for kind in data["__schema"]["types"]} >= set(printed.type_map) - {"Float"}


def test_every_event_is_selected_without_aliases(printed: GraphQLSchema) -> None:
    interface = printed.type_map["ReleaseEvent"]
    kinds = [kind for kind in printed.type_map.values() if isinstance(kind, GraphQLObjectType)]
    events = [kind for kind in kinds if interface in kind.interfaces]
    selected = " ".join(
        f"... on {kind.name} {{ {' '.join(name for name in kind.fields if name != 'actor')} }}" for kind in events
    )
    document = f"subscription {{ releaseEvents {{ __typename ... on EventLogGap {{ cursor }} {selected} }} }}"
    assert len(events) == 6
    assert validate(printed, parse(document)) == []
