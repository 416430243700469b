"""What only a demo offers: its clock runs fast, and the outside systems are played; by HTTP."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.playground.demo import running_demo
from tests.playground.examples import MANUAL, Releases
from tests.servers import running_server

HOUR = {"name": "build", "executor": "simulated", "with": {"durationSeconds": 3600}}

_TASK = "query ($id: ID!) { release(id: $id) { tasks { id status attempts { outcome failureReason } } } }"
_HISTORY = "query ($id: ID!) { release(id: $id) { events(last: 9) { nodes { actor { kind } } } } }"

pytestmark = pytest.mark.process


@pytest.fixture
def http(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a demo."""
    with running_demo(tmp_path) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield http


def first_task(http: httpx.Client, release: str) -> Any:
    return Releases(http).ask(_TASK, id=release)["release"]["tasks"][0]


def test_what_takes_an_hour_is_done_in_a_minute(http: httpx.Client) -> None:
    release = Releases(http).started(HOUR | {"with": {"durationSeconds": 120}})
    assert http.get("/demo").json()["speed"] == 1
    told = http.post("/demo/speed", json={"speed": 60}).json()
    assert (told["speed"], told["speeds"]) == (60, [1, 10, 60])
    Releases(http).reaches(release, "SUBMITTED")
    slow = http.post("/demo/speed", json={"speed": 1}).json()
    passed = datetime.fromisoformat(slow["time"]) - datetime.fromisoformat(told["time"])
    assert passed.total_seconds() >= 3 * 120 - 2


def test_the_next_demo_goes_on_where_this_one_was(tmp_path: Path) -> None:
    with running_demo(tmp_path) as url, httpx.Client(base_url=url, timeout=30) as http:
        release = Releases(http).started(HOUR | {"with": {"durationSeconds": 60}})
        http.post("/demo/speed", json={"speed": 60})
        Releases(http).reaches(release, "SUBMITTED")
        before = http.post("/demo/speed", json={"speed": 1}).json()["time"]
    with running_demo(tmp_path) as url:
        again = httpx.get(f"{url}/demo").json()
    assert again["speed"] == 1
    away = datetime.fromisoformat(again["time"]) - datetime.fromisoformat(before)
    assert away.total_seconds() > -30, "the clock went back behind what happened"


def test_a_task_that_waits_is_answered_as_by_a_callback(http: httpx.Client) -> None:
    release = Releases(http).started(MANUAL)
    task = Releases(http).task(release)
    answers = [http.post(f"/demo/callbacks/{task}/1", json={"outcome": "SUCCEEDED"}) for _ in range(2)]
    assert [answer.json()["answer"] for answer in answers] == ["ACCEPTED", "DUPLICATE"]
    assert first_task(http, release)["status"] == "COMPLETED"
    history = Releases(http).ask(_HISTORY, id=release)["release"]["events"]["nodes"]
    assert "CALLBACK" in [event["actor"]["kind"] for event in history if event["actor"]]


def test_a_task_that_runs_is_failed(http: httpx.Client) -> None:
    release = Releases(http).created(HOUR)
    Releases(http).start(release)
    Releases(http).running(release)
    task = first_task(http, release)["id"]
    answer = http.post(f"/demo/callbacks/{task}/1", json={"outcome": "FAILED", "message": "Failed by hand."})
    assert answer.json()["answer"] == "ACCEPTED"
    failed = first_task(http, release)
    assert failed["status"] == "FAILED"
    assert [attempt["failureReason"] for attempt in failed["attempts"]] == ["Failed by hand."]


@pytest.mark.parametrize(
    "body", ['{"speed": 7}', '{"speed": true}', '{"speed": "10"}', "[]", "null", "{", "", "[" * 9999]
)
def test_another_speed_is_refused_in_words(http: httpx.Client, body: str) -> None:
    answer = http.post("/demo/speed", content=body)
    assert (answer.status_code, "1, 10, 60" in answer.json()["message"]) == (400, True)
    assert http.get("/demo").json()["speed"] == 1


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("tsk-nothing-1/1", {"outcome": "FAILED"}, (404, "NOT_FOUND")),
        ("nonsense/1", {"outcome": "FAILED"}, (404, "NOT_FOUND")),
        ("tsk-nothing-1/99999999999", {"outcome": "FAILED"}, (400, "INVALID")),
        ("tsk-nothing-1/1", {"outcome": "MAYBE"}, (400, "INVALID")),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    http: httpx.Client, path: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = http.post(f"/demo/callbacks/{path}", json=body)
    assert (answer.status_code, answer.json()["answer"]) == expected
    assert answer.json()["message"]


def test_a_task_that_has_not_begun_cannot_be_failed(http: httpx.Client) -> None:
    task = first_task(http, Releases(http).created(HOUR))["id"]
    answer = http.post(f"/demo/callbacks/{task}/1", json={"outcome": "FAILED"})
    assert (answer.status_code, answer.json()["answer"]) == (409, "NOT_RUNNING")
    assert "has not started" in answer.json()["message"]


def test_pages_of_other_origins_may_not(http: httpx.Client) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert http.post("/demo/speed", json={"speed": 10}, headers=elsewhere).status_code == 403
    assert http.post("/demo/callbacks/tsk-a-1/1", json={"outcome": "FAILED"}, headers=elsewhere).status_code == 403
    assert http.get("/demo", headers={"Host": "elsewhere.example"}).status_code == 403
    assert http.get("/demo").json()["speed"] == 1


def test_other_servers_have_none_of_it(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, httpx.Client(base_url=server.url) as http:
        assert http.get("/demo").status_code == 404
        assert http.post("/demo/speed", json={"speed": 10}).status_code == 404
        assert http.post("/demo/callbacks/tsk-a-1/1", json={"outcome": "FAILED"}).status_code == 404
        assert "demo" not in http.get("/").text
