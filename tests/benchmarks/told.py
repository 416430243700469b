"""What the README tells of the last full run: medians of `RESULTS.md`, in its tables.

`python -m tests.generate` writes them; a test holds the README to them. What `make growth` told stands here as it was.
"""

import re
from collections.abc import Iterator, Mapping

from tests.benchmarks.report import RESULTS

FAST = """| what | measured |
|---|---|
| a change told to 1,000 watchers, mutation and commit included | {1,000/starlette} times a bare Starlette broadcast, \
{1,000/node} times graphql-ws on Node, {1,000/strawberry} times Strawberry as it comes |
| a change told to 5,000 watchers | {5,000/starlette} times Starlette, {5,000/node} times graphql-ws, \
{5,000/strawberry} times Strawberry |
| a status query whose answer still stands | {warm} µs: {warm/starlette} times a constant Starlette route, \
{warm/mercurius} times Mercurius with JIT, {warm/apollo} times Apollo Server |
| a status query that is executed | {executed} µs: {executed/apollo} times Apollo Server |
| from a commit to the sockets, 1,000 releases under way | median {commit/median} ms, p99 {commit/p99} ms |
| from a due time to the sockets, also with 100,000 idle releases | p99 {due/p99} ms |
| from a commit on one node to the sockets of another | p99 {nodes/p99} ms |
| committed transitions, each on disk (`synchronous=FULL`) | {sqlite/one}/s one after the other, \
{sqlite/fifty}/s with 50 callers |
| memory of an idle watcher | {idle} KiB: {idle/starlette} times a bare Starlette WebSocket |"""

CARRIES = """| what | a node carries | at a price of |
|---|---|---|
| changes told to watchers | {a second: delivery}/s | {delivery} µs each |
| status queries | {warm/second}/s while the answer stands, {executed/second}/s executed | {warm} µs, {executed} µs |
| commits on SQLite | {sqlite/one}/s one after the other, {sqlite/fifty}/s with 50 callers | |
| commits on PostgreSQL | {postgres/one}/s; three nodes with it on the same two cores {postgres/three}/s | |
| watchers | 25,000, with room: 0.8 to 1.4 GB, a quarter of the core for pings | \
32 KiB each on one release, 54 KiB each on one of its own |
| watchers who come at once | 1,500/s to one release, 340/s to one each | 0.7 ms, 2.9 ms |"""

_FANOUT, _WARM = "fan-out to {}: deliveries per CPU second over {}", "warm status query: answers per CPU second over {}"

LABELS: Mapping[str, str] = {
    "1,000/starlette": _FANOUT.format("1,000", "bare Starlette"),
    "1,000/node": _FANOUT.format("1,000", "graphql-ws on Node"),
    "1,000/strawberry": _FANOUT.format("1,000", "Strawberry as it comes"),
    "5,000/starlette": _FANOUT.format("5,000", "bare Starlette"),
    "5,000/node": _FANOUT.format("5,000", "graphql-ws on Node"),
    "5,000/strawberry": _FANOUT.format("5,000", "Strawberry as it comes"),
    "delivery": "fan-out to 5,000: server CPU per delivery",
    "warm": "warm status query: server CPU per answer",
    "warm/second": "warm status query: answers per second",
    "warm/starlette": _WARM.format("bare Starlette"),
    "warm/mercurius": _WARM.format("Mercurius with JIT"),
    "warm/apollo": _WARM.format("Apollo Server"),
    "executed": "status query executed: server CPU per answer",
    "executed/second": "status query executed: answers per second",
    "executed/apollo": "status query executed: answers per CPU second over Apollo Server",
    "commit/median": "commit to socket, 1,000 releases under way: median",
    "commit/p99": "commit to socket, 1,000 releases under way: p99",
    "due/p99": "the same with 100,000 idle releases: p99",
    "nodes/p99": "commit on one node to a socket on another: p99",
    "sqlite/one": "committed transitions, one caller, synchronous=FULL",
    "sqlite/fifty": "committed transitions, 50 callers",
    "postgres/one": "committed transitions on PostgreSQL, one node",
    "postgres/three": "committed transitions on PostgreSQL, 3 nodes",
    "idle": "memory per idle watcher",
    "idle/starlette": "memory per idle watcher over bare Starlette",
}
"""What the places in the tables stand for, by the rows of the results."""

_A_SECOND = "a second: "
"""Before a figure in microseconds that is told as how many there are in a second."""

_PLACE = re.compile(r"\{([^}]+)\}")
_ROW = re.compile(r"\| ([^|]+) \| [\d.]+ \| ([\d.]+) \| [\d.]+ \|")


def told(table: str) -> str:
    """Return a table with its figures. Raises KeyError for one that is not in the results."""
    medians = dict(_medians())

    def figure(place: re.Match[str]) -> str:
        name = place[1].removeprefix(_A_SECOND)
        median = medians[LABELS[name]]
        return _shown(median if name == place[1] else 1e6 / median)

    return _PLACE.sub(figure, table)


def _medians() -> Iterator[tuple[str, float]]:
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        if row := _ROW.match(line):
            yield row[1], float(row[2])


def _shown(figure: float) -> str:
    """Return a figure with two digits."""
    if figure < 1:
        return f"{figure:.2f}"
    rounded = float(f"{figure:.2g}")
    return f"{rounded:.1f}" if rounded < 10 else f"{rounded:,.0f}"
