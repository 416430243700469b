"""`phaseboard plan`: check a plan without a server, and the JSON Schema of plans for editors."""

import json
import os
from datetime import UTC, datetime

import typer

from phaseboard.cli.console import note, say
from phaseboard.cli.planfile import PlanFile, PlanPath
from phaseboard.cli.words import named
from phaseboard.engine.executors.registry import load_executors
from phaseboard.plans.check import parse_plan
from phaseboard.plans.json_schema import plan_json_schema
from phaseboard.plans.notes import notes
from phaseboard.plans.problems import PlanInvalid

app = typer.Typer(no_args_is_help=True, help="Check a plan without a server; export the format's JSON Schema.")


@app.command()
def check(file: PlanPath) -> None:
    """Check a plan as a whole, with the executors that are installed here.

    Every problem is told with its place, several at once; nothing is sent anywhere.

    Example: phaseboard plan check plan.yaml
    """
    installed = load_executors(os.environ)
    for line in installed.problems:
        note(line, style="yellow")
    read = PlanFile.read(file)
    try:
        plan = parse_plan(read.document, installed.executors)
    except PlanInvalid as error:
        raise read.told(error.problems) from None
    for remark in notes(plan, datetime.now(UTC)):
        note(f"{read.name}: {remark}", style="yellow")
    say(f"{read.name}: {named(plan.name, plan.version)} can be created.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of plans, for editors that complete and check while one types.

    Example: phaseboard plan schema > plan.schema.json
    """
    say(json.dumps(plan_json_schema(), indent=2))
