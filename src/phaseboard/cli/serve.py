"""`phaseboard serve`: run a server until it is told to stop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

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
from phaseboard.cli.logs import FORMATS, LEVELS, configure_logs
from phaseboard.cli.running import listening, run, stop
from phaseboard.limits import LimitInvalid, Limits
from phaseboard.settings import Settings, SettingsInvalid

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
    typer.Option(
        envvar="PHASEBOARD_ANSWERS",
        help="Answer from what is kept while all that an answer was made from is unchanged.",
    ),
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
        help="Serve GraphiQL at /graphiql; by itself only where no tokens are asked for.",
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
