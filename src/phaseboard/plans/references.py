"""What templates may say: references to known variables, with a few filters (see `templates`)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from jinja2 import Environment, TemplateSyntaxError, nodes

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

MAX_FILTERS = 5

_EXAMPLE = "`{{ release.version }}`"
_PLAIN_ONLY = f"templates may only refer to variables, as in {_EXAMPLE}, with the filters {', '.join(FILTERS)}"


def references_wrong(environment: Environment, source: str, in_cycle: bool) -> Iterator[str]:
    """Yield, in words, what is wrong with each reference of a template."""
    if "{#" in source:
        yield f"comments `{{# #}}` are not allowed; {_PLAIN_ONLY}"
        return
    try:
        template = environment.parse(source)
    except (TemplateSyntaxError, ValueError, OverflowError, RecursionError):
        yield _unreadable(source)
        return
    for statement in template.body:
        if not isinstance(statement, nodes.Output):
            yield f"blocks such as `{{% if %}}` are not allowed; {_PLAIN_ONLY}"
            return
        for expression in statement.nodes:
            if not isinstance(expression, nodes.TemplateData):
                wrong = _wrong(expression, in_cycle)
                if wrong:
                    yield wrong


def _unreadable(source: str) -> str:
    if "{%" in source:
        return f"blocks such as `{{% if %}}` are not allowed; {_PLAIN_ONLY}"
    return f"the template {quoted(source)} cannot be read; write references as in {_EXAMPLE}"


def _wrong(expression: nodes.Expr, in_cycle: bool) -> str:
    filters = 0
    while isinstance(expression, nodes.Filter):
        filters += 1
        wrong = _wrong_filter(expression)
        if wrong or expression.node is None:
            return wrong or _PLAIN_ONLY
        if filters > MAX_FILTERS:
            return f"a reference may pass through {MAX_FILTERS} filters at most"
        expression = expression.node
    return _wrong_reference(expression, in_cycle)


def _wrong_filter(expression: nodes.Filter) -> str:
    name = expression.name
    if name not in FILTERS:
        return f"unknown filter {quoted(name)}{did_you_mean(name, FILTERS)}"
    texts = [
        argument.value
        for argument in expression.args
        if isinstance(argument, nodes.Const) and isinstance(argument.value, str)
    ]
    extra = expression.kwargs or expression.dyn_args or expression.dyn_kwargs
    if extra or len(expression.args) != len(texts) or len(texts) != FILTERS[name]:
        return (
            f"the filter `{name}` takes no arguments"
            if not FILTERS[name]
            else 'the filter `replace` takes two texts, as in `{{ release.version | replace(".", "-") }}`'
        )
    return ""


def _wrong_reference(expression: nodes.Expr, in_cycle: bool) -> str:
    name = _dotted(expression)
    if name is None:
        return _PLAIN_ONLY
    if name not in VARIABLES:
        known = [variable for variable in VARIABLES if in_cycle or variable != "cycle.tag"]
        return f"unknown variable {quoted(name)}{did_you_mean(name, known)}"
    if name == "cycle.tag" and not in_cycle:
        return "`cycle.tag` is known in the tasks of `regression` only"
    return ""


def _dotted(expression: nodes.Expr) -> str | None:
    names: list[str] = []
    while isinstance(expression, nodes.Getattr):
        names.append(expression.attr)
        expression = expression.node
    if not isinstance(expression, nodes.Name):
        return None
    return ".".join((expression.name, *reversed(names)))
