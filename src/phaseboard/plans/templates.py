"""References such as `{{ release.version }}` in the settings of tasks.

The template library could do far more; only references and four filters are let through, so that a plan can neither
compute nor loop. `{% raw %}...{% endraw %}` writes braces that are meant as such. Rendering is bounded: a plan
cannot make it slow or its result huge.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.filters import do_urlencode
from jinja2.sandbox import SandboxedEnvironment

from phaseboard.plans.problems import MOST, Path, Problem, subject
from phaseboard.plans.references import references_wrong
from phaseboard.plans.wording import quoted

MAX_VALUE = 4096
"""Characters that one reference may come to, after each of its filters."""

MAX_RENDERED = 256 * 1024
"""Characters that the settings of one task may come to."""

MAX_REFERENCES = 500
"""References in the settings of one task."""

_MARKS = ("{{", "{%", "{#")

Variables = Mapping[str, Mapping[str, object]]
"""What references stand for, such as `{"release": {"version": "4.2.0"}}`."""


class TemplateFailed(ValueError):
    """Settings that could not be rendered; the message says why."""


def check_templates(settings: Mapping[str, Any], path: Path, in_cycle: bool) -> list[Problem]:
    """Return what is wrong with the templates in settings that stand at `path`, at most `MOST` problems.

    `in_cycle` tells whether the task runs in a regression cycle, where alone `cycle.tag` is known.
    """
    texts = [(place, value) for place, value in _texts(settings, path) if has_marks(value)]
    references = sum(value.count("{{") for _, value in texts)
    if references > MAX_REFERENCES:
        return [Problem(path, f"{subject(path)} has {references:,} references; at most {MAX_REFERENCES} are allowed")]
    problems = (
        Problem(place, f"{subject(place)}: {text}")
        for place, value in texts
        for text in references_wrong(_environment, value, in_cycle)
    )
    return list(islice(problems, MOST))


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
        pieces = []
        try:
            for piece in _compiled(source).generate(self._variables):
                self._left -= len(piece)
                if self._left < 0:
                    raise TemplateFailed(f"the settings come to more than {MAX_RENDERED:,} characters when rendered")
                pieces.append(piece)
        except UndefinedError as error:
            raise TemplateFailed(f"a variable in {quoted(source)} is not known for this task") from error
        except TemplateError as error:
            raise TemplateFailed(f"the settings cannot be rendered: {error.message}") from error
        return "".join(pieces)


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    wrong = next(references_wrong(_environment, source, in_cycle=True), None)
    if wrong is not None:
        raise TemplateFailed(wrong)
    return _environment.from_string(source)


def _bounded(change: Callable[..., str]) -> Callable[..., str]:
    def changed(value: object, *arguments: str) -> str:
        result = change(str(value), *arguments)
        if len(result) > MAX_VALUE:
            raise TemplateError(f"a reference comes to more than {MAX_VALUE:,} characters")
        return result

    return changed


def _replaced(text: str, old: str, new: str) -> str:
    growth = text.count(old) * (len(new) - len(old))
    if len(text) + growth > MAX_VALUE:
        raise TemplateError(f"a reference comes to more than {MAX_VALUE:,} characters")
    return text.replace(old, new)


def _sandbox() -> SandboxedEnvironment:
    # Settings are no HTML; executors encode what they send.
    environment = SandboxedEnvironment(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.globals.clear()
    environment.filters = {
        "lower": _bounded(str.lower),
        "upper": _bounded(str.upper),
        "urlencode": _bounded(do_urlencode),
        "replace": _bounded(_replaced),
    }
    return environment


_environment = _sandbox()


def _texts(settings: Any, path: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    waiting = [(path, settings)]
    while waiting:
        place, value = waiting.pop()
        match value:
            case str():
                found.append((place, value))
            case Mapping():
                waiting.extend(((*place, key), item) for key, item in reversed(list(value.items())))
            case list() | tuple():
                waiting.extend(((*place, index), item) for index, item in reversed(list(enumerate(value))))
    return found
