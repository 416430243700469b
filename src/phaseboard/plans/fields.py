"""The kinds of values that a plan is made of, checked one by one, each message for people."""

import json
import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from phaseboard.domain.enums import Store
from phaseboard.plans.times import DURATION_PATTERN, parse_duration, parse_instant

MAX_NAME = 200
MAX_TASKS = 200
MAX_CYCLES = 100
MAX_SETTINGS_DEPTH = 20
MAX_SETTINGS_BYTES = 64 * 1024
MAX_SECONDS = 31_536_000

_NOT_SHOWN = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, breaks of lines and paragraphs, marks of direction, halves of characters."""


def check_name(name: str) -> str:
    """Return the name; raises ValueError when it is blank, padded or has characters that do not show."""
    if not name.strip():
        raise ValueError("must not be blank")
    if name != name.strip():
        raise ValueError("must not begin or end with a space")
    if found := _NOT_SHOWN.search(name):
        raise ValueError(f"contains the control character U+{ord(found[0]):04X}; remove it")
    return name


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings; raises ValueError when they nest too deep or are too large to be kept with every task."""
    depth = _depth(settings)
    if depth > MAX_SETTINGS_DEPTH:
        raise ValueError(f"is nested {depth} levels deep; at most {MAX_SETTINGS_DEPTH} are allowed")
    size = len(json.dumps(settings, ensure_ascii=False).encode())
    if size > MAX_SETTINGS_BYTES:
        raise ValueError(f"is {size:,} bytes long as JSON; at most {MAX_SETTINGS_BYTES:,} are allowed")
    return settings


def _depth(settings: dict[str, Any]) -> int:
    depth = 0
    level: list[dict[str, Any] | list[Any]] = [settings]
    while level:
        depth += 1
        inner = [child for value in level for child in (value.values() if isinstance(value, dict) else value)]
        level = [child for child in inner if isinstance(child, dict | list)]
    return depth


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(check_name)]
"""A text on one line, 1 to 200 characters."""

TaskReference = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
"""The name of a task; whether there is one is checked over the whole stage."""

Seconds = Annotated[int, Field(ge=1, le=MAX_SECONDS)]
"""A time limit, up to a year."""

StoreName = Annotated[Store, Field(strict=False)]
"""A store, by its name."""

Settings = Annotated[dict[str, Any], AfterValidator(check_settings)]
"""An executor's own settings."""

Instant = Annotated[datetime, PlainValidator(parse_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment, with its zone."""

Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["0s", "90m", "2h", "1d12h"]}),
]
"""A length of time."""
