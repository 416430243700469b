"""Callbacks that nobody should send: each gets an answer of its own, and only the right secret changes anything."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random
from urllib.parse import quote_from_bytes

import pytest

from tests.e2e.client import TASKS, connect
from tests.fuzz.bodies import ODD
from tests.fuzz.driver import Driver
from tests.fuzz.requests import Case, chunked
from tests.fuzz.responses import CANARY, Response, check_response
from tests.fuzz.scale import scaled
from tests.fuzz.scene import scene
from tests.servers import Server

REQUESTS = scaled(600, 10_000)
STATUSES = {"INVALID": 400, "WRONG_SECRET": 403, "NOT_FOUND": 404, "OLD_ATTEMPT": 409, "SETTLED": 409}
PATHS = ("tsk-1/1", "x/1", "tsk-1/0", "tsk-1/-1", "tsk-1/" + "9" * 400, "tsk-1/1.0", "tsk-1/%C2%B2", "rel-1/1", "%00/1")

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + REQUESTS // 10)]


class Callbacks:
    """Makes callbacks for tasks that there are, and for others."""

    def __init__(self, tasks: tuple[str, ...]) -> None:
        self._tasks = tasks

    def case(self, random: Random) -> Case:
        """Return a case; every path leads to the endpoint."""
        body = self._body(random)
        headers = [f"POST /callbacks/{self._path(random)} HTTP/1.1", "Host: 127.0.0.1"]
        headers += [f"{name}: {value}" for name, value in self._headers(random)]
        if random.random() < 0.3:
            headers, body = [*headers, "Transfer-Encoding: chunked"], chunked(body, random)
        else:
            headers.append(f"Content-Length: {len(body)}")
        return Case("\r\n".join([*headers, "", ""]).encode("latin-1") + body, lawful=True)

    def _path(self, random: Random) -> str:
        if random.random() < 0.6:
            return f"{random.choice(self._tasks)}/{random.choice([1, 1, 1, 2, 0, 99, 2**31])}"
        return random.choice([*PATHS, f"{quote_from_bytes(random.randbytes(6).replace(b'/', b'.'), safe='')}/1"])

    def _headers(self, random: Random) -> list[tuple[str, str]]:
        secrets = ["", CANARY, "é", "x" * 5_000, "a b"]
        headers = [("Phaseboard-Secret", random.choice(secrets)) for _ in range(random.choice([0, 1, 1, 2]))]
        return [*headers, ("Content-Type", random.choice(["application/json", "text/plain", ""]))]

    def _body(self, random: Random) -> bytes:
        report = {"outcome": random.choice(["SUCCEEDED", "FAILED"])}
        for key in random.sample(["outcome", "externalUrl", "message", "unknown", ""], random.choice([0, 0, 1, 2])):
            report[key] = random.choice(ODD)
        body = json.dumps(report).encode()
        if random.random() < 0.2:
            at = random.randrange(len(body))
            return random.choice([b"", body[:at], b"[" * 60_000, b" " * 70_000, body[:at] + random.randbytes(3), b"1"])
        return body


def check_callback(response: Response) -> str:
    """Check an answer; returns which it is."""
    check_response(response)
    answer = json.loads(response.body)
    assert set(answer) == {"answer", "message"}
    assert answer["message"]
    assert STATUSES[answer["answer"]] == response.status
    return str(answer["answer"])


async def test_no_callback_without_the_secret_counts(server: Server, figures: Callable[[str], None]) -> None:
    async with scene(server, figures) as around, connect(server.url) as api:
        release, *tasks = around.ids
        before = await api.ask(TASKS, id=release)
        driver = Driver(server, Callbacks(tuple(tasks)).case, check_callback)

        async def fire() -> Counter[str]:
            return await driver.send("callback", REQUESTS)

        await around.under_fire(fire, driver.doing)
        assert await api.ask(TASKS, id=release) == before
    assert {"INVALID", "WRONG_SECRET", "NOT_FOUND"} <= set(driver.tally), driver.tally
