"""References such as `{{ release.version }}` in the settings of tasks.

Only references and four filters are let through, so that a plan can neither compute nor loop; `grammar` says how they
are written. Checking and rendering are bounded: a plan cannot make them slow or the result huge.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from phaseboard.plans.grammar import Reference, read, unescaped
from phaseboard.plans.outline import StageOutline
from phaseboard.plans.problems import Path, Problem, subject
from phaseboard.plans.references import references_wrong
from phaseboard.plans.wording import quoted

MAX_VALUE = 4096
"""Characters that one reference may come to, after each of its filters."""

MAX_RENDERED = 256 * 1024
"""Characters that the settings of one task may come to."""

MAX_FILTERED = 2 * MAX_RENDERED
"""Characters that all filters in the settings of one task may come to on the way there."""

MAX_REFERENCES = 500
"""References in the settings of one task."""

MAX_PLAN_REFERENCES = 2_000
"""References in the settings of all tasks of a plan."""

_MARKS = ("{{", "{%", "{#")

Variables = Mapping[str, Mapping[str, object]]
"""What references stand for, such as `{"release": {"version": "4.2.0"}}`."""


class TemplateFailed(ValueError):
    """Settings that could not be rendered; the message says why."""


def wrong_templates(stages: Iterable[StageOutline]) -> Iterator[Problem]:
    """Yield what is wrong with the templates in the settings of all tasks.

    Where there are too many references, in a task or in the plan up to there, nothing more is read.
    """
    total = 0
    for stage in stages:
        for task in stage.tasks:
            path = (*task.path, "with")
            texts = _templates(task.settings or {}, path)
            references = sum(value.count("{{") for _, value in texts)
            if references > MAX_REFERENCES:
                yield Problem(path, _too_many(f"{subject(path)} has", references, MAX_REFERENCES))
                continue
            total += references
            if total > MAX_PLAN_REFERENCES:
                yield Problem(path, _too_many("up to here the plan has", total, MAX_PLAN_REFERENCES))
                return
            for place, value in texts:
                for wrong in references_wrong(value, stage.in_cycle):
                    yield Problem(place, f"{subject(place)}: {wrong}")


def _too_many(who: str, references: int, most: int) -> str:
    return f"{who} {references:,} references; at most {most:,} are allowed"


def render(settings: Mapping[str, Any], variables: Variables) -> dict[str, Any]:
    """Return the settings with the references in their values (not their keys) filled in, nothing else changed.

    Raises TemplateFailed when a variable is missing, a template is not allowed or the result grows too large.
    """
    return _Rendering(variables).of_mapping(settings)


def has_marks(text: str) -> bool:
    """Tell whether there is anything in a text to be rendered."""
    return any(mark in text for mark in _MARKS)


class _Rendering:
    """One rendering of a task's settings, counting what it has come to."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._left = MAX_RENDERED
        self._left_for_filters = MAX_FILTERED

    def of_mapping(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._value(value) for key, value in settings.items()}

    def _value(self, value: Any) -> Any:
        match value:
            case str() if has_marks(value):
                return self._text(value)
            case Mapping():
                return self.of_mapping(value)
            case list() | tuple():
                return [self._value(item) for item in value]
            case _:
                return value

    def _text(self, source: str) -> str:
        wrong = next(references_wrong(source, in_cycle=True), None)
        if wrong is not None:
            raise TemplateFailed(wrong)
        pieces = []
        for piece in read(source):
            text = self._filled_in(piece, source) if isinstance(piece, Reference) else str(piece)
            self._left -= len(text)
            if self._left < 0:
                raise TemplateFailed(f"the settings come to more than {MAX_RENDERED:,} characters when rendered")
            pieces.append(text)
        return "".join(pieces)

    def _filled_in(self, reference: Reference, source: str) -> str:
        group, _, key = reference.name.partition(".")
        if key not in self._variables.get(group, {}):
            raise TemplateFailed(f"a variable in {quoted(source)} is not known for this task")
        text = str(self._variables[group][key])
        for used in reference.filters:
            text = _CHANGES[used.name](text, *map(unescaped, used.texts or ()))
            if len(text) > MAX_VALUE:
                raise _too_long()
            self._left_for_filters -= len(text)
            if self._left_for_filters < 0:
                raise TemplateFailed(f"the filters come to more than {MAX_FILTERED:,} characters")
        return text


def _replaced(text: str, old: str, new: str) -> str:
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_VALUE:
        raise _too_long()
    return text.replace(old, new)


def _too_long() -> TemplateFailed:
    return TemplateFailed(f"the settings cannot be rendered: a reference comes to more than {MAX_VALUE:,} characters")


_CHANGES: Mapping[str, Callable[..., str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "urlencode": quote,
    "replace": _replaced,
}


def _templates(settings: Any, path: Path) -> list[tuple[Path, str]]:
    """Return the texts with anything to be rendered, in order, and where each stands."""
    found: list[tuple[Path, str]] = []
    waiting = [(path, settings)]
    while waiting:
        place, value = waiting.pop()
        match value:
            case str() if has_marks(value):
                found.append((place, value))
            case dict():
                waiting.extend(((*place, key), item) for key, item in reversed(value.items()))
            case list():
                waiting.extend(((*place, index), item) for index, item in reversed(list(enumerate(value))))
    return found
