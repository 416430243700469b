"""What a document subscribes to, and whether many may share it."""

import pytest
from graphql import OperationType

from phaseboard.api.documents import MAX_TOKENS
from phaseboard.api.lru import LARGEST
from phaseboard.api.operation import Followed, followed, operation_type
from tests.api.streams.scene import EVENTS, PHASES, STATUS

AFTER = "subscription ($a: Cursor%s) { phaseChanged(after: $a) { to } }"
FRAGMENT = " fragment F on Subscription { phaseChanged { to } }"


def look(document: str, name: str | None = None) -> Followed | None:
    return followed(document, name, MAX_TOKENS)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (PHASES, Followed("phaseChanged", shared=True, beginning="after")),
        (EVENTS, Followed("releaseEvents", shared=True, beginning="after")),
        (STATUS, Followed("releaseStatus", shared=True, beginning="known")),
        ("subscription { phaseChanged { to } }", Followed("phaseChanged", shared=True)),
        ("subscription { a: phaseChanged { to } }", Followed("phaseChanged", shared=True)),
        (AFTER % "!", Followed("phaseChanged", shared=True, beginning="a", required=True)),
        (AFTER % ' = "ZTA"', Followed("phaseChanged", shared=False)),
        (AFTER % " = null", Followed("phaseChanged", shared=False)),
        ('subscription { phaseChanged(after: "ZTA") { to } }', Followed("phaseChanged", shared=False)),
        ("subscription { phaseChanged(after: null) { to } }", Followed("phaseChanged", shared=False)),
        ("subscription { phaseChanged(after: $a) { to } }", Followed("phaseChanged", shared=False)),
        (AFTER.replace("{ to }", "{ to @skip(if: $a) }") % "", Followed("phaseChanged", shared=False)),
        ("subscription ($b: Boolean!) { phaseChanged @skip(if: $b) { to } }", Followed("phaseChanged", shared=False)),
        ("subscription ($b: Boolean!) { phaseChanged { to @skip(if: $b) } }", Followed("phaseChanged", shared=True)),
        ("subscription { ...on Subscription { phaseChanged { to } } }", Followed("phaseChanged", shared=True)),
        ("subscription { ...{ phaseChanged { to } } }", Followed("phaseChanged", shared=True)),
        ("subscription { ...F }" + FRAGMENT, Followed("phaseChanged", shared=True)),
        ("subscription { ...F @skip(if: false) }" + FRAGMENT, Followed("phaseChanged", shared=False)),
        ("subscription { phaseChanged { to } releaseEvents { __typename } }", Followed("phaseChanged", shared=False)),
        ("subscription { ...F } fragment F on Subscription { ...F }", None),
        ("subscription { ...F }", None),
        ("subscription { nothing }", None),
        ("{ releases { nodes { id } } }", None),
        ("{ phaseChanged { to } }", None),
        ("mutation { phaseChanged { to } }", None),
        ("subscription {", None),
        ("", None),
        ("{" * 5_000, None),
        ("subscription { phaseChanged { to } }" + " #" + "x" * LARGEST, Followed("phaseChanged", shared=True)),
    ],
)  # fmt: skip
def test_what_is_followed(document: str, found: Followed | None) -> None:
    assert look(document) == found


def test_the_operation_is_chosen_by_its_name() -> None:
    both = (
        "subscription A { phaseChanged { to } } subscription B { releaseEvents { __typename } } query C { __typename }"
    )
    assert look(both) is look(both, "D") is look(both, "") is look(both, "C") is None
    assert look(both, "A") == Followed("phaseChanged", shared=True)
    assert look(both, "B") == Followed("releaseEvents", shared=True)
    assert operation_type(both, "C", MAX_TOKENS) is OperationType.QUERY
    assert operation_type(both, None, MAX_TOKENS) is None
