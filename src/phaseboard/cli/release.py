"""`phaseboard release`: create releases from plans, list them, show one."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from phaseboard.cli.act import Key, ReleaseId
from phaseboard.cli.answers import Release, Summary
from phaseboard.cli.client import PhaseboardClient, ask
from phaseboard.cli.console import draw, note, say
from phaseboard.cli.creation import create_release
from phaseboard.cli.documents import RELEASE, RELEASES
from phaseboard.cli.planfile import PlanFile, PlanPath
from phaseboard.cli.server import DEFAULT_URL, Server, Token, Url
from phaseboard.cli.status import Json, existing
from phaseboard.cli.tables import release_view, releases_table
from phaseboard.cli.words import clean
from phaseboard.cli.zones import TimeZone, named_zone, viewer_zone, zone_name, zone_or_offset
from phaseboard.domain.enums import Phase, ReleaseStatus

PAGE = 100


def _choice(what: str, values: Iterable[str]) -> str:
    return f"{what}; may be repeated. One of: {', '.join(values)}."


app = typer.Typer(no_args_is_help=True, help="Create releases from plans, list them, show one.")


@app.command()
def create(
    file: PlanPath,
    *,
    idempotency_key: Key = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Create a release from a plan and print its id.

    Problems of the plan are told with their places, several at once; then nothing is created.

    Example: id=$(phaseboard release create plan.yaml) && phaseboard act start "$id"
    """
    server = Server.of(url, token)
    created = create_release(server, PlanFile.read(file), idempotency_key)
    say(clean(created["release"]["id"]))
    if created["replayed"]:
        note("It had been created before with this idempotency key.")


@app.command("list")
def list_releases(
    *,
    statuses: Annotated[
        list[ReleaseStatus] | None,
        typer.Option("--status", case_sensitive=False, metavar="STATUS", help=_choice("Only with this", ReleaseStatus)),
    ] = None,
    phases: Annotated[
        list[Phase] | None,
        typer.Option("--phase", case_sensitive=False, metavar="PHASE", help=_choice("Only in this", Phase)),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only with this text in name, version or id.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 50,
    as_json: Json = False,
    time_zone: TimeZone = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """List releases, changed last first.

    Example: phaseboard release list --phase PAUSED_BY_FAILURE
    """
    zone = named_zone(time_zone) or (None if as_json else viewer_zone())
    asked = {"statuses": statuses, "phases": phases, "text": text}
    matching = {key: value for key, value in asked.items() if value}
    variables = {"filter": matching, "timeZone": zone_name(zone)}
    found, more = asyncio.run(_fetch(PhaseboardClient(Server.of(url, token)), variables, limit))
    if as_json:
        say(json.dumps(found, indent=2))
    elif found:
        now = datetime.now(UTC)
        draw(releases_table(_summaries(found), now, zone_or_offset(zone, now)))
    else:
        note("No release matches." if matching else "There is no release yet: make one with `release create`.")
    if more:
        note(f"There are more than {limit}: ask for them with --limit.")


@app.command()
def show(
    release: ReleaseId,
    *,
    as_json: Json = False,
    time_zone: TimeZone = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Show a release with its tasks, attempts, cycles and stores.

    Example: phaseboard release show rel-...
    """
    zone = named_zone(time_zone) or (None if as_json else viewer_zone())
    answer = ask(Server.of(url, token), RELEASE, {"id": release, "timeZone": zone_name(zone)})
    found = existing(answer, "release", release)
    if as_json:
        say(json.dumps(found, indent=2))
        return
    now = datetime.now(UTC)
    draw(release_view(Release.model_validate(found), now, zone_or_offset(zone, now)))


async def _fetch(client: PhaseboardClient, variables: dict[str, Any], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Return at most `limit` releases, page by page, and whether there are more."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    async with client.session() as session:
        while True:
            asked = {**variables, "first": min(PAGE, limit - len(found)), "after": after}
            page = (await session.execute(RELEASES, asked))["releases"]
            found += [edge["node"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            if not more or len(found) >= limit:
                return found, more


def _summaries(found: Sequence[dict[str, Any]]) -> list[Summary]:
    return [Summary.model_validate({**node["statusResponse"], **node}) for node in found]
