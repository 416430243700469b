"""Logs of the server: one line a record, with the stable `action` key and what else the record carries."""

import logging
import sys
from typing import ClassVar

LEVELS = ("debug", "info", "warning", "error")


class _Lines(logging.Formatter):
    """`2026-01-15T14:00:00 WARNING lease lost action=task.lease_lost task=tsk-...`."""

    _own: ClassVar[frozenset[str]] = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, with its traceback below."""
        line = super().format(record)
        extras = " ".join(f"{key}={value}" for key, value in record.__dict__.items() if key not in self._own)
        head, newline, rest = line.partition("\n")
        return f"{head} {extras}".rstrip() + newline + rest


def configure_logs(level: str) -> None:
    """Log to standard error from a level on, one of LEVELS."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
