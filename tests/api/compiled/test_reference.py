"""Plans against graphql-core: on random documents both answer the same, to the byte and in the same order.

`PHASEBOARD_TEST_DOCUMENTS` is how many documents are tried of each sort.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import graphql
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.run import Run, data_of
from phaseboard.api.context import Context, Span
from phaseboard.api.documents import Document
from phaseboard.api.scalars import format_cursor
from phaseboard.api.schema import schema, sdl
from phaseboard.domain.enums import Action, Phase
from tests.api.compiled.writer import Writer
from tests.api.streams.scene import ANYBODY
from tests.engine.board import ID, Board, to_phase

_ORPHANS = "(Executor|GraphQLCoreConverter)[.]"
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:coroutine '{_ORPHANS}.* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings(f"ignore:.*<coroutine object {_ORPHANS}:pytest.PytestUnraisableExceptionWarning"),
]
"""graphql-core forgets what it had begun when a field beside it fails."""


def node_of_text(text: str) -> graphql.StringValueNode:
    return graphql.StringValueNode(value=text)


TRIED = int(os.environ.get("PHASEBOARD_TEST_DOCUMENTS", "150"))
trying = settings(max_examples=TRIED, deadline=None, suppress_health_check=list(HealthCheck))

SCALARS = {
    "Cursor": st.sampled_from(["ZTA", "ZTE", "ZTEw"]).map(node_of_text),
    "DateTime": st.datetimes().map(lambda at: node_of_text(at.isoformat() + "Z")),
    "TimeZone": st.sampled_from(["Europe/Berlin", "UTC", "Mars"]).map(node_of_text),
}

core: graphql.GraphQLSchema = schema._schema
"""What the reference executes."""


@dataclass(repr=False)
class World:
    """Releases in different phases, and everything that a document may name of them."""

    board: Board
    head: int = 0
    values: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    async def made(cls) -> "World":
        board = Board()
        await board.store.open()
        await board.feed.open()
        await to_phase(board, Phase.PAUSED_BY_FAILURE)
        failed = await board.release()
        await board.add(key="456")
        await board.started(key="789")
        await board.act(Action.PAUSE, release_id="rel-789")
        world = cls(board, head=(await board.events())[-1].position)
        board.feed.publish(await board.events())
        ids = [ID, "rel-456", "rel-789", *(task.id for task in failed.tasks), "cyc-123-1", "rel-none", "x", ""]
        cursors = [format_cursor(position) for position in (0, 1, 3, world.head)]
        world.values = {
            "ID": ids,
            "Int": [0, 1, 2, 5, 100, None, -1, 101],
            "String": ["", "Mobile", "4.2", "no such", *cursors],
            "Cursor": cursors,
            "TimeZone": ["Europe/Berlin", "Asia/Kolkata", "UTC"],
            "DateTime": ["2024-01-15T09:00:00Z", "2024-01-15T10:00:00.123+01:00", "2030-01-01T00:00:00Z"],
        }
        return world

    def context(self, **span: Any) -> Context:
        return Context(self.board.server.services, ANYBODY, span=Span(**span))

    def call(self, document: Document, variables: dict[str, Any]) -> Call:
        call = document.plans.call(schema, document.operation(None), variables, self.context())
        assert not call.errors, call.errors
        return call

    async def compare_query(self, text: str, variables: dict[str, Any]) -> None:
        """Fail unless a plan answers as graphql-core does, and leaves to it exactly what has errors."""
        document = valid(text)
        call = self.call(document, variables)
        plan = document.plans.plan(call)
        assert plan is not None, text
        reference = await _awaited(
            graphql.execute(
                core, document.parsed, context_value=self.context(), variable_values=variables,
                executor_class=schema.execution_context_class, operation_extensions=None,
            )
        )  # fmt: skip
        event("errors" if reference.errors else "data")
        data = await data_of(plan, Run(call))
        assert (data is None) == bool(reference.errors), text
        served = await schema.answer(text, None, variables, self.context())
        assert_same(served, reference)
        assert data is None or json.dumps(data) == json.dumps(reference.data)

    async def compare_events(self, text: str, variables: dict[str, Any], most: int) -> None:
        """Fail unless the first events are answered as graphql-core does."""
        document = valid(text)
        assert document.plans.plan(self.call(document, variables)), text
        reference = await _awaited(
            graphql.subscribe(
                core, document.parsed, context_value=self.context(until=self.head), variable_values=variables,
                executor_class=schema.execution_context_class, operation_extensions=None,
            )
        )  # fmt: skip
        assert not isinstance(reference, graphql.ExecutionResult), reference
        expected = [written(result) for result in await _first(reference, most)]
        stream = schema.follow(text, None, variables, self.context(until=self.head))
        assert [written(result) for result in await _first(stream, most)] == expected
        assert expected


def valid(text: str) -> Document:
    """Return a document; a random one that is not valid is passed over."""
    document = schema.documents.checked(text)
    assume(not document.errors)
    return document


def written(result: Any) -> str:
    errors = [error.formatted for error in result.errors or ()]
    return json.dumps({"data": result.data, "errors": errors})


def assert_same(served: Any, reference: Any) -> None:
    """Fail unless two results are the same.

    When one field makes everything null, what fails beside it is told if it has failed by then (GraphQL 6.4.4).
    """
    if reference.data is not None:
        assert written(served) == written(reference)
    else:
        assert served.data is None
        told, expected = ({str(error) for error in result.errors} for result in (served, reference))
        assert told <= expected or told >= expected


async def _first(stream: Any, most: int) -> list[Any]:
    found = []
    async with aclosing(stream):
        async for result in stream:
            found.append(result)
            if len(found) == most:
                break
    return found


async def _awaited(result: Any) -> Any:
    return await result if asyncio.isfuture(result) or asyncio.iscoroutine(result) else result


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def world(runner: asyncio.Runner) -> Iterator[World]:
    world = runner.run(World.made())
    yield world
    world.board.feed.close()
    runner.run(world.board.store.close())


def write(world: World, seed: int) -> Writer:
    return Writer(Random(seed), core, world.values)


@trying
@given(seed=st.integers(0, 2**32))
def test_queries(world: World, runner: asyncio.Runner, seed: int) -> None:
    writer = write(world, seed)
    runner.run(world.compare_query(writer.query(), writer.variables))


@trying
@given(text=queries(sdl(), custom_scalars=SCALARS, allow_x00=False))
def test_queries_of_another_writer(world: World, runner: asyncio.Runner, text: str) -> None:
    runner.run(world.compare_query(text, {}))


@pytest.mark.parametrize(
    "stream",
    [
        ("phaseChanged", 'after: "ZTA"', 3),
        ("releaseEvents", 'after: "ZTA"', 20),
        ("releaseStatus", f'releaseId: "{ID}"', 1),
    ],
    ids=lambda stream: stream[0],
)
@trying
@given(seed=st.integers(0, 2**32))
def test_events(world: World, runner: asyncio.Runner, stream: tuple[str, str, int], seed: int) -> None:
    name, argument, most = stream
    writer = write(world, seed)
    runner.run(world.compare_events(writer.subscription(name, argument), writer.variables, most))
