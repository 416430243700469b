import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.plans.places import MAX_BYTES, format_path, load_plan, told
from phaseboard.plans.problems import MOST, PlanInvalid, Problem, subject
from phaseboard.plans.values import check_values

PLAN = """\
# a plan
name: Mobile
kickoff:
  - name: a
    needs: []
  - name: b
    needs: [ a, zz ]
    with:
      body: {x: [1, {y: 2}]}
"""


def lines(text: str | bytes) -> list[str]:
    with pytest.raises(PlanInvalid) as caught:
        load_plan(text)
    return [told("plan.yaml", problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (2, 1)),
        (("name",), (2, 1)),
        (("kickoff",), (3, 1)),
        (("kickoff", 0), (4, 5)),
        (("kickoff", 1, "needs"), (7, 5)),
        (("kickoff", 1, "needs", 1), (7, 17)),
        (("kickoff", "1", "needs", "1"), (7, 17)),
        (("kickoff", 1, "with", "body", "x", 1, "y"), (9, 22)),
        (("kickoff", 1, "retries", "count"), (6, 5)),
        (("kickoff", 7, "name"), (3, 1)),
        (("version",), (2, 1)),
    ],
)
def test_places_count_from_one_and_fall_back_to_what_is_around(path: Any, place: tuple[int, int]) -> None:
    assert load_plan(PLAN)[1].of(path) == place


def test_a_problem_is_told_with_file_line_and_column() -> None:
    places = load_plan(PLAN)[1]
    problem = Problem(("kickoff", 1, "needs", 1), "unknown task `zz`; did you mean `a`?")
    assert places.told("mobile.yaml", problem) == (
        "mobile.yaml:7:17: kickoff[1].needs[1]: unknown task `zz`; did you mean `a`?"
    )


@pytest.mark.parametrize(
    ("path", "text", "about"),
    [
        ((), "", "the plan"),
        (("kickoff", 1, "needs", 0), "kickoff[1].needs[0]", "`needs[0]`"),
        (("kickoff", "1", "needs", "0"), "kickoff[1].needs[0]", "`0`"),
        (("a", "b", "c-d"), "a.b.c-d", "`c-d`"),
        (("headers", "a b"), 'headers["a b"]', "`a b`"),
        (("headers", '"\n'), r'headers["\"\n"]', r'`"\u000a`'),
        ((0, 1), "[0][1]", "the plan"),
        (("x" * 1000,), f'["{"x" * 60}"]', f"`{'x' * 60}…`"),
    ],
)
def test_paths_are_written_as_people_do(path: Any, text: str, about: str) -> None:
    assert format_path(path) == text
    assert subject(path) == about


BROKEN: list[tuple[str | bytes, list[str]]] = [
    ("", ["1:1: the file is empty; write a plan into it"]),
    ("# nothing\n", ["1:1: the file is empty; write a plan into it"]),
    ("---\n", ["2:1: a plan is a mapping of keys to values such as `name: ...`, but this file is empty (null)"]),
    ("- a\n", ["1:1: a plan is a mapping of keys to values such as `name: ...`, but this file is a list"]),
    ("plan", ["1:1: a plan is a mapping of keys to values such as `name: ...`, but this file is the text `plan`"]),
    ("a: 1\nb: 2\na: 3\n", ["3:1: a: duplicate key `a`; it stands in line 1 already"]),
    ("a:\n  b: 1\n  b: 2\n", ["3:3: a.b: duplicate key `b`; it stands in line 2 already"]),
    ("a: 1\n---\nb: 2\n", ["2:1: a file holds one plan; remove what follows `---`"]),
    ("a: &x 1\nb: *x\n", [
        "1:4: a: anchors such as `&x` are not allowed; remove it",
        "2:4: b: aliases such as `*x` are not allowed; write it out",
    ]),
    ("a: !!python/object:os.system x\n", [
        "1:4: a: tags such as `tag:yaml.org,2002:python/object:os.system` are not allowed; remove it",
    ]),
    ("a: !secret x\n", ["1:4: a: tags such as `!secret` are not allowed; remove it"]),
    ("? [a, b]\n: 1\n", ["1:3: a key must be text"]),
    ("a: [1, 2\nb: 3\n", ["2:2: this is not YAML that can be read: expected ',' or ']', but got ':'"]),
    ("a:\n\tb: 1\n", ["2:1: this is not YAML that can be read: found character '\\t' that cannot start any token"]),
    ("a: b: c\n", ["1:5: this is not YAML that can be read: mapping values are not allowed here"]),
    ("a: 'x\n", ["2:1: this is not YAML that can be read: found unexpected end of stream"]),
    ("a: x\nb: \x07\n", ["2:4: the character U+0007 is not allowed in YAML; remove it"]),
    (b"a: x\nb: \xff\n", ["2:1: the file is not UTF-8 text; save it as UTF-8"]),
    ("%YAML 3.0\n---\na: 1\n", [
        "1:1: this is not YAML that can be read: found incompatible YAML document (version 1.* is required)",
    ]),
    ("x" * (MAX_BYTES + 1), ["1:1: the file has 262,145 bytes; a plan may have 262,144"]),
    ("ä" * (MAX_BYTES // 2) + "ä", ["1:1: the file has 262,146 bytes; a plan may have 262,144"]),
    ("[" * 300, ["1:26: the plan is nested too deep; at most 24 levels are allowed"]),
    ("a: " + "{a: " * 5_000, ["1:100: the plan is nested too deep; at most 24 levels are allowed"]),
    ("- " * 100_000, ["1:51: the plan is nested too deep; at most 24 levels are allowed"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BROKEN, ids=range(len(BROKEN)))
def test_what_cannot_be_read_is_told_with_its_place(text: str | bytes, told: list[str]) -> None:
    assert lines(text) == [f"plan.yaml:{line}" for line in told]


def test_an_alias_bomb_does_not_go_off() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert len(lines(bomb)) == MOST


def test_many_values_end_the_reading_early() -> None:
    assert lines("a: [" + "1," * 15_000 + "]") == [
        "plan.yaml:1:19999: the plan is too large; it may have 10,000 values",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x", "x"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-0", 0),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("4.20", 4.2),
        ("4.2.0", "4.2.0"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("2024-01-15", "2024-01-15"),
        ("2024-01-15T14:00:00Z", "2024-01-15T14:00:00Z"),
        ("12:30", "12:30"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("|\n  12\n", "12\n"),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_unquoted_text_is_read_as_yaml_1_2_says(text: str, value: Any) -> None:
    document, _ = load_plan(f"a: {text}")
    assert document == {"a": value}
    assert type(document["a"]) is type(value)


@pytest.mark.parametrize("text", [".nan", "-.inf", "1e999", "9" * 400, "9" * 100_000, "0x" + "f" * 1_000])
def test_numbers_that_are_none_for_json_are_left_to_the_check_of_values(text: str) -> None:
    document, _ = load_plan(f"a: {text}")
    assert len(check_values(document)) == 1


def test_keys_are_text_whatever_they_look_like() -> None:
    assert load_plan("1: a\nyes: b\nnull: c\n2024-01-15: d\n<<: e")[0] == {
        "1": "a",
        "yes": "b",
        "null": "c",
        "2024-01-15": "d",
        "<<": "e",
    }


def test_a_byte_order_mark_and_line_ends_of_windows_are_fine() -> None:
    document, places = load_plan(b"\xef\xbb\xbfname: x\r\nversion: y\r\n")
    assert document == {"name": "x", "version": "y"}
    assert places.of(("version",)) == (2, 1)


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTABLE, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(PRINTABLE, JSON, max_size=3))
def test_json_is_read_as_itself_and_every_part_has_its_place(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1)
    read, places = load_plan(text)
    assert read == document
    for number, key in enumerate(document):
        line, column = places.of((key,))
        assert text.splitlines()[line - 1][column - 1 :].startswith(json.dumps(key)), number


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("abc:- \n\t{}[],'\"|>&*!%@?#~.0\\u\r\x85\u2028\x07"), max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        load_plan(text)
    except PlanInvalid as error:
        places = [problem.place for problem in error.problems]
    else:
        places = [(1, 1)]
    assert places
    assert all(place is not None and 1 <= place[0] <= 1 + len(text) for place in places)
