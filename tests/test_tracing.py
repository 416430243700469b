"""Traces: what spans tell, when there are any, and that they reach a collector."""

import gzip
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from phaseboard.activity import Activity, Kind, Watchers
from phaseboard.domain.enums import Action, TaskStatus
from phaseboard.engine.executors.port import Failed
from phaseboard.tracing import Traces, traces_of
from tests.api.serving import served
from tests.api.streams.scene import settled
from tests.engine.board import ID, Board
from tests.servers import running_server

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
QUERY = "query Look($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }"


class Spans:
    """The spans that were made."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.traces = Traces(SimpleSpanProcessor(self.exporter), {"OTEL_SERVICE_NAME": "board"})

    def named(self, name: str) -> ReadableSpan:
        found = [span for span in self.exporter.get_finished_spans() if span.name == name]
        assert found, [span.name for span in self.exporter.get_finished_spans()]
        return found[0]

    @property
    def texts(self) -> str:
        return " ".join(span.to_json() for span in self.exporter.get_finished_spans())


@pytest.fixture
def spans() -> Spans:
    return Spans()


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    assert span.attributes is not None
    return span.attributes


async def test_an_operation_is_told_without_its_values(spans: Spans) -> None:
    async with Board().still() as board:
        board.server.watch.add(spans.traces.watch)
        await board.add()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        asked = {"query": QUERY, "variables": {"id": "rel-canary"}}
        await board.http.post("/graphql", json=asked, headers={"traceparent": trace})
        await board.http.post("/graphql", json={"query": "mutation Bad { nothing }"})
    span = spans.named("query Look")
    assert span.kind is SpanKind.SERVER
    assert span.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert span.parent is not None
    assert span.parent.span_id == 0xB7AD6B7169203331
    assert attributes(span)["graphql.operation.name"] == "Look"
    assert span.resource.attributes["service.name"] == "board"
    assert span.end_time is not None
    assert span.start_time is not None
    assert span.end_time > span.start_time
    assert spans.named("mutation Bad").status.status_code is StatusCode.ERROR
    assert "canary" not in spans.texts


async def test_steps_and_attempts_are_told(spans: Spans) -> None:
    async with Board().running() as board:
        board.server.watch.add(spans.traces.watch)
        await board.started()
        call = await board.hands.taken()
        call.end(Failed(message="canary"))
        await board.task_is(call.job.task_name, TaskStatus.FAILED)
        await settled()
    claim, attempt = spans.named("claim"), spans.named("attempt simulated")
    assert attributes(claim)["phaseboard.task"] == call.job.task_id
    assert attributes(attempt) == {
        "phaseboard.release": ID, "phaseboard.task": call.job.task_id, "phaseboard.attempt": "1",
        "phaseboard.executor": "simulated", "phaseboard.outcome": "failed",
    }  # fmt: skip
    assert attempt.status.status_code is StatusCode.ERROR
    assert spans.named("record")
    assert "canary" not in spans.texts


async def test_what_time_brings_about_is_told(spans: Spans) -> None:
    async with Board().running() as board:
        board.server.watch.add(spans.traces.watch)
        await board.add()
        await board.released()
    assert attributes(spans.named("advance")) == {"phaseboard.release": ID, "phaseboard.outcome": "ok"}


async def test_operations_of_streams_are_told_when_they_end(spans: Spans) -> None:
    async with Board().running() as board, served(board) as address:
        board.server.watch.add(spans.traces.watch)
        await board.add()
        async with address.socket() as socket:
            await socket.subscribe("subscription Follow { phaseChanged { to } }")
            await socket.alive()
            await board.act(Action.START)
            await socket.next()
    assert attributes(spans.named("subscription Follow"))["graphql.operation.type"] == "subscription"


def test_a_fault_of_one_who_watches_harms_nobody(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Activity) -> None:
        raise RuntimeError

    Watchers(fails, spans.traces.watch)(Activity(Kind.CLAIM))
    assert spans.named("claim")
    assert "cannot tell what was done" in caplog.text


@pytest.mark.parametrize(
    "environ", [{}, {ENDPOINT: ""}, {ENDPOINT: "http://x", "OTEL_SDK_DISABLED": "true"},
                {ENDPOINT: "http://x", "OTEL_TRACES_EXPORTER": "none"}],
)  # fmt: skip
def test_nobody_asks_for_traces(environ: dict[str, str]) -> None:
    assert traces_of(environ) is None


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with caplog.at_level(logging.WARNING):
        assert traces_of({ENDPOINT: "http://127.0.0.1:9"}) is None
    assert "install phaseboard[tracing]" in caplog.text


def test_nothing_is_imported_unless_somebody_asks() -> None:
    code = "import sys, phaseboard.cli.serve; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@contextmanager
def collector() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a collector, and the names of the spans that it got."""
    names: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told = ExportTraceServiceRequest()
            told.ParseFromString(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            names.extend(s.name for r in told.resource_spans for scope in r.scope_spans for s in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", names
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.process
def test_a_server_sends_its_last_spans_before_it_ends(tmp_path: Path) -> None:
    with collector() as (address, names), running_server(tmp_path, env={ENDPOINT: address}) as server:
        httpx.post(f"{server.url}/graphql", json={"query": "query Traced { service { version } }"})
        assert server.terminate() == 0
        assert "query Traced" in names


@pytest.mark.process
def test_a_collector_that_is_gone_holds_nobody_up(tmp_path: Path) -> None:
    with running_server(tmp_path, env={ENDPOINT: "http://127.0.0.1:9"}) as server:
        asked = {"query": "query Traced { service { version } }"}
        assert httpx.post(f"{server.url}/graphql", json=asked).status_code == 200
        server.process.terminate()
        assert server.ended(10) == 0
        server.expects_traceback = True
