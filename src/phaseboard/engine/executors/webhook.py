"""The executor that calls another system over HTTP.

Calls go straight to the address: proxies of the environment are not used, since they would get to see the callback's
secret; `PHASEBOARD_WEBHOOK_PROXY` names one that may. `SSL_CERT_FILE` adds certificates to the public ones.
`PHASEBOARD_WEBHOOK_HOSTS` names the hosts that may be called (see `hosts`). Redirects are not followed. A name whose
addresses decide is resolved once, and called where it led then: who owns it may let it lead elsewhere at any time.
`PHASEBOARD_WEBHOOK_TIMEOUT` is how long a whole call may take, in seconds. Every call has a connection of its own, as a
kept one may be closed by the other side at the moment it is used, and no call sees the cookies of another.
"""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import ClassVar, cast

import httpx
from pydantic import BaseModel, JsonValue

from phaseboard.engine.executors.address import host_of, web_address
from phaseboard.engine.executors.hosts import HOSTS, HostRefused, Hosts
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed, Job, Result
from phaseboard.engine.executors.redaction import Redactor
from phaseboard.engine.executors.reply import READ_BYTES, Reply
from phaseboard.engine.executors.secret_values import redactor_for_call
from phaseboard.engine.executors.unreachable import reason
from phaseboard.engine.executors.webhook_settings import WebhookSettings

TIMEOUT = "PHASEBOARD_WEBHOOK_TIMEOUT"
PROXY = "PHASEBOARD_WEBHOOK_PROXY"
_CONNECT_SECONDS = 10.0


class WebhookExecutor:
    """Sends one request an attempt and takes a 2xx for success, or for the promise of a callback."""

    settings: ClassVar[type[BaseModel]] = WebhookSettings
    callback_timeout: ClassVar[timedelta] = timedelta(hours=24)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._seconds = _seconds(environ.get(TIMEOUT, "30"))
        self._hosts = Hosts(environ.get(HOSTS, ""), by_proxy=bool(environ.get(PROXY)))
        self._client = _client(environ, self._seconds)

    async def execute(self, job: Job, settings: WebhookSettings) -> Result:
        """Make the call."""
        try:
            url = web_address(settings.url)
        except ValueError as error:
            return Failed(message=f"The url {error}.")
        host = host_of(url)
        hidden = redactor_for_call(job, url, settings.headers, settings.body)
        request = self._client.build_request(
            settings.method, url, headers=_headers(job, settings), content=_content(job, settings)
        )
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._sent(request, await self._hosts.check(url))
                reply = await _reply(response, url, hidden)
        except HostRefused as error:
            return Failed(message=f"The url {error}.")
        except TimeoutError:
            return Failed(message=f"{host} did not answer within {self._seconds:g} s.")
        except (httpx.HTTPError, OSError, ValueError) as error:
            return Failed(message=hidden.redact_text(f"{host} {reason(error)}."))
        return _result(f"{settings.method} {host}", reply, handed_over=settings.await_callback)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _sent(self, request: httpx.Request, addresses: Sequence[str]) -> httpx.Response:
        """Send a request to the first of these addresses that takes it, to its host where there are none."""
        *others, last = [_at(request, address) for address in addresses] or [request]
        for other in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._client.send(other, stream=True)
        return await self._client.send(last, stream=True)


def _at(request: httpx.Request, address: str) -> httpx.Request:
    """Return a request that goes to an address; host and certificate stay those of its name."""
    url = request.url.copy_with(host=address)
    named = {**request.extensions, "sni_hostname": request.url.host}
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=named)


async def _reply(response: httpx.Response, called: httpx.URL, hidden: Redactor) -> Reply:
    body = bytearray()
    chunks = cast("AsyncGenerator[bytes]", response.aiter_raw())
    async with aclosing(response), aclosing(chunks):
        async for chunk in chunks:
            body += chunk
            if len(body) > READ_BYTES:
                break
    return Reply(
        status=response.status_code,
        reason=response.reason_phrase,
        location=_location(response, called),
        body=bytes(body),
        complete=len(body) <= READ_BYTES,
        hidden=hidden,
    )


def _result(call: str, reply: Reply, *, handed_over: bool) -> Result:
    answer = f"{call} answered {reply.status_line()}"
    if reply.redirects:
        return Failed(message=f"{answer}: Phaseboard does not follow redirects; use the final address.")
    excerpt = reply.excerpt()
    said = f"{answer}: {excerpt}" if excerpt else f"{answer}."
    if not reply.succeeded:
        return Failed(message=said)
    if not reply.complete:
        return Failed(message=f"{answer} with more than {READ_BYTES // 1024} kB, more than is read.")
    outcome = AwaitingCallback if handed_over else Done
    return outcome(external_url=reply.external_url(), output=said)


def _location(response: httpx.Response, called: httpx.URL) -> str:
    location = response.headers.get("location", "")
    try:
        return str(called.join(location)) if location else ""
    except (httpx.InvalidURL, ValueError):
        return ""


def _headers(job: Job, settings: WebhookSettings) -> list[tuple[bytes, bytes]]:
    headers = {"accept": "application/json", "user-agent": "Phaseboard", "content-type": "application/json"}
    headers |= {name.lower(): value.strip() for name, value in settings.headers.items()}
    headers |= {
        "accept-encoding": "identity",
        "Idempotency-Key": job.idempotency_key,
        "Phaseboard-Task": job.task_id,
        "Phaseboard-Attempt": str(job.attempt),
    }
    if settings.await_callback:
        headers |= {"Phaseboard-Callback-Url": job.callback_url, "Phaseboard-Secret": job.callback_secret}
    return [(name.encode("ascii"), value.encode()) for name, value in headers.items()]


def _content(job: Job, settings: WebhookSettings) -> bytes | None:
    if settings.body is not None:
        return json.dumps(settings.body).encode()
    return None if settings.method in {"GET", "DELETE"} else json.dumps(_default_body(job, settings)).encode()


def _default_body(job: Job, settings: WebhookSettings) -> JsonValue:
    return {
        "release": {"id": job.release_id, "name": job.release_name, "version": job.release_version},
        "task": {"id": job.task_id, "name": job.task_name},
        "cycle": job.cycle_tag,
        "attempt": job.attempt,
        "idempotencyKey": job.idempotency_key,
        "callbackUrl": job.callback_url if settings.await_callback else None,
    }


def _client(environ: Mapping[str, str], seconds: float) -> httpx.AsyncClient:
    context = httpx.create_ssl_context(trust_env=False)
    if certificates := environ.get("SSL_CERT_FILE"):
        context.load_verify_locations(certificates)
    return httpx.AsyncClient(
        verify=context,
        proxy=environ.get(PROXY) or None,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(None, connect=min(_CONNECT_SECONDS, seconds)),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"{TIMEOUT} must be a number of seconds above 0, found {text!r}.")
    return seconds
