"""What clients send over graphql-transport-ws, and the codes that a socket is closed with when it is something else."""

from typing import Any

from phaseboard.api.request import parse_json
from phaseboard.api.streams.execution import Operation

BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NOT_ACCEPTABLE = 4400, 4401, 4403, 4406
INIT_TIMEOUT, ID_IN_USE, TOO_MANY_INITS = 4408, 4409, 4429
FAULTY, SERVICE_RESTART, TRY_AGAIN = 1011, 1012, 1013

MAX_REASON = 123
"""Bytes of the reason in a close frame (RFC 6455)."""


class Closing(Exception):
    """The socket has to be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode(errors="replace")[:MAX_REASON].decode(errors="ignore")


def message_of(text: str | None) -> dict[str, Any]:
    """Return the message of a frame. Raises Closing for anything else."""
    if text is None:
        raise Closing(BAD_MESSAGE, "WebSocket message type must be text")
    try:
        message = parse_json(text)
    except ValueError:
        raise Closing(BAD_MESSAGE, "WebSocket message must be valid JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closing(BAD_MESSAGE, "A message is an object with a type and what that type needs")
    return message


def operation_of(payload: dict[str, Any]) -> Operation:
    """Return the operation of a subscribe message. Raises Closing for a payload that holds none."""
    match payload:
        case {"query": str(document)}:
            name, variables = payload.get("operationName"), payload.get("variables")
            objects = all(isinstance(part, dict | None) for part in (variables, payload.get("extensions")))
            if isinstance(name, str | None) and objects:
                return Operation(document, name, variables)
    raise Closing(
        BAD_MESSAGE, "A payload is an object with a query, and perhaps variables, operationName and extensions"
    )
