"""What watchers cost a node, and what a node that only listens pays for the commits of others.

Watchers follow the guide's whole status: all of them one release, or each one of its own, which nothing is shared with.
Idle ones cost pings, counted over some seconds in which nothing happens; the server's own idling is left out.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.callers import Connection, post
from tests.benchmarks.contestants import Own, client_core
from tests.benchmarks.machine import SERVER_CORE, cpu_seconds, on_core, resident_bytes
from tests.benchmarks.status import FIELDS, PAUSED, RUNNING, SUBSCRIPTION, action
from tests.benchmarks.table import Row, shown
from tests.benchmarks.watchers import Watchers
from tests.deployment.copies import Originals
from tests.postgres import run_sql
from tests.servers import running_server

PAGE = (
    "query ($after: String) { releases(first: 100, after: $after, filter: {statuses: [IN_PROGRESS]}) "
    f"{{ nodes {{ id statusResponse {{ {FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
TOGGLES = (("pauseRelease", PAUSED), ("resumeRelease", RUNNING))


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many watchers come, how many before them are left out, and how many changes follow.

    Memory is looked at after `settle` seconds. For `idle` seconds nothing happens: each watcher is sent one ping.
    """

    watchers: int = 2_000
    first: int = 200
    settle: float = 1.0
    idle: float = 8.0
    changes: int = 200


def measure(url: str, originals: Originals, crowd: Crowd) -> list[Row]:
    """Return what watchers cost; there are as many copies of the release under way, and they are not changed."""
    return [
        *_of_one(url, originals.under_way, crowd),
        *_of_many(url, originals.copies(crowd.first + crowd.watchers), crowd),
        *_of_the_board(url),
        *_elsewhere(url, originals.under_way, crowd.changes),
    ]


def _of_one(url: str, release_id: str, crowd: Crowd) -> list[Row]:
    with _node(url) as node, client_core(), _watching(node, release_id) as watchers:
        alone = _idle(node, crowd.idle)
        watchers.open(crowd.first, RUNNING)
        rows = _coming("of one release", node, crowd, lambda: watchers.open(crowd.watchers, RUNNING))
        before = cpu_seconds(node.pid)
        watchers.rest(crowd.idle)
        _toggle(node, release_id, watchers)
        idle = cpu_seconds(node.pid) - before - alone
        before = cpu_seconds(node.pid)
        _toggle(node, release_id, watchers)
        told = cpu_seconds(node.pid) - before
    each = 1e6 / len(TOGGLES) / (crowd.first + crowd.watchers)
    return [
        *rows,
        shown("watchers of one release: CPU to tell each a change", "us", [told * each]),
        shown("watchers of one release: CPU of a ping to each", "us", [(idle - told) * each * len(TOGGLES)]),
    ]


def _of_many(url: str, release_ids: list[str], crowd: Crowd) -> list[Row]:
    with ExitStack() as stack:
        node = stack.enter_context(_node(url))
        stack.enter_context(client_core())

        def come(several: list[str]) -> None:
            for release_id in several:
                stack.enter_context(_watching(node, release_id)).open(1, RUNNING)

        come(release_ids[: crowd.first])
        return _coming("of a release each", node, crowd, lambda: come(release_ids[crowd.first :]))


def _of_the_board(url: str) -> list[Row]:
    """Read the status of all that is under way a page after the other, as each board does when it comes."""
    with _node(url) as node, closing(Connection(node.port)) as connection:
        pages, after = 0, None
        used = cpu_seconds(node.pid)
        while pages == 0 or after:
            answer = json.loads(connection.ask(post("/graphql", {"query": PAGE, "variables": {"after": after}})))
            found = answer["data"]["releases"]["pageInfo"]
            pages, after = pages + 1, found["endCursor"] if found["hasNextPage"] else None
        used = cpu_seconds(node.pid) - used
    return [shown("a board: CPU for a page of 100 releases under way", "ms", [used / pages * 1e3])]


def _elsewhere(url: str, release_id: str, changes: int) -> list[Row]:
    """Change a release on one node, and look at another one, which tells the changes to one watcher."""
    with _node(url) as here, _node(url) as there, client_core(), _watching(there, release_id) as watchers:
        watchers.open(1, RUNNING)
        began, used, wrote = time.perf_counter(), cpu_seconds(there.pid), _written(url)
        for _ in range(changes // len(TOGGLES)):
            _toggle(here, release_id, watchers)
        used, wrote = cpu_seconds(there.pid) - used, _written(url) - wrote
        took = time.perf_counter() - began
    return [
        shown(
            f"a change, {changes / took:.0f} a second: CPU of a node that only listens", "us", [used / changes * 1e6]
        ),
        shown("a change: write-ahead log", "KiB", [wrote / changes / 1024]),
    ]


def _coming(who: str, node: Own, crowd: Crowd, come: Callable[[], None]) -> list[Row]:
    time.sleep(crowd.settle)
    memory, used = resident_bytes(node.pid), cpu_seconds(node.pid)
    come()
    used = cpu_seconds(node.pid) - used
    time.sleep(crowd.settle)
    memory = resident_bytes(node.pid) - memory
    return [
        shown(f"watchers {who}: memory of each", "KiB", [memory / crowd.watchers / 1024]),
        shown(f"watchers {who}: CPU until each has come", "us", [used / crowd.watchers * 1e6]),
    ]


def _idle(node: Own, seconds: float) -> float:
    before = cpu_seconds(node.pid)
    time.sleep(seconds)
    return cpu_seconds(node.pid) - before


def _toggle(node: Own, release_id: str, watchers: Watchers) -> None:
    """Pause a release and resume it, each once everybody was told of the one before."""
    with closing(Connection(node.port)) as connection:
        for name, phase in TOGGLES:
            connection.send(action(name, release_id))
            watchers.delivered(phase)
            connection.receive()


def _written(url: str) -> int:
    (row,) = run_sql(url, "SELECT (pg_current_wal_lsn() - '0/0')::bigint AS bytes")
    return int(row["bytes"])


def _watching(node: Own, release_id: str) -> Watchers:
    return Watchers(node.port, "/graphql", {"query": SUBSCRIPTION, "variables": {"id": release_id}})


@contextmanager
def _node(url: str) -> Iterator[Own]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        with on_core(SERVER_CORE):
            server = stack.enter_context(running_server(Path(folder), database_url=url))
        yield Own(server.pid, int(server.url.rpartition(":")[2]))
