"""`phaseboard token`: create access tokens, list them, revoke them.

These commands work on the database itself, also while a server runs on it: it notices within a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from phaseboard.access.scopes import Scope, Scopes, UnknownScope, scopes_of
from phaseboard.access.tokens import TokenRefused, named, new_token
from phaseboard.cli.console import draw, note, say
from phaseboard.cli.database import DEFAULT_DATABASE, Database, named_database
from phaseboard.cli.errors import CliError
from phaseboard.cli.expiry import parse_expiry
from phaseboard.cli.tables import plain_table
from phaseboard.cli.words import clean, stamp
from phaseboard.engine.clock import system_clock
from phaseboard.store.address import is_postgres
from phaseboard.store.choice import file_of, store_at
from phaseboard.store.errors import Conflict, StoreError
from phaseboard.store.port import Store
from phaseboard.store.tokens import StoredToken

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Create access tokens, list them, revoke them: on the server's database.")


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="Who will hold it: shown in the history of releases.")],
    scope: Annotated[
        list[str], typer.Option(metavar="SCOPE", help=f"What it allows; may be repeated. One of: {', '.join(Scope)}.")
    ],
    expires: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When it ends: 90d, 12h, 2027-01-31 or 2027-01-31T18:00:00Z; else never."),
    ] = None,
    database_url: Database = DEFAULT_DATABASE,
) -> None:
    """Create an access token and print it, this once: only its hash is kept.

    Makes the database when there is none yet.

    Example: phaseboard token create --name ci --scope tasks:report --expires 90d
    """
    now = system_clock()
    expires_at = None if expires is None else _expiry(expires, now)
    try:
        token, text = new_token(name, _scopes(scope), now, expires_at)
    except TokenRefused as error:
        raise typer.BadParameter(clean(str(error)), param_hint="--name") from None
    url = named_database(database_url).database_url
    try:
        _on(url, lambda store: store.write(lambda writer: writer.add_token(token)))
    except Conflict:
        raise CliError(f"There is a token named {name} already: revoke it first, or choose another name.") from None
    end = f"until {stamp(expires_at)}" if expires_at else "until it is revoked"
    note(f"{name} ({token.id}) may {', '.join(token.scopes)} {end}. This is shown once:")
    say(text)


@app.command("list")
def list_tokens(*, database_url: Database = DEFAULT_DATABASE) -> None:
    """List all tokens there ever were, without their secrets."""
    found = _on(_existing(database_url), lambda store: store.read(lambda reader: reader.all_tokens()))
    if found:
        draw(tokens_table(found, system_clock()))
    else:
        note("There is no token: `phaseboard token create --name ... --scope ...` makes one.")


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME|ID", help="Which token.")],
    *,
    database_url: Database = DEFAULT_DATABASE,
) -> None:
    """Revoke a token for good: requests with it are refused, streams and sockets end, within a second."""

    async def work(store: Store) -> StoredToken:
        found = named(await store.read(lambda reader: reader.all_tokens()), token)
        if not await store.write(lambda writer: writer.revoke_token(found.id, system_clock())):
            raise TokenRefused(f"{found.name} ({found.id}) is revoked already.")
        return found

    try:
        revoked = _on(_existing(database_url), work)
    except TokenRefused as error:
        raise CliError(clean(str(error))) from None
    note(f"{revoked.name} ({revoked.id}) is revoked.")


def tokens_table(tokens: Sequence[StoredToken], now: datetime) -> Table:
    """Return what is known of tokens."""
    table = plain_table("Id", "Name", "Created", "Expires", "State", "Scopes")
    for token in tokens:
        expires = stamp(token.expires_at) if token.expires_at else "never"
        state = "live" if token.is_live(now) else "revoked" if token.revoked_at else "expired"
        table.add_row(token.id, token.name, stamp(token.created_at), expires, state, " ".join(token.scopes))
    return table


def _on(url: str, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do something on a database beside its server. Raises CliError."""

    async def once() -> T:
        store = store_at(url, connections=2, tokens_only=True)
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(once())
    except Conflict:
        raise
    except StoreError as error:
        raise CliError(str(error)) from None


def _existing(database_url: str) -> str:
    url = named_database(database_url).database_url
    if not is_postgres(url) and not file_of(url).expanduser().exists():
        raise CliError(
            f"There is no database {file_of(url)}: name the server's with --database-url or PHASEBOARD_DATABASE_URL."
        )
    return url


def _scopes(given: Sequence[str]) -> Scopes:
    try:
        return scopes_of(given)
    except UnknownScope as error:
        raise typer.BadParameter(clean(str(error)), param_hint="--scope") from None


def _expiry(text: str, now: datetime) -> datetime:
    try:
        return parse_expiry(text, now.astimezone(UTC))
    except ValueError as error:
        raise typer.BadParameter(clean(str(error)), param_hint="--expires") from None
