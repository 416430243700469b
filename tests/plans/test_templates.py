from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.plans.outline import StageOutline, TaskOutline
from phaseboard.plans.problems import Path, Problem
from phaseboard.plans.references import FILTERS, VARIABLES
from phaseboard.plans.templates import (
    MAX_PLAN_REFERENCES,
    MAX_RENDERED,
    MAX_VALUE,
    TemplateFailed,
    render,
    wrong_templates,
)
from tests.plans.documents import document, kickoff, problems, task


def outline(settings: dict[str, Any], path: Path = ()) -> TaskOutline:
    return TaskOutline(
        path=path, name=None, executor=None, settings=settings, needs=None, critical=True, submission=False
    )


def check_templates(settings: dict[str, Any], path: Path = (), *, in_cycle: bool = True) -> list[Problem]:
    return list(wrong_templates([StageOutline(path, (outline(settings, path),), in_cycle)]))


VALUES: dict[str, dict[str, object]] = {
    "release": {"id": "rel-1", "name": "Mobile & Co", "version": "4.2.0"},
    "cycle": {"tag": "RC1"},
    "task": {"id": "task-1", "name": "Build", "attempt": 2},
    "callback": {"url": "https://phaseboard/callbacks/task-1/2"},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("no template", "no template"),
        ("{ {release.version} }", "{ {release.version} }"),
        ("{{ release.version }}", "4.2.0"),
        ("{{release.id}}/{{cycle.tag}}/{{task.id}}/{{task.name}}", "rel-1/RC1/task-1/Build"),
        ("attempt {{ task.attempt }}", "attempt 2"),
        ("{{ callback.url }}", "https://phaseboard/callbacks/task-1/2"),
        ("{{ cycle.tag | lower }}, {{ task.name | upper }}", "rc1, BUILD"),
        ("?name={{ release.name | urlencode }}", "?name=Mobile%20%26%20Co"),
        ('{{ release.version | replace(".", "-") | upper }}', "4-2-0"),
        ("{{ task.attempt | replace('2', '') }}", ""),
        ("<{{ release.name }}>\n", "<Mobile & Co>\n"),
        ("{% raw %}${{ inputs.branch }}{% endraw %} of {{ release.id }}", "${{ inputs.branch }} of rel-1"),
        ("{% raw %}{% if %}{% endraw %}}}", "{% if %}}}"),
        ("{{\nrelease . id\n|\nupper ( ) | replace('-', \"}}\", )\n}}", "REL}}1"),
        ("a {{- release.id -}} b {{+ release.id }} c", "arel-1b rel-1 c"),
        ("a {%- raw -%} b {%- endraw -%} c", "abc"),
        ("a {% raw -%} b {%- endraw %} c", "a b c"),
        (r"{{ release.version | replace('.', '\'\"\\\n\t') | replace('\x34\u002e', '\q') }}", "4'\"\\\n\t2'\"\\\n\t0"),
        ("line\r\n{{ release.id }}\r\n", "line\r\nrel-1\r\n"),
    ],
)
def test_references_are_filled_in(template: str, text: str) -> None:
    assert check_templates({"x": template}) == []
    assert render({"x": template}, VALUES) == {"x": text}


def test_values_are_rendered_wherever_they_stand_and_keys_are_not() -> None:
    given = {"{{ task.id }}": [{"a": "{{ task.id }}"}, 1, None, True, 1.5, ["{{ cycle.tag }}"]]}
    assert render(given, VALUES) == {"{{ task.id }}": [{"a": "task-1"}, 1, None, True, 1.5, ["RC1"]]}
    assert given == {"{{ task.id }}": [{"a": "{{ task.id }}"}, 1, None, True, 1.5, ["{{ cycle.tag }}"]]}


PLAIN = (
    "templates may only refer to variables, as in `{{ release.version }}`, "
    "with the filters lower, upper, urlencode, replace"
)
BLOCKS = f"blocks such as `{{% if %}}` are not allowed; {PLAIN}"
UNREADABLE = "cannot be read; write references as in `{{ release.version }}`"
REPLACE = 'the filter `replace` takes two texts, as in `{{ release.version | replace(".", "-") }}`'

MISTAKES = [
    ("{{ release.verison }}", "unknown variable `release.verison`; did you mean `release.version`?"),
    ("{{ version }}", "unknown variable `version`; did you mean `release.version`?"),
    ("{{ Task.ID }}", "unknown variable `Task.ID`; did you mean `task.id`?"),
    ("{{ release }}", "unknown variable `release`; did you mean `release.id`?"),
    ("{{ release.version.major }}", "unknown variable `release.version.major`; did you mean `release.version`?"),
    ("{{ secret }}", ("unknown variable `secret`; known here: `release.id`, `release.name`, `release.version`, "
     "`cycle.tag`, `task.id`, `task.name`, `task.attempt`, `callback.url`")),
    ("{{ ''.__class__.__mro__ }}", PLAIN),
    ("{{ release.__class__ }}", "unknown variable `release.__class__`; did you mean `release.name`?"),
    ("{{ release['version'] }}", PLAIN),
    ("{{ release.version() }}", PLAIN),
    ("{{ range(10) }}", PLAIN),
    ("{{ 1 + 1 }}", PLAIN),
    ("{{ 'a' * 10 ** 9 }}", PLAIN),
    ("{{ 'text' }}", PLAIN),
    ("{{ release.id ~ task.id }}", PLAIN),
    ("{{ release.id if true }}", PLAIN),
    ("{{ release.id == 1 }}", PLAIN),
    ("{{ [release.id] }}", PLAIN),
    ("{{ release.version | lowr }}", "unknown filter `lowr`; did you mean `lower`?"),
    ("{{ release.version | tojson }}", ("unknown filter `tojson`; known here: `lower`, `upper`, `urlencode`, "
     "`replace`")),
    ("{{ release.version | lower(1) }}", "the filter `lower` takes no arguments"),
    ("{{ release.version | upper(x=1) }}", "the filter `upper` takes no arguments"),
    ("{{ release.version | replace('a') }}", REPLACE),
    ("{{ release.version | replace('a', task.id) }}", REPLACE),
    ("{{ release.version | replace('a', 1) }}", REPLACE),
    ("{{ release.version | replace('a', 'b', 1) }}", REPLACE),
    ("{{ release.version | replace(*x) }}", REPLACE),
    ("{{ release.version | replace('a', 'b', count=1) }}", REPLACE),
    ("{{ release.id" + " | lower" * 6 + " }}", "a reference may pass through 5 filters at most"),
    ("{% if release.id %}x{% endif %}", BLOCKS),
    ("{% for x in y %}{{ x }}{% endfor %}", BLOCKS),
    ("{% include 'secret' %}", BLOCKS),
    ("{% set x = 1 %}", BLOCKS),
    ("{% nonsense %}", BLOCKS),
    ("q={%22a%22}", BLOCKS),
    ("{# note #}", f"comments `{{# #}}` are not allowed; {PLAIN}"),
    ("{{ release.version", f"the template `{{{{ release.version` {UNREADABLE}"),
    ("{{ }}", f"the template `{{{{ }}}}` {UNREADABLE}"),
    ("{{ release. }}", f"the template `{{{{ release. }}}}` {UNREADABLE}"),
    ("{{ a b }}", f"the template `{{{{ a b }}}}` {UNREADABLE}"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "told"), MISTAKES, ids=[template for template, _ in MISTAKES])
def test_everything_else_is_refused_before_and_while_rendering(template: str, told: str) -> None:
    (problem,) = check_templates({"x": [template]}, ("kickoff", 0))
    assert str(problem) == f"kickoff[0].with.x[0]: `x[0]`: {told}"
    with pytest.raises(TemplateFailed) as caught:
        render({"x": template}, VALUES)
    assert str(caught.value) == told


def test_each_wrong_reference_of_a_plan_is_told_with_its_place() -> None:
    body = {"body": ["{{ a }}", "{{ task.nmae }} and {{ task.di }}"], "url": "{{ cycle.tag }}"}
    assert problems(kickoff({"executor": "http", "with": body})) == [
        (
            "kickoff[0].with.body[0]: `body[0]`: unknown variable `a`; known here: `release.id`, `release.name`, "
            "`release.version`, `task.id`, `task.name`, `task.attempt`, `callback.url`"
        ),
        "kickoff[0].with.body[1]: `body[1]`: unknown variable `task.nmae`; did you mean `task.name`?",
        "kickoff[0].with.body[1]: `body[1]`: unknown variable `task.di`; did you mean `task.id`?",
        "kickoff[0].with.url: `url`: `cycle.tag` is known in the tasks of `regression` only",
    ]


def test_the_cycle_is_known_in_regression_and_not_in_pre_release() -> None:
    tagged = task("a", executor="http", **{"with": {"url": "{{ cycle.tag }}"}})
    plan = document(regression={"cycles": [{"after": "0s"}], "tasks": [tagged]}, preRelease=[tagged])
    assert problems(plan) == [
        "preRelease[0].with.url: `url`: `cycle.tag` is known in the tasks of `regression` only",
    ]


def test_the_settings_of_a_task_hold_so_many_references() -> None:
    body = ["{{ task.id }}" * 250, "{{ task.id }}" * 250]
    assert check_templates({"body": body}, in_cycle=False) == []
    (problem,) = check_templates({"body": [*body, "{{ task.id }}"]}, in_cycle=False)
    assert str(problem) == "with: `with` has 501 references; at most 500 are allowed"


def test_a_plan_holds_so_many_references_in_all() -> None:
    full = {"executor": "http", "with": {"url": "{{ a }}", "body": "{{ task.id }}" * 499}}
    tasks = [full] * (MAX_PLAN_REFERENCES // 500)
    assert len(problems(kickoff(*tasks))) == len(tasks), "each has one that is wrong"
    plan = kickoff(*tasks) | {"preRelease": [task("submit", executor="http", **{"with": {"url": "{{ a }}"}})]}
    assert (
        problems(plan)[-1] == "preRelease[0].with: up to here the plan has 2,001 references; at most 2,000 are allowed"
    )


def test_settings_that_are_too_large_are_not_read() -> None:
    large = {"executor": "http", "with": {"url": "{{ a }}", "body": "x" * 65_536}}
    assert problems(kickoff(large, {"executor": "http", "with": {"url": "{{ b.c }}"}})) == [
        "kickoff[0].with: `with` is 65,566 bytes long as JSON; at most 65,536 are allowed",
        (
            "kickoff[1].with.url: `url`: unknown variable `b.c`; known here: `release.id`, `release.name`, "
            "`release.version`, `task.id`, `task.name`, `task.attempt`, `callback.url`"
        ),
    ]


def test_a_variable_that_is_missing_is_told() -> None:
    for variables in ({}, {"cycle": {}}):
        with pytest.raises(TemplateFailed, match=r"^a variable in `\{\{ cycle.tag \}\}` is not known for this task$"):
            render({"x": "{{ cycle.tag }}"}, variables)


BOMBS = [
    "{{ release.name" + " | replace('a', '" + "a" * 100 + "')" * 5 + " }}",
    "{{ release.name | replace('', '" + "b" * 50_000 + "') }}",
    "{{ release.name | replace('a', '" + "%" * 2_000 + "') | urlencode }}",
    "{{ release.name | replace('a', '" + "ß" * 2_000 + "') | upper | upper | upper }}",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_a_reference_cannot_come_to_much(bomb: str) -> None:
    with pytest.raises(TemplateFailed):
        render({"x": bomb}, {"release": {"name": "a" * 200}})


def test_filters_cannot_be_made_to_work_for_long() -> None:
    one = "{{ release.name | urlencode | urlencode | urlencode | replace('%', '') | replace('25', '') }}"
    settings = {"x": one * 400}
    assert check_templates(settings) == []
    with pytest.raises(TemplateFailed, match=r"^the filters come to more than 524,288 characters$"):
        render(settings, {"release": {"name": "ß" * 200}})


def test_the_settings_of_a_task_cannot_come_to_much() -> None:
    one = "{{ release.name | replace('a', '" + "a" * 20 + "') }}"
    enough = MAX_RENDERED // 4_000
    many = {str(number): one for number in range(enough + 1)}
    with pytest.raises(TemplateFailed, match=r"^the settings come to more than 262,144 characters when rendered$"):
        render(many, {"release": {"name": "a" * 200}})
    rendered = render({str(number): one for number in range(enough)}, {"release": {"name": "a" * 200}})
    assert sum(map(len, rendered.values())) == enough * 4_000
    assert MAX_VALUE >= 4_000


@pytest.mark.parametrize(
    "hostile",
    [
        "{{" * 30_000,
        "{{" + "(" * 60_000,
        "{{" + "-" * 60_000 + "1 }}",
        "{{" + "not " * 15_000 + "x }}",
        "{{" + "9" * 60_000 + "}}",
        "{{ '" + "\\" * 60_001 + " }}",
        "{% if 1 %}" * 6_000,
        "{% raw %}" * 6_000,
        "{{ a" + ".a" * 2_000 + "}}",
        "{{ a" + "|lower" * 2_000 + "}}",
        "{{ release.id" + "|lower" * 10_000 + "}}",
        "{{ release.id | replace(" + "''," * 15_000 + ") }}",
        "{{ release.id " + "|" * 60_000 + "}}",
        "{{" + " " * 60_000 + "}}",
        "{{ 'a" * 10_000,
        "{%" + " " * 60_000,
        "{% raw %}" + "{% " * 20_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_templates_are_refused_quickly(hostile: str) -> None:
    assert len(check_templates({"x": hostile})) == 1


PLAIN_TEXT = st.text(st.characters(exclude_characters="{"))
PLAIN_VALUES = st.recursive(
    PLAIN_TEXT | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
PIECES = ("{{", "}}", "{%", "%}", "{#", "#}", "release.id", "|", "lower", "(", "'", "x", "-", "raw", " ")


@settings(max_examples=40, deadline=None)
@given(PLAIN_VALUES)
def test_what_has_no_template_stays_as_it_is(value: Any) -> None:
    assert check_templates({"x": value}, in_cycle=False) == []
    assert render({"x": value}, {}) == {"x": value}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_passes_the_check_can_be_rendered(pieces: list[str]) -> None:
    text = "".join(pieces)
    if not check_templates({"x": text}):
        render({"x": text}, VALUES)


def test_every_documented_variable_and_filter_works() -> None:
    for name in VARIABLES:
        group, key = name.split(".")
        assert render({"x": f"{{{{ {name} }}}}"}, VALUES) == {"x": str(VALUES[group][key])}
    for name, texts in FILTERS.items():
        arguments = "('a', 'b')" if texts else ""
        assert check_templates({"x": f"{{{{ task.id | {name}{arguments} }}}}"}, in_cycle=False) == []
