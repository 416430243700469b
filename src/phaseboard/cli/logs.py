"""Logs of the server: one line a record, for people or for machines, with the stable `action` key and all it carries.

Of other packages only what goes wrong is logged, whatever the level: at lower ones they write down headers, frames and
parameters, and with them every secret that passes.
"""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from phaseboard.api.exchange import request_id
from phaseboard.store.errors import Unavailable

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "text", "json")

_OF_CLIENTS = frozenset({"Invalid HTTP request received.", "Unsupported upgrade request."})
"""What uvicorn warns of for each request that is none: anybody can send many. They are counted in a metric."""

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "action"}


class TextLines(logging.Formatter):
    """`2026-01-15T14:00:00.000Z WARNING lease lost action=task.lease_lost task=tsk-...`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, with its traceback below."""
        extras = " ".join(f"{key}={_printable(value)}" for key, value in _extras(record))
        line = f"{_time(record)} {record.levelname} {_printable(record.getMessage())} {extras}"
        return f"{line}\n{_traceback(self, record)}".rstrip()


class JsonLines(logging.Formatter):
    """`{"time": ..., "level": ..., "message": ..., "action": ..., ...}`; a traceback is under `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        told: dict[str, Any] = {"time": _time(record), "level": record.levelname, "message": record.getMessage()}
        told |= _extras(record)
        if traceback := _traceback(self, record):
            told["exception"] = traceback
        return json.dumps(told, default=str)


class Quiet:
    """Lets mistakes of clients be of level DEBUG; `told` says whether that is logged."""

    def __init__(self, *, told: bool) -> None:
        self._told = told

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        if record.name != "uvicorn.error" or record.msg not in _OF_CLIENTS:
            return True
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return self._told


def configure_logs(level: str, form: str = "auto") -> None:
    """Log to standard error from a level on, one of LEVELS, in one of FORMATS; `auto` is text for people who watch."""
    handler = logging.StreamHandler(sys.stderr)
    text = sys.stderr.isatty() if form == "auto" else form == "text"
    handler.setFormatter(TextLines() if text else JsonLines())
    handler.addFilter(Quiet(told=_number(level) <= logging.DEBUG))
    logging.basicConfig(level=max(logging.WARNING, _number(level)), handlers=[handler], force=True)
    logging.getLogger("phaseboard").setLevel(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _extras(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """Yield what a record carries: its action first, which is its logger's name for records of others."""
    yield "action", getattr(record, "action", record.name)
    if request := request_id():
        yield "request", request
    yield from ((key, value) for key, value in record.__dict__.items() if key not in _OWN)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return how a fault came about; of a database that is away all is said in a line."""
    if not record.exc_info:
        return ""
    fault = record.exc_info[1]
    if isinstance(fault, Unavailable):
        return _printable(f"{type(fault).__name__}: {fault}")
    return formatter.formatException(record.exc_info)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _printable(value: object) -> str:
    """Return a value on one line: what comes from outside must not look like a record of its own."""
    text = str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode()
