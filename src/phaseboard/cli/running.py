"""Running a server: on an address of its own, until it is told to stop."""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
import uvicorn
import uvloop

from phaseboard.bootstrap import Phaseboard
from phaseboard.cli.handles import raise_file_limit
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.web.head_limits import HeadLimits
from phaseboard.web.http import http_protocol
from phaseboard.web.websocket import FrameProtocol

CANNOT_START = 2
UNREADY = 0.25
"""Seconds for which a server that stops still listens, so that balancers hear from `/readyz` that it does not serve."""

GRACE = 1
"""Seconds that connections get to close after that; with the grace of the tasks no more than five."""

PING_EVERY, PING_PATIENCE = 8.0, 5.0
"""Seconds between two pings on a socket, and for its client to answer one: who does not read is gone within 15."""

UNHEARD = 10_000
"""Milliseconds that sent bytes may be left unread by a peer, dead or not, before the connection is gone."""

_NOT_THIS_PORT = {errno.EADDRINUSE, errno.EACCES}

Ready = Callable[[], Awaitable[None]]
"""Called once requests are answered."""


def listening(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; exits with a clear message when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        other = "another port with --port" if error.errno in _NOT_THIS_PORT else "another address with --host"
        stop(f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose {other}.")
    return listener


def run(phaseboard: Phaseboard, listener: socket.socket, ready: Ready) -> None:
    """Serve until told to stop; `ready` runs once requests are answered. Exits when the store cannot be used."""
    limits = phaseboard.settings.limits
    config = uvicorn.Config(
        phaseboard.app,
        http=http_protocol(
            phaseboard.repeats,
            limits.request_seconds,
            phaseboard.metrics.malformed,
            HeadLimits(limits.head_bytes, limits.head_fields),
        ),
        ws=FrameProtocol,
        ws_max_size=phaseboard.settings.limits.body_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_EVERY,
        ws_ping_timeout=PING_PATIENCE,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )

    async def serving() -> None:
        async with phaseboard.running():
            await _Server(config, phaseboard.end_streams, ready).serve(sockets=[listener])

    raise_file_limit()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving())
    except StoreUnusable as error:
        stop(str(error))
    except Unavailable as error:
        stop(f"{error} `phaseboard doctor` tells what is in its way.")


class _Server(uvicorn.Server):
    """Ends the streams before it waits for connections to close; a second signal ends the process at once."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None], ready: Ready) -> None:
        super().__init__(config)
        self._end_streams = end_streams
        self._ready = ready
        self._stopping = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; the handlers stay, so that draining is not cut short by the first signal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then tell so."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what was made at the start stays: looking through it again and again costs a tenth of a query
        try:
            await self._ready()
        except BaseException:
            await self.shutdown(sockets)  # a loop that still listens does not close
            raise

    def _stop(self, number: int) -> None:
        if self._stopping:
            os._exit(128 + number)
        self._stopping = True
        self._end_streams()
        asyncio.get_running_loop().call_later(UNREADY, self._close)

    def _close(self) -> None:
        self.should_exit = True


def stop(message: str) -> NoReturn:
    """Say why the server cannot run, and exit."""
    typer.echo(f"phaseboard: {message}", err=True)
    raise typer.Exit(CANNOT_START)
