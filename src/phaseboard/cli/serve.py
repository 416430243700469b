"""`phaseboard serve`: run a server until it is told to stop."""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, NoReturn

import typer
import uvicorn
import uvloop

from phaseboard.access.issuer import CLIENT_SCOPES, NAME_CLAIM, SCOPE_CLAIM
from phaseboard.bootstrap import Phaseboard
from phaseboard.cli.access import (
    AllowedOrigins,
    Auth,
    OidcAudience,
    OidcClientId,
    OidcClientScopes,
    OidcIssuer,
    OidcKeys,
    OidcNameClaim,
    OidcScopeClaim,
    OidcScopes,
    issuer_of,
    no_tokens_yet,
    origins_of,
)
from phaseboard.cli.database import Database, DatabaseListen, DatabasePoll, DatabasePool
from phaseboard.cli.handles import raise_file_limit
from phaseboard.cli.logs import FORMATS, LEVELS, configure_logs
from phaseboard.limits import LimitInvalid, Limits
from phaseboard.settings import Settings, SettingsInvalid
from phaseboard.store.errors import StoreUnusable
from phaseboard.web.frames import FrameProtocol
from phaseboard.web.heads import HeadBounds
from phaseboard.web.http import http_protocol

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

Host = Annotated[str, typer.Option(envvar="PHASEBOARD_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="PHASEBOARD_PORT", min=0, max=65535, help="Port; 0 picks a free one.")]
PublicUrl = Annotated[
    str | None,
    typer.Option(envvar="PHASEBOARD_PUBLIC_URL", help="How outside systems reach this server, for callbacks."),
]
Tasks = Annotated[
    int, typer.Option(envvar="PHASEBOARD_CONCURRENT_TASKS", min=1, max=10_000, help="Tasks run side by side.")
]
Lease = Annotated[
    float,
    typer.Option(
        envvar="PHASEBOARD_LEASE", min=0.3, max=3600, help="Seconds after which a crashed process's tasks are taken up."
    ),
]
Sharing = Annotated[
    bool, typer.Option(envvar="PHASEBOARD_SHARING", help="Execute a subscription once for all who follow the same.")
]
ReuseAnswers = Annotated[
    bool,
    typer.Option(envvar="PHASEBOARD_ANSWERS", help="Give an answer again while all it was made from still stands."),
]
KeepEvents = Annotated[
    int | None,
    typer.Option(
        envvar="PHASEBOARD_KEEP_EVENTS", min=1, max=36_500, help="Days that events are kept; all for ever without."
    ),
]
SetLimits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        envvar="PHASEBOARD_LIMITS",
        metavar="NAME=VALUE",
        help="Another value for one of the limits that `service` tells; may be given several times.",
    ),
]
Introspection = Annotated[
    bool, typer.Option(envvar="PHASEBOARD_INTROSPECTION", help="Tell the schema, and names that nearly fit.")
]
GraphiQL = Annotated[
    bool | None,
    typer.Option(
        envvar="PHASEBOARD_GRAPHIQL",
        help="Serve GraphiQL at /graphiql; without, where no tokens are asked for.",
    ),
]
LogLevel = Annotated[
    str, typer.Option(envvar="PHASEBOARD_LOG_LEVEL", help="What is logged: debug, info, warning or error.")
]
LogFormat = Annotated[
    str,
    typer.Option(envvar="PHASEBOARD_LOG_FORMAT", help="text, json, or auto: text on a terminal, json elsewhere."),
]


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    database_url: Database = "sqlite:///phaseboard.db",
    database_pool: DatabasePool = 5,
    database_listen: DatabaseListen = True,
    database_poll: DatabasePoll = 0.5,
    auth: Auth = "off",
    oidc_issuer: OidcIssuer = None,
    oidc_audience: OidcAudience = None,
    oidc_jwks_url: OidcKeys = None,
    oidc_scope_claim: OidcScopeClaim = SCOPE_CLAIM,
    oidc_name_claim: OidcNameClaim = NAME_CLAIM,
    oidc_scopes: OidcScopes = "",
    oidc_client_id: OidcClientId = None,
    oidc_client_scopes: OidcClientScopes = CLIENT_SCOPES,
    allowed_origins: AllowedOrigins = "",
    public_url: PublicUrl = None,
    concurrent_tasks: Tasks = 32,
    lease: Lease = 15.0,
    sharing: Sharing = True,
    answers: ReuseAnswers = True,
    keep_events: KeepEvents = None,
    limit: SetLimits = None,
    introspection: Introspection = True,
    graphiql: GraphiQL = None,
    log_level: LogLevel = "warning",
    log_format: LogFormat = "auto",
) -> None:
    """Run a server: the GraphQL API, the cron loop and the tasks, on an SQLite file or on PostgreSQL.

    Ctrl-C or SIGTERM stops it: streams end, running tasks get a moment to finish, the next start takes up the rest.
    """
    if log_level not in LEVELS:
        stop(f'PHASEBOARD_LOG_LEVEL is "{log_level}"; it is one of {", ".join(LEVELS)}.')
    if log_format not in FORMATS:
        stop(f'PHASEBOARD_LOG_FORMAT is "{log_format}"; it is one of {", ".join(FORMATS)}.')
    configure_logs(log_level, log_format)
    with listening(host, port) as listener:
        settings = checked(
            lambda: Settings(
                host=host,
                port=listener.getsockname()[1],
                database_url=database_url,
                database_pool=database_pool,
                database_listen=database_listen,
                database_poll=timedelta(seconds=database_poll),
                auth=auth,
                issuer=issuer_of(
                    oidc_issuer,
                    oidc_audience,
                    keys_url=oidc_jwks_url,
                    scope_claim=oidc_scope_claim,
                    name_claim=oidc_name_claim,
                    scopes=oidc_scopes,
                    client_id=oidc_client_id,
                    client_scopes=oidc_client_scopes,
                ),
                allowed_origins=origins_of(allowed_origins),
                public_url=public_url,
                concurrent_tasks=concurrent_tasks,
                lease=timedelta(seconds=lease),
                sharing=sharing,
                answers=answers,
                keep_events=None if keep_events is None else timedelta(days=keep_events),
                limits=Limits.parse(limit or ()),
                introspection=introspection,
                graphiql=graphiql,
            )
        )
        phaseboard = Phaseboard(settings)
        typer.echo(f"Phaseboard keeps its data in {settings.database}")

        async def ready() -> None:
            if hint := await no_tokens_yet(settings, phaseboard.store):
                typer.echo(hint)
            typer.echo(f"Phaseboard serves {address(settings)} (Ctrl-C stops it)")

        run(phaseboard, listener, ready)


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


def checked(make: Callable[[], Settings]) -> Settings:
    """Return the settings; exits with the message of what is wrong with them."""
    try:
        return make()
    except LimitInvalid as error:
        stop(f"PHASEBOARD_LIMITS: {error}")
    except SettingsInvalid as error:
        stop(str(error))


def address(settings: Settings) -> str:
    """Return where the server is reached."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def run(phaseboard: Phaseboard, listener: socket.socket, ready: Ready) -> None:
    """Serve until told to stop; `ready` runs once requests are answered. Exits when the store is unusable."""
    limits = phaseboard.settings.limits
    config = uvicorn.Config(
        phaseboard.app,
        http=http_protocol(
            phaseboard.repeats,
            limits.request_seconds,
            phaseboard.metrics.malformed,
            HeadBounds(limits.head_bytes, limits.head_fields),
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
        await self._ready()

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
