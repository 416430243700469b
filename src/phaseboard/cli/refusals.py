"""User errors of mutations, turned into what to tell a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from phaseboard.cli.errors import CliError, NotFound, Refused
from phaseboard.cli.words import clean, command_word

UserError = Mapping[str, Any]


def check(payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the payload of a mutation that succeeded. Raises NotFound or Refused with what the server said."""
    if payload is None:
        raise Refused("The server gave no answer to this request. Nothing may have changed: look with `status`.")
    if errors := payload["userErrors"]:
        raise refusal(errors)
    return payload


def refusal(errors: Sequence[UserError]) -> CliError:
    """Return one error for all that the server said."""
    text = "\n".join(line for error in errors for line in _lines(error))
    if any(error["code"] == "NOT_FOUND" for error in errors):
        return NotFound(text)
    return Refused(text)


def _lines(error: UserError) -> list[str]:
    lines = [f"{_place(error)}{clean(error['message'])}"]
    if "allowedActions" in error:
        allowed = ", ".join(command_word(action) for action in error["allowedActions"])
        lines.append(f"Phase {clean(error['currentPhase'])} allows: {allowed or 'nothing'}.")
    return lines


def _place(error: UserError) -> str:
    """Return what input is meant, where the message alone would not tell."""
    path = list(error.get("path") or ())[1:]
    return f"{clean('.'.join(path))}: " if path and error["code"] == "INVALID_INPUT" else ""
