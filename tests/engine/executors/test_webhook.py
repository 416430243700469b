import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed, Result
from phaseboard.engine.executors.webhook import WebhookExecutor

from .ci_server import CiServer, answer, raw, silence
from .factory import SECRET, job

Call = Callable[..., Awaitable[Result]]


@pytest_asyncio.fixture
async def call(ci: CiServer) -> AsyncIterator[Call]:
    """Make one call to the server of the test."""
    executor = WebhookExecutor({})

    async def execute(**settings: Any) -> Result:
        return await executor.execute(job(), executor.settings.model_validate({"url": ci.url} | settings))

    yield execute
    await executor.close()


async def failure(call: Call, **settings: Any) -> str:
    result = await call(**settings)
    assert isinstance(result, Failed), result
    assert SECRET not in repr(result)
    return result.message


async def test_the_request_says_what_runs_and_keeps_the_secret(ci: CiServer, call: Call) -> None:
    assert isinstance(await call(), Done)
    [request] = ci.requests
    assert (request.method, request.target) == ("POST", "/jobs")
    assert request.headers["idempotency-key"] == "idem-1"
    assert request.headers["phaseboard-task"] == "tsk-abc-1"
    assert request.headers["phaseboard-attempt"] == "1"
    assert request.json() == {
        "release": {"id": "rel-abc", "name": "Mobile", "version": "4.2.0"},
        "task": {"id": "tsk-abc-1", "name": "Build RC"},
        "cycle": "RC1",
        "attempt": 1,
        "idempotencyKey": "idem-1",
        "callbackUrl": None,
    }
    assert SECRET not in repr(request)


async def test_whoever_is_to_report_gets_address_and_secret_in_headers(ci: CiServer, call: Call) -> None:
    ci.answer = answer("202 Accepted")
    assert isinstance(await call(awaitCallback=True), AwaitingCallback)
    [request] = ci.requests
    assert request.headers["phaseboard-callback-url"] == job().callback_url
    assert request.headers["phaseboard-secret"] == SECRET
    assert request.json()["callbackUrl"] == job().callback_url
    assert SECRET not in request.body.decode()


async def test_method_headers_and_body_are_the_plans(ci: CiServer, call: Call) -> None:
    headers = {"Authorization": "Bearer x", "content-type": "application/vnd.ci+json", "X-Name": " Größe 🚀 "}
    await call(method="PUT", headers=headers, body={"ref": "release/4.2.0", "inputs": [1, None, True]})
    [request] = ci.requests
    assert request.method == "PUT"
    assert request.headers["authorization"] == "Bearer x"
    assert request.headers["content-type"] == "application/vnd.ci+json"
    assert request.headers["x-name"].encode("latin-1").decode() == "Größe 🚀"
    assert request.json() == {"ref": "release/4.2.0", "inputs": [1, None, True]}


async def test_a_get_sends_no_body(ci: CiServer, call: Call) -> None:
    await call(method="GET")
    assert ci.requests[0].body == b""


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"externalUrl": "https://ci.example/1"}, [], "https://ci.example/1"),
        ({"externalUrl": "https://ci.example/1"}, ["Location: https://ci.example/2"], "https://ci.example/1"),
        ({"externalUrl": "javascript:alert(1)"}, ["Location: https://ci.example/2"], "https://ci.example/2"),
        ({}, ["Location: https://ci.example/2"], "https://ci.example/2"),
        ({"externalUrl": 7}, [], None),
        ({"externalUrl": "https://ci.example/" + "x" * 2000}, [], None),
        ([1], ["Location: http://[::1"], None),
    ],
)
async def test_the_reply_may_say_where_to_follow_the_work(
    ci: CiServer, call: Call, body: object, headers: list[str], expected: str | None
) -> None:
    ci.answer = answer("201 Created", json.dumps(body).encode(), *headers)
    assert (await call()).external_url == expected


async def test_a_relative_location_belongs_to_the_address_called(ci: CiServer, call: Call) -> None:
    ci.answer = answer("201 Created", b"", "Location: /jobs/7")
    assert (await call()).external_url == f"http://{ci.host}/jobs/7"


@pytest.mark.parametrize("body", [b"OK", b"{", b"\xff\xfe", b"[" * 60_000, b""])
async def test_a_reply_that_is_no_json_is_fine(ci: CiServer, call: Call, body: bytes) -> None:
    ci.answer = answer("200 OK", body)
    assert isinstance(await call(), Done)


async def test_another_status_fails_with_the_first_lines_of_the_reply(ci: CiServer, call: Call) -> None:
    ci.answer = answer("500 Internal Server Error", b"\x1b[31mno agent\x00 online\r\ntry later\n" + b"." * 9000)
    message = await failure(call)
    assert message.startswith(f"POST {ci.host} answered 500 Internal Server Error: no agent online try later ...")
    assert len(message) < 600


async def test_a_secret_that_is_echoed_is_blotted_out(ci: CiServer, call: Call) -> None:
    async def echo(request: Any, writer: asyncio.StreamWriter) -> None:
        echoed = json.dumps(request.headers | {"externalUrl": f"https://ci.example/?{SECRET}"}).encode()
        await answer("418 " + SECRET, echoed, f"Location: https://ci.example/?{SECRET}")(request, writer)

    ci.answer = echo
    assert "*****" in await failure(call, awaitCallback=True)
    ci.answer = answer("200 OK", SECRET.encode(), f"Location: https://ci.example/?{SECRET}")
    assert SECRET not in repr(await call(awaitCallback=True))


CREDENTIALS: dict[str, Any] = {
    "headers": {"X-Sign": "Bearer canary-header", "X-Key": 'canary"quoted'},
    "body": {"password": "canary-body"},
}


@pytest.mark.parametrize("status", ["500 Bad", "201 Created", "302 Found"])
async def test_what_the_plan_proves_itself_by_is_blotted_out(ci: CiServer, call: Call, status: str) -> None:
    async def echo(request: Any, writer: asyncio.StreamWriter) -> None:
        echoed = {"url": request.target, "headers": request.headers, "body": request.body.decode()}
        address = f"https://ci.example{request.target}"
        body = json.dumps(echoed | {"externalUrl": address} if status[0] == "2" else echoed).encode()
        sent = f"{status} {request.headers['x-sign']}"
        await answer(sent, body, f"Location: {address}")(request, writer)

    ci.answer = echo
    url = f"http://canary-user:canary-password@{ci.host}/hook?token=canary%2Fquery"
    result = await call(url=url, **CREDENTIALS)
    assert ci.requests[0].headers["x-sign"] == "Bearer canary-header"
    assert "canary" not in repr(result)
    assert "****" in repr(result)


async def test_what_is_cut_off_is_blotted_out_too(ci: CiServer, call: Call) -> None:
    for before in range(8192 - 20, 8192):
        ci.answer = answer("500 Bad", b" " * before + b"canary-header")
        message = await failure(call, **CREDENTIALS)
        assert "canary" not in message


async def test_an_address_that_cannot_be_read_is_not_repeated(call: Call) -> None:
    message = await failure(call, url="http://user:canary-password/{{ release.id }}")
    assert message == "The url cannot be read: Invalid port."


async def test_redirects_are_not_followed(ci: CiServer, call: Call) -> None:
    ci.answer = answer("302 Found", b"", f"Location: {ci.url}/elsewhere")
    assert "does not follow redirects; use the final address" in await failure(call)
    assert len(ci.requests) == 1


async def test_no_more_than_64_kb_are_read(ci: CiServer, call: Call) -> None:
    async def endless(request: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    ci.answer = endless
    assert "200 OK with more than 64 kB" in await failure(call)
    await asyncio.wait_for(ci.idle(), 5)


async def test_a_reply_is_not_unpacked(ci: CiServer, call: Call) -> None:
    ci.answer = answer("200 OK", b"\x1f\x8b not gzip", "Content-Encoding: gzip")
    assert isinstance(await call(), Done)
    assert ci.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_silence_ends_with_the_time_limit(ci: CiServer, sent: bytes) -> None:
    ci.answer = silence(sent)
    executor = WebhookExecutor({"PHASEBOARD_WEBHOOK_TIMEOUT": "0.1"})
    result = await executor.execute(job(), executor.settings.model_validate({"url": ci.url}))
    assert result == Failed(message=f"{ci.host} did not answer within 0.1 s.")
    await executor.close()
    await asyncio.wait_for(ci.idle(), 5)


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"SSH-2.0\r\n"]
)
async def test_a_dropped_connection_is_told(ci: CiServer, call: Call, sent: bytes) -> None:
    ci.answer = raw(sent)
    assert await failure(call) == f"{ci.host} dropped the connection before its reply was complete."


async def test_a_host_that_does_not_listen_is_told(call: Call) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{bound.getsockname()[1]}"
        assert await failure(call, url=f"http://{host}/") == f"{host} refused the connection."


async def test_a_name_that_does_not_resolve_is_told(call: Call) -> None:
    name = "x" * 64 + ".example"  # too long a label: no name server is asked
    assert await failure(call, url=f"http://{name}/") == f"{name} is not a name that resolves."


async def test_tls_problems_are_told(call: Call) -> None:
    async with await asyncio.start_server(speaks_no_tls, "127.0.0.1", 0) as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        message = await failure(call, url=f"https://{host}/")
    assert message == f"{host} could not agree on TLS: wrong version number."


async def speaks_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


async def test_an_address_is_checked_again_after_rendering(call: Call) -> None:
    assert await failure(call, url="file:///{{ release.version }}") == "The url must begin with http:// or https://."


async def test_no_call_sees_the_cookies_of_another(ci: CiServer, call: Call) -> None:
    ci.answer = answer("200 OK", b"", "Set-Cookie: session=1; Path=/")
    await call()
    await call()
    assert "cookie" not in ci.requests[1].headers


async def test_proxies_of_the_environment_are_not_used(
    ci: CiServer, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    executor = WebhookExecutor({"HTTP_PROXY": "http://127.0.0.1:1"})
    assert isinstance(await executor.execute(job(), executor.settings.model_validate({"url": ci.url})), Done)
    await executor.close()


async def test_the_proxy_of_the_settings_is_used(ci: CiServer) -> None:
    executor = WebhookExecutor({"PHASEBOARD_WEBHOOK_PROXY": f"http://{ci.host}"})
    settings = executor.settings.model_validate({"url": "http://ci.invalid/jobs"})
    assert isinstance(await executor.execute(job(), settings), Done)
    await executor.close()
    assert ci.requests[0].target == "http://ci.invalid/jobs"


async def test_the_secret_is_in_no_log(ci: CiServer, call: Call, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await call(awaitCallback=True)
        ci.answer = raw(b"")
        await call(awaitCallback=True)
    assert caplog.records
    assert SECRET not in caplog.text


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_limit_that_is_none_is_refused_by_name(seconds: str) -> None:
    with pytest.raises(ValueError, match="PHASEBOARD_WEBHOOK_TIMEOUT"):
        WebhookExecutor({"PHASEBOARD_WEBHOOK_TIMEOUT": seconds})
