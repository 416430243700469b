"""What each scope allows, over every transport, decided before anything runs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from graphql import GraphQLObjectType, OperationType

from phaseboard.access.scopes import Scope
from phaseboard.api.schema import schema
from phaseboard.api.scopes import NEEDED
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.domain.errors import ActionNotAllowed
from phaseboard.engine.outcome import Outcome
from phaseboard.engine.use_cases import Condition
from tests.access.issued import bearer, issue, kept
from tests.api.serving import Address, served
from tests.engine.board import ID, Board
from tests.factory import KEY

OTHER = "rel-unknown"

ROOTS = {
    OperationType.QUERY: schema._schema.query_type,
    OperationType.MUTATION: schema._schema.mutation_type,
    OperationType.SUBSCRIPTION: schema._schema.subscription_type,
}

CREATE = """
mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } userErrors { code } } }
"""
START = "mutation ($input: ReleaseActionInput!) { startRelease(input: $input) { replayed userErrors { code } } }"
REPORT = "mutation ($input: ReportTaskResultInput!) { reportTaskResult(input: $input) { userErrors { code } } }"
READING = [
    "query ($id: ID!) { release(id: $id) { id } }",
    "query ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }",
    "query ($id: ID!) { node(id: $id) { id } }",
    "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    "query ($id: ID!) { again: release(id: $id) { id } viewer { scopes } }",
    "query ($id: ID!) { ...F } fragment F on Query { ... { ... on Query { release(id: $id) { id } } } }",
    "query ($id: ID!, $no: Boolean = false) { release(id: $id) @include(if: $no) { id } }",
]
FREE = ["{ __typename }", "{ __schema { queryType { name } } }", "{ viewer { actor { name } } service { version } }"]


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(auth="tokens").still() as board:
        yield board


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    await board.add()
    async with served(board) as address:
        yield address


async def post(board: Board, token: str, query: str, **variables: Any) -> httpx.Response:
    return await board.http.post("/graphql", json={"query": query, "variables": variables}, headers=bearer(token))


def forbidden(answer: dict[str, Any]) -> list[str]:
    """Return the scopes that are missed; nothing else must have been answered."""
    assert answer.get("data") is None
    assert all(error["extensions"]["code"] == "FORBIDDEN" and "path" not in error for error in answer["errors"])
    return [error["extensions"]["scope"] for error in answer["errors"]]


@pytest.mark.parametrize("kind", OperationType)
def test_every_field_at_the_root_is_in_the_table(kind: OperationType) -> None:
    root = ROOTS[kind]
    assert isinstance(root, GraphQLObjectType)
    assert set(NEEDED[kind]) - {"__typename", "__schema", "__type"} == set(root.fields)


@pytest.mark.parametrize("query", FREE)
async def test_some_things_need_any_token(board: Board, query: str) -> None:
    answer = (await post(board, await issue(board), query)).json()
    assert "errors" not in answer


@pytest.mark.parametrize("query", READING)
async def test_reading_needs_its_scope(board: Board, query: str) -> None:
    await board.add()
    writer = await issue(board, Scope.WRITE, Scope.REPORT, name="writer")
    assert forbidden((await post(board, writer, query, id=ID)).json()) == ["releases:read"]
    for scope in (Scope.READ, Scope.ADMIN):
        allowed = await issue(board, scope, name=scope.replace(":", "-"))
        assert "errors" not in (await post(board, allowed, query, id=ID)).json()


@pytest.mark.parametrize("query", READING)
async def test_without_the_scope_known_and_unknown_ids_look_the_same(board: Board, query: str) -> None:
    await board.add()
    token = await issue(board, Scope.WRITE)
    known, unknown = [await post(board, token, query, id=release) for release in (ID, OTHER)]
    assert known.content == unknown.content
    assert [set(answer.headers) - {"x-request-id"} for answer in (known, unknown)] == [
        {"content-type", "content-length"}
    ] * 2


async def test_acting_needs_its_scope_and_changes_nothing_without(board: Board) -> None:
    await board.add()
    reader = await issue(board, Scope.READ, Scope.REPORT, name="reader")
    assert forbidden((await post(board, reader, START, input={"releaseId": ID})).json()) == ["releases:write"]
    assert (await board.release()).revision == 1
    writer = await issue(board, Scope.WRITE, name="writer")
    answer = (await post(board, writer, START, input={"releaseId": ID})).json()
    assert answer["data"]["startRelease"]["userErrors"] == []


async def test_one_missing_scope_stops_all_of_an_operation(board: Board) -> None:
    await board.add()
    token = await issue(board, Scope.WRITE)
    both = """
    mutation ($start: ReleaseActionInput!, $report: ReportTaskResultInput!) {
      startRelease(input: $start) { replayed }
      reportTaskResult(input: $report) { replayed }
    }
    """
    report = {"taskId": f"tsk-{KEY}-1", "attempt": 1, "outcome": "SUCCEEDED"}
    answer = (await post(board, token, both, start={"releaseId": ID}, report=report)).json()
    assert forbidden(answer) == ["tasks:report"]
    assert (await board.release()).revision == 1


async def test_only_the_operation_that_is_named_counts(board: Board) -> None:
    query = "query Mine { viewer { scopes } } query Releases { releases { edges { cursor } } }"
    token = await issue(board)
    for name, missed in (("Mine", None), ("Releases", ["releases:read"])):
        body = {"query": query, "operationName": name}
        answer = (await board.http.post("/graphql", json=body, headers=bearer(token))).json()
        assert ("errors" not in answer) if missed is None else forbidden(answer) == missed


async def test_reporting_is_a_right_of_its_own(board: Board) -> None:
    await board.started()
    report = {"taskId": f"tsk-{KEY}-1", "attempt": 1, "outcome": "SUCCEEDED"}
    writer = await issue(board, Scope.READ, Scope.WRITE, name="writer")
    assert forbidden((await post(board, writer, REPORT, input=report)).json()) == ["tasks:report"]
    reporter = await issue(board, Scope.REPORT, name="reporter")
    assert "errors" not in (await post(board, reporter, REPORT, input=report)).json()


async def test_the_status_follows_the_media_type(board: Board) -> None:
    token = await issue(board)
    body = {"query": "{ releases { edges { cursor } } }"}
    for media, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        answer = await board.http.post("/graphql", json=body, headers={**bearer(token), "Accept": media})
        assert answer.status_code == status
        assert forbidden(answer.json()) == ["releases:read"]


@pytest.mark.parametrize("query", ["{ release(id: 7) { nothing } }", "{ release", "mutation { nothing }"])
async def test_what_is_no_operation_is_told_first(board: Board, query: str) -> None:
    answer = (await post(board, await issue(board), query)).json()
    assert all(error.get("extensions", {}).get("code") != "FORBIDDEN" for error in answer["errors"])


@pytest.mark.parametrize(
    "query",
    [
        "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }",
        "subscription ($id: ID!) { phaseChanged(releaseId: $id) { to } }",
        "subscription ($id: ID!) { releaseEvents(releaseId: $id) { __typename } }",
        "query ($id: ID!) { release(id: $id) { id } }",
    ],
)
async def test_streams_need_it_too_and_tell_nothing_without(board: Board, address: Address, query: str) -> None:
    address.token = await issue(board, Scope.WRITE)
    told: list[Any] = []
    for release in (ID, OTHER):
        async with address.socket() as client:
            await client.subscribe(query, id=release)
            message = await client.receive()
            assert message["type"] == "error"
            told.append(message["payload"])
            await client.alive()
        async with address.sse(query, id=release) as events:
            told.append((await events.result())["errors"])
            await events.completed()
    assert all(errors == told[0] for errors in told)
    assert [error["extensions"]["code"] for error in told[0]] == ["FORBIDDEN"]


async def test_members_with_other_rights_do_not_share_wrongly(board: Board, address: Address) -> None:
    query = "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }"
    reader, boss = await issue(board, Scope.READ, name="reader"), await issue(board, Scope.ADMIN, name="boss")
    writer = await issue(board, Scope.WRITE, name="writer")
    address.token = reader
    async with address.socket() as first:
        await first.subscribe(query, id=ID)
        await first.next()
        address.token = writer
        async with address.socket() as second:
            await second.subscribe(query, id=ID)
            assert await second.errors() == ["This needs the scope releases:read."]
        address.token = boss
        async with address.socket() as third:
            await third.subscribe(query, id=ID)
            await third.next()
            assert len(board.server.hub.groups) == 2


async def test_the_actor_of_an_event_is_the_holder_of_the_token(board: Board) -> None:
    token = await issue(board, Scope.ADMIN, name="release-bot")
    plan = {
        "name": "Mobile",
        "version": "1",
        "kickoff": [{"name": "look", "executor": "manual"}],
        "regression": {"cycles": [{"after": "0s"}], "tasks": [{"name": "look", "executor": "manual"}]},
        "preRelease": [{"name": "look", "executor": "manual"}],
    }
    created = (await post(board, token, CREATE, input=plan)).json()["data"]["createRelease"]
    assert created["userErrors"] == []
    query = "query ($id: ID!) { release(id: $id) { createdBy { kind name } } viewer { actor { kind name } scopes } }"
    told = (await post(board, token, query, id=created["release"]["id"])).json()["data"]
    holder = {"kind": "TOKEN", "name": "release-bot"}
    assert told == {"release": {"createdBy": holder}, "viewer": {"actor": holder, "scopes": ["admin"]}}
    events = await board.events(created["release"]["id"])
    assert {(event.actor.kind, event.actor.name) for event in events if event.actor} == {("TOKEN", "release-bot")}
    assert (await kept(board, "release-bot")).hash not in repr(events)


async def test_idempotency_keys_are_private_to_their_actor(board: Board) -> None:
    await board.add()
    given = {"releaseId": ID, "idempotencyKey": "k"}
    first, second = await issue(board, Scope.WRITE, name="a"), await issue(board, Scope.WRITE, name="b")
    answers = [
        (await post(board, token, START, input=given)).json()["data"]["startRelease"]
        for token in (first, first, second)
    ]
    assert [answer["replayed"] for answer in answers] == [False, True, False]
    assert [error["code"] for error in answers[2]["userErrors"]] == ["ACTION_NOT_ALLOWED"]


async def test_names_with_colons_do_not_reach_the_keys_of_others(board: Board) -> None:
    await board.add()

    async def start(name: str, key: str) -> Outcome:
        actor, condition = Actor(ActorKind.PERSON, name), Condition(idempotency_key=key)
        return await board.use_cases.perform(ID, Perform(action=Action.START), actor, condition)

    assert not (await start("a", "b:c")).replayed
    assert (await start("a", "b:c")).replayed
    with pytest.raises(ActionNotAllowed):
        await start("a:b", "c")
