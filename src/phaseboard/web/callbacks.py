"""`POST /callbacks/{task}/{attempt}`: where CI systems report how an attempt ended (rules 5.5)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from phaseboard.api.text_limits import InvalidTexts, check_report
from phaseboard.domain.commands import Report
from phaseboard.domain.enums import TaskOutcome
from phaseboard.domain.errors import InvalidTarget, ReportAnswer, ResultRefused
from phaseboard.engine.errors import NotFound, WrongSecret
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.errors import StoreError

SECRET_HEADER = "Phaseboard-Secret"
MAX_BODY = 65_536
MAX_ATTEMPT = 2**31 - 1

_KEYS = {"outcome", "externalUrl", "message"}


class BadCallback(Exception):
    """A callback whose path, headers or body cannot be understood."""


def callback_endpoint(
    use_cases: UseCases, answered: Callable[[str], None] = lambda _: None
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint; every case of rules 5.5 has an answer of its own, in `answer` and in words.

    `answered` is called with each answer that is given.
    """

    async def callback(request: Request) -> Response:
        status, answer, message = await _answer(use_cases, request)
        answered(answer)
        return JSONResponse({"answer": answer, "message": message}, status)

    return callback


async def _answer(use_cases: UseCases, request: Request) -> tuple[int, str, str]:
    """Return the status, the answer and what it means."""
    try:
        outcome = await use_cases.callback(await _report(request), request.headers.get(SECRET_HEADER, ""))
    except ResultRefused as refusal:
        archived = refusal.answer is ReportAnswer.ARCHIVED
        return 200 if archived else 409, refusal.answer, str(refusal)
    except StoreError:
        return 503, "SERVICE_UNAVAILABLE", "The database does not answer now: report again."
    except tuple(_REFUSALS) as error:
        return *_REFUSALS[type(error)], str(error)
    if outcome.replayed:
        return 200, ReportAnswer.DUPLICATE, "This was reported before."
    return 200, ReportAnswer.ACCEPTED, "Recorded."


_REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    BadCallback: (400, "INVALID"),
    InvalidTexts: (400, "INVALID"),
    WrongSecret: (403, "WRONG_SECRET"),
    NotFound: (404, "NOT_FOUND"),
    InvalidTarget: (404, "NOT_FOUND"),
}

ANSWERS = frozenset({*ReportAnswer, "SERVICE_UNAVAILABLE", *(answer for _, answer in _REFUSALS.values())})
"""All answers that there are."""


async def _report(request: Request) -> Report:
    body = await _body(request)
    unknown = sorted(set(body) - _KEYS)
    if unknown:
        raise BadCallback(f"Unknown keys: {', '.join(map(repr, unknown[:5]))}; known are {', '.join(sorted(_KEYS))}.")
    url, message = body.get("externalUrl"), body.get("message")
    if not isinstance(url, str | None) or not isinstance(message, str | None):
        raise BadCallback("externalUrl and message are texts, or left out.")
    check_report(url, message)
    return Report(
        task_id=request.path_params["task"],
        attempt=_attempt(request.path_params["attempt"]),
        outcome=_outcome(body.get("outcome")),
        external_url=url,
        message=message,
    )


async def _body(request: Request) -> dict[str, Any]:
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_BODY:
                raise BadCallback(f"The body has more than {MAX_BODY} bytes.")
        body = json.loads(bytes(raw))
    except (ValueError, RecursionError, ClientDisconnect):
        body = None
    if not isinstance(body, dict):
        raise BadCallback('The body has to be a JSON object: {"outcome": "SUCCEEDED"} or {"outcome": "FAILED"}.')
    return body


def _attempt(text: str) -> int:
    attempt = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ATTEMPT)) else 0
    if not 0 < attempt <= MAX_ATTEMPT:
        raise BadCallback("The attempt in the path is a number from 1.")
    return attempt


def _outcome(text: object) -> TaskOutcome:
    if not isinstance(text, str) or text not in TaskOutcome.__members__:
        raise BadCallback('"outcome" is "SUCCEEDED" or "FAILED".')
    return TaskOutcome(text)
