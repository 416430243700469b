"""What plans may say of an HTTP call."""

import json
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from phaseboard.engine.executors.address import check_address
from phaseboard.engine.executors.settings import ExecutorSettings

_TEMPLATE = re.compile(r"\{[{%#]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_RESERVED = re.compile(
    r"phaseboard-.*|idempotency-key|host|content-length|transfer-encoding|accept-encoding|connection|upgrade|te|trailer",
    re.IGNORECASE,
)


def _url(text: str) -> str:
    if not _TEMPLATE.search(text):
        check_address(text)
    return text


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("is not a header name")
    if _RESERVED.fullmatch(name):
        raise ValueError("is a header that Phaseboard sets itself")
    return name


def _header_value(value: str) -> str:
    if _NOT_IN_A_HEADER.search(value):
        raise ValueError("must not contain line ends or other control characters")
    return value


def _json(value: JsonValue) -> JsonValue:
    try:
        json.dumps(value, allow_nan=False)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return value


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]


class WebhookSettings(ExecutorSettings):
    """Settings of `executor: webhook`."""

    url: Annotated[str, AfterValidator(_url)] = Field(
        min_length=1, max_length=4000, description="The address to call, http or https; may contain templates."
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(default="POST", description="The HTTP method.")
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, max_length=100, description="Headers to send besides Phaseboard's own."
    )
    body: Annotated[JsonValue, AfterValidator(_json)] = Field(
        default=None,
        description="What to send as JSON; without it the release, the task, the attempt and the callback's address.",
    )
    await_callback: bool = Field(
        default=False, description="Whether the other side takes the task over and reports its end by callback."
    )
