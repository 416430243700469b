"""`phaseboard report`: what a person or a system outside tells about a task or a store."""

from enum import StrEnum
from typing import Annotated

import typer

from phaseboard.cli.act import LARGEST, ReleaseId, TaskId, perform
from phaseboard.cli.server import DEFAULT_URL, Server, Token, Url

app = typer.Typer(no_args_is_help=True, help="Report how a task ended or what a store decided.")


class Outcome(StrEnum):
    """How a task ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class StoreName(StrEnum):
    """A store that reviews releases."""

    APP_STORE = "app-store"
    PLAY_STORE = "play-store"


class Decision(StrEnum):
    """A store's verdict."""

    APPROVED = "approved"
    REJECTED = "rejected"


@app.command()
def task(
    task: TaskId,
    *,
    outcome: Annotated[Outcome, typer.Option("--outcome", case_sensitive=False, help="How it ended.")],
    attempt: Annotated[
        int, typer.Option("--attempt", min=1, max=LARGEST, metavar="N", help="The attempt reported on.")
    ],
    external_url: Annotated[str | None, typer.Option(metavar="URL", help="Where the work can be seen.")] = None,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it failed.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Report how an attempt at a task ended.

    For tasks of the `manual` executor, and for CI systems that do not call back.

    Example: phaseboard report task tsk-... --attempt 1 --outcome succeeded
    """
    given = {
        "taskId": task,
        "attempt": attempt,
        "outcome": outcome.name,
        "externalUrl": external_url,
        "message": message,
    }
    perform(Server.of(url, token), "reportTaskResult", "ReportTaskResultInput", given)


@app.command()
def review(
    release: ReleaseId,
    *,
    store: Annotated[StoreName, typer.Option("--store", case_sensitive=False, help="Which store.")],
    decision: Annotated[Decision, typer.Option("--decision", case_sensitive=False, help="Its verdict.")],
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="The reason it gave.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Report what a store decided about a submitted release.

    Example: phaseboard report review rel-... --store app-store --decision approved
    """
    given = {"releaseId": release, "store": store.name, "decision": decision.name, "message": message}
    perform(Server.of(url, token), "reportStoreReview", "ReportStoreReviewInput", given)
