"""`phaseboard status`: the guide's response, or a short view of it."""

import json
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from phaseboard.cli.act import ReleaseId
from phaseboard.cli.answers import Regression, Stages, Status
from phaseboard.cli.client import Answer, ask
from phaseboard.cli.console import draw, say
from phaseboard.cli.documents import STATUS
from phaseboard.cli.errors import NotFound
from phaseboard.cli.phases import badge, next_step
from phaseboard.cli.server import DEFAULT_URL, Server, Token, Url
from phaseboard.cli.words import clean, countdown, in_words, moment
from phaseboard.cli.zones import TimeZone, named_zone, viewer_zone, zone_name, zone_or_offset

Json = Annotated[bool, typer.Option("--json", help="Print the server's answer as JSON.")]

STAGE_NAMES = {"stage1": "Kickoff", "stage2": "Regression", "stage3": "Pre-release"}


def status(
    release: ReleaseId,
    *,
    as_json: Json = False,
    time_zone: TimeZone = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Show the status of a release.

    With --json it is the guide's response, key for key. Clock times in it
    are written in the plan's time zone unless --time-zone names another.

    Example: phaseboard status rel-... --json | jq -r .currentPhase
    """
    zone = named_zone(time_zone) or (None if as_json else viewer_zone())
    answer = ask(Server.of(url, token), STATUS, {"id": release, "timeZone": zone_name(zone)})
    found = existing(answer, "releaseStatus", release)
    if as_json:
        say(json.dumps(found, indent=2))
        return
    now = datetime.now(UTC)
    draw(status_view(release, Status.model_validate(found), now, zone_or_offset(zone, now)))


def existing(answer: Answer, field: str, release_id: str) -> dict[str, Any]:
    """Return what was found under a field of an answer. Raises NotFound."""
    found: dict[str, Any] | None = answer[field]
    if found is None:
        raise NotFound(f"There is no release {clean(release_id)}: `phaseboard release list` shows those there are.")
    return found


def status_view(release_id: str, found: Status, now: datetime, zone: tzinfo) -> RenderableType:
    """Return a status as a few lines."""
    lines = [Text.assemble(badge(found.current_phase), "  ", clean(found.display_text)), stages_line(found.stages)]
    if found.regression:
        lines.append(cycles_line(found.regression, now, zone))
    if step := next_step(found.actions, release_id):
        lines.append(step)
    return Group(*lines)


def stages_line(stages: Stages) -> Text:
    """Return the three stages with their status on one line."""
    shown = stages.model_dump()
    return Text("   ".join(f"{name}: {in_words(shown[stage])}" for stage, name in STAGE_NAMES.items()))


def cycles_line(regression: Regression, now: datetime, zone: tzinfo) -> Text:
    """Return the current cycle, the next one with its countdown, and how many are done."""
    parts = []
    if current := regression.current_cycle:
        parts.append(f"{clean(current.tag)} {in_words(current.status)}")
    if following := regression.next_cycle:
        at = following.scheduled_at
        parts.append(f"{clean(following.tag)} at {moment(at, now, zone)} ({countdown(at, now)})")
    parts.append(f"{regression.progress.completed} of {regression.progress.total} cycles done")
    return Text("   ".join(parts))
