"""The Grafana dashboard asks for what is measured, and the README tells all of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric

from phaseboard.domain.enums import TaskStatus
from tests.api.serving import served
from tests.engine.board import Board
from tests.web.test_metrics import scrape

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "playground/examples/grafana-dashboard.json").read_text())
NAME = re.compile(r"\b(?:phaseboard|process|python)_\w+")
LABELS = re.compile(r"\{([^{}]*)\}|by \(([^()]*)\)")
ADDED = {"le", "instance"}
"""Labels that histograms, and the server that scrapes, add."""

SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def expressions() -> list[str]:
    variables = [variable["query"] for variable in DASHBOARD["templating"]["list"] if variable["type"] == "query"]
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    return [*targets, *variables]


def samples(families: dict[str, Metric]) -> dict[str, set[str]]:
    """Return the labels of each name that may be asked for."""
    found: dict[str, set[str]] = {}
    for family in families.values():
        labels = {label for sample in family.samples for label in sample.labels}
        found |= {family.name + suffix: labels for suffix in SUFFIXES[family.type]}
    return found


@pytest.fixture
async def families() -> dict[str, Metric]:
    """Return what a server tells in which everything has happened that is measured."""
    async with Board(answers=True, sharing=True).running() as board, served(board) as address:
        release_id = await board.started()
        call = await board.hands.taken()
        async with address.socket() as socket:
            await socket.subscribe("subscription { phaseChanged { to } }")
            await socket.alive()
            call.end()
            await board.task_is(call.job.task_name, TaskStatus.COMPLETED)
            mutation = f'mutation {{ startRelease(input: {{releaseId: "{release_id}"}}) {{ replayed }} }}'
            for query in (mutation, "{ nothing }", "query Look { service { version } }"):
                await board.http.post("/graphql", json={"query": query})
            await board.http.post("/callbacks/tsk-none-1/1", json={"outcome": "SUCCEEDED"})
            return (await scrape(board)).families


def test_the_dashboard_asks_for_what_is_there(families: dict[str, Metric]) -> None:
    known = samples(families)
    asked = expressions()
    assert len(asked) > 30
    for expression in asked:
        names = NAME.findall(expression)
        assert names, expression
        assert set(names) <= known.keys(), expression
        labels = {label for name in names for label in known[name]} | ADDED
        for selected, grouped in LABELS.findall(expression):
            used = set(re.findall(r"(\w+)\s*[=!]", selected)) | set(re.findall(r"\w+", grouped))
            assert used <= labels, expression


def test_the_dashboard_shows_all_of_it(families: dict[str, Metric]) -> None:
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    ours = [family for name, family in families.items() if name.startswith("phaseboard_")]
    assert [one.name for one in ours if not asked & {one.name + suffix for suffix in SUFFIXES[one.type]}] == []


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place: dict[str, Any] = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_readme_names_every_metric(families: dict[str, Metric]) -> None:
    readme = (ROOT / "README.md").read_text()
    table = readme.partition("<!-- metrics:begin -->")[2].partition("<!-- metrics:end -->")[0]
    rows = re.findall(r"^\| `(\w+)(?:\{([\w, ]*)\})?` \| (\w+) \|", table, re.MULTILINE)
    told = {name: (kind, set(filter(None, labels.split(", ")))) for name, labels, kind in rows}
    ours = {
        name + ("_total" if family.type == "counter" else ""): (family.type, labels_of(family))
        for name, family in families.items()
        if name.startswith("phaseboard_")
    }
    assert told == ours


def labels_of(family: Metric) -> set[str]:
    return {label for sample in family.samples for label in sample.labels} - ADDED
