"""What templates may say: references to known variables, with a few filters (see `templates`)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from phaseboard.plans.grammar import MAX_FILTERS, BlockFound, Expression, Filter, NotRead, Piece, read
from phaseboard.plans.wording import did_you_mean, quoted

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "release.id": "The release's id.",
        "release.name": "What the release is called.",
        "release.version": "The version it brings.",
        "cycle.tag": "The regression cycle, such as `RC1`; in regression tasks only.",
        "task.id": "The task's id.",
        "task.name": "What the task is called.",
        "task.attempt": "The number of the attempt, from 1.",
        "callback.url": "Where an outside system reports the result.",
    }
)
"""What a reference may name."""

FILTERS: Mapping[str, int] = MappingProxyType({"lower": 0, "upper": 0, "urlencode": 0, "replace": 2})
"""The filters a reference may pass through, with how many texts each takes."""

_EXAMPLE = "`{{ release.version }}`"
_PLAIN_ONLY = f"templates may only refer to variables, as in {_EXAMPLE}, with the filters {', '.join(FILTERS)}"


def references_wrong(source: str, in_cycle: bool) -> Iterator[str]:
    """Yield, in words, what is wrong with each reference of a template."""
    if "{#" in source:
        yield f"comments `{{# #}}` are not allowed; {_PLAIN_ONLY}"
        return
    try:
        pieces = read(source)
    except BlockFound:
        yield f"blocks such as `{{% if %}}` are not allowed; {_PLAIN_ONLY}"
    except NotRead:
        yield f"the template {quoted(source)} cannot be read; write references as in {_EXAMPLE}"
    else:
        yield from filter(None, (_wrong(piece, in_cycle) for piece in pieces))


def _wrong(piece: Piece, in_cycle: bool) -> str:
    if isinstance(piece, str):
        return ""
    if isinstance(piece, Expression):
        return _PLAIN_ONLY
    for place, used in enumerate(reversed(piece.filters)):
        wrong = _wrong_filter(used)
        if wrong or place == MAX_FILTERS:
            return wrong or f"a reference may pass through {MAX_FILTERS} filters at most"
    return _wrong_name(piece.name, in_cycle)


def _wrong_filter(used: Filter) -> str:
    name = used.name
    if name not in FILTERS:
        return f"unknown filter {quoted(name)}{did_you_mean(name, FILTERS)}"
    if used.texts is None or len(used.texts) != FILTERS[name]:
        return (
            f"the filter `{name}` takes no arguments"
            if not FILTERS[name]
            else 'the filter `replace` takes two texts, as in `{{ release.version | replace(".", "-") }}`'
        )
    return ""


def _wrong_name(name: str, in_cycle: bool) -> str:
    if name not in VARIABLES:
        known = [variable for variable in VARIABLES if in_cycle or variable != "cycle.tag"]
        return f"unknown variable {quoted(name)}{did_you_mean(name, known)}"
    if name == "cycle.tag" and not in_cycle:
        return "`cycle.tag` is known in the tasks of `regression` only"
    return ""
