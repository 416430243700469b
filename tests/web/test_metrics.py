"""What `/metrics` tells, read as Prometheus reads it."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from phaseboard.domain.enums import Action, TaskStatus
from phaseboard.store.census import OPEN
from phaseboard.web.metrics.lag import LoopLag
from phaseboard.web.metrics.names import MOST
from tests.api.nodes import serving
from tests.api.serving import Address, served
from tests.api.streams.scene import STATUS, settled
from tests.engine.board import ID, Board
from tests.factory import make_plan, make_task
from tests.store.hearing import HearingStore

PHASES = "subscription { phaseChanged { to } }"


class Scrape:
    """The samples of one scrape, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self._samples[f"phaseboard_{name}", frozenset(labels.items())]


async def scrape(board: Board) -> Scrape:
    response = await board.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return Scrape(response.text)


@pytest.fixture
async def sharing() -> AsyncIterator[Board]:
    async with Board(sharing=True, answers=True).running() as board:
        yield board


@pytest.fixture
async def address(sharing: Board) -> AsyncIterator[Address]:
    async with served(sharing) as address:
        yield address


async def test_connections_and_what_they_follow(sharing: Board, address: Address) -> None:
    await sharing.add()
    async with address.socket() as one, address.socket(), address.sse(PHASES) as events:
        await one.subscribe(STATUS, operation="a", id=ID)
        await one.next("a")
        await one.subscribe(STATUS, operation="b", id=ID)
        await one.next("b")
        await sharing.act(Action.START)
        await events.next()
        told = await scrape(sharing)
        assert told("connections", transport="websocket") == 2
        assert told("connections", transport="sse") == 1
        assert told("watchers", field="releaseStatus") == 2
        assert told("shared_subscriptions", field="releaseStatus") == 1
        assert told("largest_audience", field="releaseStatus") == 2
        assert told("watchers", field="phaseChanged") == told("shared_subscriptions", field="phaseChanged") == 1
        assert told("executions_total") == 2
        assert told("feed_followers") == 2


async def test_nobody_is_connected_any_more(sharing: Board, address: Address) -> None:
    async with address.socket() as one:
        await one.alive()
    await settled()
    told = await scrape(sharing)
    assert told("connections", transport="websocket") == told("connections", transport="sse") == 0
    assert told("outbox_messages", transport="websocket") == 0


async def test_from_the_commit_to_the_socket(sharing: Board, address: Address) -> None:
    await sharing.started()
    call = await sharing.hands.taken()
    await sharing.task_is(call.job.task_name, TaskStatus.IN_PROGRESS)
    async with address.socket() as one, address.socket() as other:
        for socket in (one, other):
            await socket.subscribe(STATUS, id=ID)
            await socket.next()
        before = await scrape(sharing)
        assert before("delivery_seconds_count") == 0, "what was committed before somebody asked is not measured"
        await sharing.act(Action.PAUSE)
        for socket in (one, other):
            await socket.next()
        after = await scrape(sharing)
    assert after("delivery_seconds_count") == 1, "measured once for both"
    assert 0 < after("delivery_seconds_sum") < 5
    assert after("deliveries_total") - before("deliveries_total") == 2


async def test_from_the_commit_to_an_event_stream(sharing: Board, address: Address) -> None:
    await sharing.add()
    async with address.sse(PHASES) as one, address.sse(PHASES) as other:
        while (await scrape(sharing))("watchers", field="phaseChanged") < 2:
            await settled()
        await sharing.act(Action.START)
        for events in (one, other):
            await events.next()
    assert (await scrape(sharing))("delivery_seconds_count") == 2, "each has its own way out"


async def test_resuming_is_not_measured(sharing: Board, address: Address) -> None:
    async with address.socket() as first:
        await first.subscribe("subscription { phaseChanged { cursor } }")
        await first.alive()
        await sharing.add()
        cursor = (await first.next())["phaseChanged"]["cursor"]
        await sharing.act(Action.START)
        await first.next()
    before = (await scrape(sharing))("delivery_seconds_count")
    async with address.socket() as second:
        await second.subscribe(f'subscription {{ phaseChanged(after: "{cursor}") {{ cursor }} }}')
        await second.next()
    assert (await scrape(sharing))("delivery_seconds_count") == before


async def test_answers_that_are_given_again(sharing: Board) -> None:
    await sharing.add()
    for _ in range(3):
        query = f'{{ releaseStatus(releaseId: "{ID}") {{ currentPhase }} }}'
        assert (await sharing.http.post("/graphql", json={"query": query})).status_code == 200
    told = await scrape(sharing)
    assert (told("answers_hits_total"), told("answers_misses_total"), told("answers")) == (2, 1, 1)
    assert told("answers_bytes") > 100


async def test_what_is_never_given_again_is_not_missed(sharing: Board, address: Address) -> None:
    await sharing.add()
    start = f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ userErrors {{ message }} }} }}'
    for query in (start, "{ service { time } }", "{ nothing }", "{"):
        await sharing.http.post("/graphql", json={"query": query})
    async with address.sse("subscription { phaseChanged { cursor } }"):
        told = await scrape(sharing)
    assert (told("answers_hits_total"), told("answers_misses_total")) == (0, 0)


async def test_operations_by_kind_and_name(sharing: Board, address: Address) -> None:
    await sharing.add()
    for query in ("query Look { service { version } }", "{ service { version } }", "query Look { nothing }", "{"):
        await sharing.http.post("/graphql", json={"query": query})
    async with address.socket() as socket:
        await socket.subscribe("query Streamed { service { version } }")
        await socket.next()
        await socket.completed()
    told = await scrape(sharing)
    assert told("operation_seconds_count", kind="query", operation="Look") == 2
    assert told("operation_seconds_count", kind="query", operation="unnamed") == 1
    assert told("operation_seconds_count", kind="query", operation="Streamed") == 1
    assert told("operation_seconds_count", kind="invalid", operation="unnamed") == 1
    assert (told("operation_errors_total", kind="query"), told("operation_errors_total", kind="invalid")) == (1, 1)


async def test_names_from_outside_do_not_grow_without_end(sharing: Board) -> None:
    for number in range(MOST + 5):
        await sharing.http.post("/graphql", json={"query": f"query N{number} {{ service {{ time }} }}"})
        await sharing.http.post("/graphql", json={"query": f"query Wrong{number} {{ nothing }}"})
    told = await scrape(sharing)
    counted = [s for s in told.families["phaseboard_operation_seconds"].samples if s.name.endswith("_count")]
    assert len(counted) == MOST + 1
    assert told("operation_seconds_count", kind="query", operation="other") == 5 + MOST + 5


async def test_counters_begin_at_zero(sharing: Board) -> None:
    told = await scrape(sharing)
    assert told("mutations_total", outcome="STALE_REVISION") == told("mutations_total", outcome="OK") == 0
    assert told("callbacks_total", answer="WRONG_SECRET") == told("callbacks_total", answer="DUPLICATE") == 0
    assert told("operation_errors_total", kind="mutation") == 0


async def test_mutations_by_how_they_ended(sharing: Board) -> None:
    await sharing.add()
    start = f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ replayed }} }}'
    for _ in range(3):
        await sharing.http.post("/graphql", json={"query": start})
    told = await scrape(sharing)
    assert told("mutations_total", outcome="OK") == 1
    assert told("mutations_total", outcome="ACTION_NOT_ALLOWED") == 2


async def test_callbacks_by_answer(sharing: Board) -> None:
    for path, body in (("tsk-none-1/1", {"outcome": "SUCCEEDED"}), ("tsk-none-1/x", {"outcome": "SUCCEEDED"})):
        await sharing.http.post(f"/callbacks/{path}", json=body)
    told = await scrape(sharing)
    assert told("callbacks_total", answer="NOT_FOUND") == told("callbacks_total", answer="INVALID") == 1


async def test_steps_and_attempts(sharing: Board) -> None:
    await sharing.started()
    call = await sharing.hands.taken()
    told = await scrape(sharing)
    assert told("running_tasks", executor="simulated") == 1
    assert told("running_tasks", executor="manual") == 0
    assert told("free_slots") == 31
    call.end()
    await sharing.task_is(call.job.task_name, TaskStatus.COMPLETED)
    told = await scrape(sharing)
    assert told("task_attempt_seconds_count", executor="simulated", outcome="done") == 1
    assert told("step_seconds_count", step="claim") >= 1
    assert told("step_seconds_count", step="record") == 1


async def test_open_tasks_by_status_and_executor() -> None:
    async with Board().still() as board:
        known, unknown = make_task("known"), make_task("unknown", executor="of another node")
        await board.started(make_plan(kickoff=(known, unknown, make_task("later", "known"))))
        await board.claim()
        told = await scrape(board)
    assert told("tasks", status="IN_PROGRESS", executor="simulated") == 1
    assert told("tasks", status="PENDING", executor="simulated") == 1
    assert told("tasks", status="PENDING", executor="other") == 1
    assert told("tasks", status="FAILED", executor="manual") == 0
    labels = [sample.labels for sample in told.families["phaseboard_tasks"].samples]
    assert {label["executor"] for label in labels} == {"simulated", "manual", "other"}, "those installed, and the rest"
    assert len(labels) == len(OPEN) * 3


async def test_the_loops_lag_is_noticed() -> None:
    seen: asyncio.Queue[float] = asyncio.Queue()
    lag = LoopLag(seen.put_nowait, every=0.001)
    looking = asyncio.create_task(lag.run())
    await seen.get()
    until = perf_counter() + 0.05
    while perf_counter() < until:
        continue
    while await seen.get() < 0.04:
        continue
    assert lag.worst >= 0.04
    looking.cancel()


async def test_two_servers_do_not_mix(sharing: Board) -> None:
    await sharing.add()
    await sharing.looked()
    async with Board().still() as other:
        assert (await scrape(other))("feed_head") == 0
    assert (await scrape(sharing))("feed_head") > 0


async def test_a_node_tells_whether_it_hears_of_the_others(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phaseboard.store.postgres.listen.AGAIN_SECONDS", 3_600)
    async with serving(HearingStore(postgres_url)) as nodes:
        told = await scrape(nodes[0])
        assert (told("feed_connected"), told("feed_lag_seconds")) == (1, 0)
        await nodes.stores[0].cut()
        told = await scrape(nodes[0])
        assert told("feed_connected") == 0
        assert told("feed_lag_seconds") > 0


async def test_the_process_is_told_of_as_well(sharing: Board) -> None:
    told = await scrape(sharing)
    assert {"process_resident_memory_bytes", "process_open_fds", "python_info", "python_gc_collections"} <= {
        *told.families
    }
