"""The flags of `serve` that say who is let in."""

from typing import Annotated

import typer

from phaseboard.access.issuer import CLIENT_SCOPES, NAME_CLAIM, SCOPE_CLAIM, Issuer, parse_mapping
from phaseboard.engine.clock import system_clock
from phaseboard.settings import OFF, TOKENS, Settings, SettingsInvalid
from phaseboard.store.address import is_postgres
from phaseboard.store.port import Store

PANEL = "Access"

Auth = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_AUTH",
        help=f'"{TOKENS}" lets in who has one; "{OFF}" everybody, on loopback only.',
        rich_help_panel=PANEL,
    ),
]
OidcIssuer = Annotated[
    str | None,
    typer.Option(
        envvar="PHASEBOARD_OIDC_ISSUER", help="The issuer of tokens accepted besides our own.", rich_help_panel=PANEL
    ),
]
OidcAudience = Annotated[
    str | None,
    typer.Option(envvar="PHASEBOARD_OIDC_AUDIENCE", help="Whom its tokens have to be for.", rich_help_panel=PANEL),
]
OidcKeys = Annotated[
    str | None,
    typer.Option(
        envvar="PHASEBOARD_OIDC_JWKS_URL", help="Where its keys are, unless its discovery tells.", rich_help_panel=PANEL
    ),
]
OidcScopeClaim = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_OIDC_SCOPE_CLAIM",
        help="The claim that says what its holder may do, or the dotted path to it.",
        rich_help_panel=PANEL,
    ),
]
OidcNameClaim = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_OIDC_NAME_CLAIM",
        help="The claim that names its holder, uniquely and for good.",
        rich_help_panel=PANEL,
    ),
]
OidcScopes = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_OIDC_SCOPES",
        help="What values of the claim allow: release-managers=releases:write,ci=tasks:report",
        rich_help_panel=PANEL,
    ),
]
OidcClientId = Annotated[
    str | None,
    typer.Option(
        envvar="PHASEBOARD_OIDC_CLIENT_ID",
        help="As which client the board signs people in there; it does not without.",
        rich_help_panel=PANEL,
    ),
]
OidcClientScopes = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_OIDC_CLIENT_SCOPES", help="What the board asks for, signing in.", rich_help_panel=PANEL
    ),
]
AllowedOrigins = Annotated[
    str,
    typer.Option(
        envvar="PHASEBOARD_ALLOWED_ORIGINS",
        help="Other origins whose pages may ask this server, with commas between them.",
        rich_help_panel=PANEL,
    ),
]


def issuer_of(
    url: str | None,
    audience: str | None,
    *,
    keys_url: str | None,
    scope_claim: str,
    name_claim: str,
    scopes: str,
    client_id: str | None = None,
    client_scopes: str = CLIENT_SCOPES,
) -> Issuer | None:
    """Return the issuer that the flags describe, None for none. Raises SettingsInvalid."""
    if not url:
        others = (audience, keys_url, scopes, scope_claim != SCOPE_CLAIM, name_claim != NAME_CLAIM, client_id)
        if any(others):
            raise SettingsInvalid("PHASEBOARD_OIDC_... is set without PHASEBOARD_OIDC_ISSUER: name the issuer, too.")
        return None
    if not audience:
        raise SettingsInvalid(
            "PHASEBOARD_OIDC_ISSUER is set without PHASEBOARD_OIDC_AUDIENCE: say whom its tokens have to be for."
        )
    try:
        mapping = parse_mapping(scopes)
    except ValueError as error:
        raise SettingsInvalid(f"PHASEBOARD_OIDC_SCOPES: {error}") from None
    try:
        return Issuer(
            url=url,
            audience=audience,
            keys_url=keys_url or None,
            scope_claim=scope_claim,
            name_claim=name_claim,
            scopes=mapping,
            client_id=client_id or None,
            client_scopes=client_scopes,
        )
    except ValueError as error:
        raise SettingsInvalid(f"PHASEBOARD_OIDC_ISSUER or PHASEBOARD_OIDC_JWKS_URL: {error}") from None


def origins_of(text: str) -> frozenset[str]:
    """Return the origins that a list with commas names."""
    return frozenset(filter(None, map(str.strip, text.split(","))))


async def no_tokens_yet(settings: Settings, store: Store) -> str | None:
    """Return what to do when nobody can be let in yet, None when somebody can."""
    if not settings.needs_tokens or settings.issuer:
        return None
    now = system_clock()
    tokens = await store.read(lambda reader: reader.all_tokens())
    if any(token.is_live(now) for token in tokens):
        return None
    url = '"$PHASEBOARD_DATABASE_URL"' if is_postgres(settings.database_url) else settings.database_url
    command = f"phaseboard token create --name admin --scope admin --database-url {url}"
    return f"There is no access token yet, and nobody is let in without one. Create one:\n\n  {command}\n"
