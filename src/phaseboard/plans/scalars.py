"""What unquoted text means in YAML: the core schema of YAML 1.2.

There `yes`, `on` and `2024-01-15` are text, and `012` is twelve.
"""

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_INTEGER = 400

Scalar = str | int | float | bool | None


def read_scalar(text: str) -> Scalar:
    """Return the value of a text that stands without quotes."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return _read_number(text)


def _read_number(text: str) -> Scalar:
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            # Python takes long over many digits; so large a number is refused later, with its place.
            return int(text, base) if len(text) < _LONGEST_INTEGER else 10**_LONGEST_INTEGER
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
