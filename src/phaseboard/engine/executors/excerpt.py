"""Making what an outside system wrote fit to be kept and shown: no control characters, not too long."""

import re

_ESCAPE_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile(r"\r\n?")


def readable(data: bytes) -> str:
    """Return the data as text without control characters but line ends and tabs; broken UTF-8 is replaced."""
    text = _LINE_ENDS.sub("\n", data.decode("utf-8", "replace"))
    return _CONTROLS.sub("", _ESCAPE_SEQUENCES.sub("", text))


def one_line(text: str, limit: int = 500) -> str:
    """Return the beginning of the text in one line of at most `limit` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def last_line(text: str) -> str:
    """Return the last line with anything in it, shortened as `one_line` does; empty when there is none."""
    return one_line(next((line for line in reversed(text.splitlines()) if line.strip()), ""))
