"""Creating a release from a plan file: what the server finds wrong is told with its place in the file."""

from collections.abc import Mapping, Sequence
from typing import Any

from phaseboard.cli.client import ask
from phaseboard.cli.documents import mutation
from phaseboard.cli.errors import CliError
from phaseboard.cli.planfile import PlanFile
from phaseboard.cli.refusals import UserError, check, refusal
from phaseboard.cli.server import Server
from phaseboard.cli.words import clean
from phaseboard.plans.problems import Path, Problem

_OURS = frozenset({"idempotencyKey"})
"""Parts of the input that do not stand in the file."""


def create_release(server: Server, plan: PlanFile, idempotency_key: str | None) -> Mapping[str, Any]:
    """Return the payload of `createRelease`. Raises InvalidPlan with places, or another CliError."""
    plan.check_shape()
    given = dict(plan.document)
    if idempotency_key is not None:
        given["idempotencyKey"] = idempotency_key
    document = mutation("createRelease", "CreateReleaseInput")
    payload: Mapping[str, Any] | None = ask(server, document, {"input": given})["payload"]
    if payload and payload["userErrors"]:
        raise placed(plan, payload["userErrors"])
    return check(payload)


def placed(plan: PlanFile, errors: Sequence[UserError]) -> CliError:
    """Return the server's errors with their places in the file; as they are when they are not about the plan."""
    if any(error["code"] != "INVALID_INPUT" or set(_path(error)) & _OURS for error in errors):
        return refusal(errors)
    return plan.told(Problem(_path(error), clean(error["message"])) for error in errors)


def _path(error: UserError) -> Path:
    """Return where in the document an error is: without the argument's name, indices as numbers."""
    pieces = list(error.get("path") or ())
    if pieces[:1] == ["input"]:
        del pieces[0]
    return tuple(int(piece) if piece.isascii() and piece.isdigit() else clean(piece) for piece in pieces)
