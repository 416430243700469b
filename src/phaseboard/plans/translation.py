"""What pydantic found, in words for people.

Every kind of error that the models of plans raise has its row in `WORDS`; models of executors may raise others, which
fall back on pydantic's own words without its jargon.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from phaseboard.plans.problems import MOST, Path, Problem, subject
from phaseboard.plans.wording import did_you_mean, quoted, shown

EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_parsing": "`true` or `false`",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "none_required": "left out",
}
"""Kinds of errors that say which type was expected."""

_PREDICATES = ("must ", "is ", "are ", "has ", "contains ", "cannot ")

Words = Callable[[str, ErrorDetails], str]


def _entries(amount: int) -> str:
    return "1 entry" if amount == 1 else f"{amount} entries"


def _too_short(name: str, error: ErrorDetails) -> str:
    least = error["ctx"]["min_length"]
    return f"{name} is empty; give at least 1 entry" if least == 1 else f"{name} must have at least {_entries(least)}"


def _too_long(name: str, error: ErrorDetails) -> str:
    return f"{name} has {len(error['input'])} entries; at most {error['ctx']['max_length']} are allowed"


def _text_too_short(name: str, error: ErrorDetails) -> str:
    least = error["ctx"]["min_length"]
    return f"{name} must not be empty" if least == 1 else f"{name} must have at least {least} characters"


def _text_too_long(name: str, error: ErrorDetails) -> str:
    return f"{name} is {len(error['input']):,} characters long; at most {error['ctx']['max_length']:,} are allowed"


def _choice(name: str, error: ErrorDetails) -> str:
    known = [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    value = error["input"]
    if isinstance(value, str):
        return f"{name} is {shown(value)}, which is not known{did_you_mean(value, known)}"
    return f"{name} must be one of {', '.join(map(quoted, known))}, but is {shown(value)}"


def _bound(words: str, key: str) -> Words:
    def told(name: str, error: ErrorDetails) -> str:
        bound = error["ctx"][key]
        limit = f"{bound:,.12g}" if isinstance(bound, int | float) else bound
        return f"{name} must be {words} {limit}, but is {shown(error['input'])}"

    return told


def _own_words(name: str, error: ErrorDetails) -> str:
    words = str(error["ctx"]["error"])
    return f"{name} {words}" if words.startswith(_PREDICATES) else f"{name}: {words}"


WORDS: Mapping[str, Words] = {
    "missing": lambda name, _: f"{name} is missing; add it",
    "too_short": _too_short,
    "too_long": _too_long,
    "string_too_short": _text_too_short,
    "string_too_long": _text_too_long,
    "string_pattern_mismatch": lambda name, error: f"{name} is {shown(error['input'])}, which has not the right form",
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("more than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "less_than": _bound("less than", "lt"),
    "enum": _choice,
    "literal_error": _choice,
    "value_error": _own_words,
    "assertion_error": _own_words,
}
"""Kinds of errors and how each is told."""


def problems_of(error: ValidationError, model: type[BaseModel], document: Any, path: Path = ()) -> Iterator[Problem]:
    """Yield what is wrong with `document`, which stands at `path` and was checked against `model`.

    Of several errors at one place (the alternatives of a union) one is told, the types they expect put together; the
    alternative that fits best is told alone.
    """
    places: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        places.setdefault(_place(detail, document), []).append(detail)
        if len(places) > MOST:
            break
    for place, details in places.items():
        if not _another_went_deeper(place, details, places):
            yield Problem(path + place, _told(path + place, details, _known_keys(model, place)))


def _another_went_deeper(place: Path, details: list[ErrorDetails], places: Iterable[Path]) -> bool:
    """Tell whether these are the types that alternatives expected beside one that fitted better."""
    of_type = all(detail["type"] in EXPECTED for detail in details)
    return of_type and any(len(other) > len(place) and other[: len(place)] == place for other in places)


def _told(path: Path, details: list[ErrorDetails], known: list[str]) -> str:
    name, first = subject(path), details[0]
    if first["type"] == "extra_forbidden":
        key = str(path[-1])
        return f"unknown key {quoted(key)}{did_you_mean(key, known)}"
    expected = [EXPECTED[detail["type"]] for detail in details if detail["type"] in EXPECTED]
    if len(expected) == len(details):
        advice = "; put it in quotes" if expected == ["text"] and _wants_quotes(first["input"]) else ""
        return f"{name} must be {' or '.join(dict.fromkeys(expected))}, but is {shown(first['input'])}{advice}"
    telling = next(detail for detail in details if detail["type"] not in EXPECTED)
    return WORDS.get(telling["type"], _fallback)(name, telling)


def _fallback(name: str, error: ErrorDetails) -> str:
    words = error["msg"].removeprefix("Input should be ").removeprefix("Value should ")
    if words == error["msg"]:
        return f"{name}: {words.replace('Input', 'it')}"
    return f"{name} must be {words.removeprefix('a valid ')}"


def _wants_quotes(value: Any) -> bool:
    return isinstance(value, bool | int | float)


def _place(error: ErrorDetails, document: Any) -> Path:
    """Return where the error is: of its path only what is in the document, not the names of alternatives."""
    place: list[str | int] = []
    value = document
    for piece in error["loc"]:
        if isinstance(value, dict) and piece in value:
            value = value[str(piece)]
        elif isinstance(value, list) and isinstance(piece, int) and piece < len(value):
            value = value[piece]
        else:
            continue
        place.append(piece)
    if error["type"] == "missing":
        place.append(error["loc"][-1])
    return tuple(place)


def _known_keys(model: type[BaseModel], place: Path) -> list[str]:
    """Return the keys that are known where the last piece of `place` stands."""
    models = [model]
    for piece in place[:-1]:
        if isinstance(piece, str):
            models = [inner for outer in models for inner in _models_at(outer, piece)]
    return [field.alias or name for outer in models for name, field in outer.model_fields.items()]


def _models_at(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            yield from _models_in(field.annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
