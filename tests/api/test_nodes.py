"""node and nodes: anything by its id."""

import pytest

from phaseboard.domain.enums import Phase
from tests.api.client import ask, errors
from tests.engine.board import ID, Board, to_phase

NODE = """query ($id: ID!) { node(id: $id) { __typename id
  ... on Release { name } ... on Task { name cycle { tag } } ... on RegressionCycle { tag tasks { id } } } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

NONE = ["", "x", "rel-9", "tsk-123-99", "tsk-9-1", "cyc-123-2", "cyc-9-1", "tsk-123-01", "tsk-123-٣", "rel-123\n", "\0"]


async def test_releases_tasks_and_cycles_are_nodes(board: Board) -> None:
    await to_phase(board, Phase.REGRESSION_CYCLE_RUNNING)
    found = [(await ask(board, NODE, id=node_id))["node"] for node_id in (ID, "tsk-123-5", "cyc-123-1")]
    assert found == [
        {"__typename": "Release", "id": ID, "name": "Mobile"},
        {"__typename": "Task", "id": "tsk-123-5", "name": "build", "cycle": {"tag": "RC1"}},
        {
            "__typename": "RegressionCycle",
            "id": "cyc-123-1",
            "tag": "RC1",
            "tasks": [{"id": "tsk-123-5"}, {"id": "tsk-123-6"}],
        },
    ]


@pytest.mark.parametrize("unknown", NONE)
async def test_other_ids_are_of_no_node(board: Board, unknown: str) -> None:
    await to_phase(board, Phase.REGRESSION_CYCLE_RUNNING)
    assert await ask(board, NODE, id=unknown) == {"node": None}


async def test_several_nodes_come_in_the_order_asked_for(board: Board) -> None:
    await board.add()
    asked = ["tsk-123-2", *NONE, ID, "tsk-123-1", ID]
    found = (await ask(board, NODES, ids=asked))["nodes"]
    assert [node and node["id"] for node in found] == ["tsk-123-2", *[None] * len(NONE), ID, "tsk-123-1", ID]


async def test_the_number_of_nodes_is_bounded(board: Board) -> None:
    assert await ask(board, NODES, ids=[]) == {"nodes": []}
    assert "100" in (await errors(board, NODES, ids=["x"] * 101))[0]


async def test_ids_may_be_numbers_as_graphql_says(board: Board) -> None:
    assert await ask(board, "{ node(id: 5) { id } }") == {"node": None}
