"""`phaseboard act`: one sub-command per action, and `complete` for a release without stores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from phaseboard.cli.client import ask
from phaseboard.cli.console import note, say
from phaseboard.cli.documents import mutation
from phaseboard.cli.refusals import check
from phaseboard.cli.server import DEFAULT_URL, Server, Token, Url
from phaseboard.cli.words import clean

LARGEST = 2**31 - 1
"""The largest number that GraphQL takes."""

ReleaseId = Annotated[str, typer.Argument(metavar="RELEASE", help="The id of the release, as `release list` shows it.")]
TaskId = Annotated[str, typer.Argument(metavar="TASK", help="The id of the task, as `release show` shows it.")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept in the history.")]
Revision = Annotated[
    int | None,
    typer.Option(
        "--expected-revision", min=0, max=LARGEST, metavar="N", help="Refuse unless the release is at this revision."
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="A repeat with the same key returns the first result."),
]

app = typer.Typer(no_args_is_help=True, help="Act on a release: one sub-command per action.")


@dataclass(frozen=True, slots=True)
class Verb:
    """A sub-command: its mutation and its help."""

    field: str
    help: str


RELEASE_VERBS: Mapping[str, Verb] = {
    "start": Verb("startRelease", "Start stage 1 (kickoff)."),
    "pause": Verb("pauseRelease", "Start nothing new; what is running finishes."),
    "resume": Verb("resumeRelease", "Run on after a pause by a person."),
    "trigger-stage-2": Verb("triggerStage2", "Start stage 2 (regression)."),
    "trigger-stage-3": Verb("triggerStage3", "Start stage 3 (pre-release)."),
    "abandon-cycle": Verb("abandonCycle", "Give up the running regression cycle."),
    "skip-remaining-cycles": Verb("skipRemainingCycles", "Drop the cycles still scheduled; stage 2 completes."),
    "archive": Verb("archiveRelease", "Cancel the release, for good."),
    "complete": Verb("completeRelease", "Declare a submitted release without stores released."),
}

TASK_VERBS: Mapping[str, Verb] = {
    "retry-task": Verb("retryTask", "Run a failed task again."),
    "skip-task": Verb("skipTask", "Go on as if a failed task had been settled."),
}


def perform(server: Server, field: str, input_type: str, given: Mapping[str, Any]) -> None:
    """Send a mutation and print the phase it led to. Raises CliError."""
    filled = {key: value for key, value in given.items() if value is not None}
    payload = check(ask(server, mutation(field, input_type), {"input": filled})["payload"])
    status = payload["status"]
    say(f"{clean(status['currentPhase'])}  {clean(status['displayText'])}")
    if payload["replayed"]:
        note("This had been done before: the first result is shown, nothing was changed.")


def _add_release_verb(name: str, verb: Verb) -> None:
    @app.command(name, help=f"{verb.help}\n\nExample: phaseboard act {name} rel-...")
    def command(
        release: ReleaseId,
        *,
        reason: Reason = None,
        expected_revision: Revision = None,
        idempotency_key: Key = None,
        url: Url = DEFAULT_URL,
        token: Token = None,
    ) -> None:
        given = {
            "releaseId": release,
            "reason": reason,
            "expectedRevision": expected_revision,
            "idempotencyKey": idempotency_key,
        }
        perform(Server.of(url, token), verb.field, "ReleaseActionInput", given)


def _add_task_verb(name: str, verb: Verb) -> None:
    @app.command(name, help=f"{verb.help}\n\nExample: phaseboard act {name} tsk-...")
    def command(
        task: TaskId,
        *,
        reason: Reason = None,
        expected_revision: Revision = None,
        idempotency_key: Key = None,
        url: Url = DEFAULT_URL,
        token: Token = None,
    ) -> None:
        given = {
            "taskId": task,
            "reason": reason,
            "expectedRevision": expected_revision,
            "idempotencyKey": idempotency_key,
        }
        perform(Server.of(url, token), verb.field, "TaskActionInput", given)


for _name, _verb in RELEASE_VERBS.items():
    _add_release_verb(_name, _verb)
for _name, _verb in TASK_VERBS.items():
    _add_task_verb(_name, _verb)
