"""`phaseboard demo`: a server with releases under way, on an accelerated schedule."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from phaseboard.bootstrap import Phaseboard
from phaseboard.cli.demo_plans import DEMO_RELEASES, demo_plan
from phaseboard.cli.logs import configure_logs
from phaseboard.cli.running import listening, run
from phaseboard.cli.serve import Port, address, checked
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action, ReleaseStatus
from phaseboard.engine.demo_clock import DemoClock
from phaseboard.plans.check import parse_plan
from phaseboard.settings import Settings
from phaseboard.store.port import ReleaseFilter, ReleasePage
from phaseboard.web.demo import DEVICE_LAB

DEMO = Actor(ActorKind.SYSTEM, "demo")

UNDER_WAY = tuple(status for status in ReleaseStatus if status not in (ReleaseStatus.COMPLETED, ReleaseStatus.ARCHIVED))

Data = Annotated[Path, typer.Option(help="The SQLite file; kept, so that the next demo goes on with it.")]

HELP = """\

Phaseboard demo: {count} releases under way on {url}   (Ctrl-C stops it)

  In a browser: the board at {url}/ and GraphiQL, with examples, at {url}/graphiql
  The board makes the clock run faster; a release's page fails its tasks and answers those that wait to be called back.

  In this terminal's neighbour, from the checkout:

    .venv/bin/phaseboard watch {release} --url {url}

  Query only what you need:

    curl -s {url}/graphql -H 'content-type: application/json' \\
      -d '{{"query":"{{ releaseStatus(releaseId: \\"{release}\\") {{ currentPhase displayText actions }} }}"}}'

  Act (refusals are data: try it twice):

    curl -s {url}/graphql -H 'content-type: application/json' \\
      -d '{{"query":"mutation {{ startRelease(input: {{releaseId: \\"{waiting}\\"}}) \
{{ status {{ currentPhase }} userErrors {{ message }} }} }}"}}'

  Subscribe to every phase change:

    curl -sN {url}/graphql -H 'content-type: application/json' -H 'accept: text/event-stream' \\
      -d '{{"query":"subscription {{ phaseChanged {{ release {{ id version }} to status {{ displayText }} }} }}"}}'
"""


def demo(*, port: Port = 8000, data: Data = Path("phaseboard-demo.db")) -> None:
    """Run a server with a handful of releases under way, their tasks simulated and their schedule accelerated."""
    configure_logs("warning")
    with listening("127.0.0.1", port) as listener:
        settings = checked(
            lambda: Settings(
                port=listener.getsockname()[1], database_url=f"sqlite:///{data}", lease=timedelta(seconds=5)
            )
        )
        typer.echo(f"Starting a server with its data in {data} ...")
        phaseboard = Phaseboard(settings, demo=DemoClock())

        async def ready() -> None:
            running = await _under_way(phaseboard) or await _seed(phaseboard, f"{address(settings)}{DEVICE_LAB}")
            text = HELP.format(count=len(running), url=address(settings), release=running[0], waiting=running[-1])
            typer.echo(text)

        run(phaseboard, listener, ready)


async def _under_way(phaseboard: Phaseboard) -> list[str]:
    """Return the releases of an earlier demo that are not over, oldest first; none when too few are left to look at."""
    page = ReleasePage(limit=50, descending=False, filter=ReleaseFilter(statuses=UNDER_WAY))
    found = await phaseboard.store.read(lambda reader: reader.page(page))
    ids = [listed.snapshot.release_id for listed, _ in found]
    return ids if len(ids) >= len(DEMO_RELEASES) // 2 else []


async def _seed(phaseboard: Phaseboard, device_lab: str) -> list[str]:
    """Create the demo's releases and start all but the last one."""
    created = []
    for number, (name, version) in enumerate(DEMO_RELEASES):
        plan = parse_plan(demo_plan(name, version, number, device_lab), phaseboard.services.catalog)
        created.append((await phaseboard.use_cases.create(plan, DEMO)).release_id)
    for release_id in created[:-1]:
        await phaseboard.use_cases.perform(release_id, Perform(action=Action.START, reason="demo"), DEMO)
    return created
