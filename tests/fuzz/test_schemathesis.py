"""schemathesis asks every field of the roots, as its reading of the schema allows, and judges the answers by itself.

It knows queries and mutations; subscriptions are asked by what is made here.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis.core.failures import FailureGroup
from schemathesis.graphql.checks import GraphQLClientError, GraphQLServerError

from tests.fuzz.corpus import OF_SCALARS, SCALARS, SCHEMA
from tests.fuzz.scale import SEED, scaled
from tests.servers import Server

EXAMPLES = scaled(3, 300)
"""For each field."""

FAULTS = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"}

pytestmark = [pytest.mark.process, pytest.mark.timeout(120 + 2 * EXAMPLES)]


def test_it_finds_nothing(server: Server, figures: Callable[[str], None]) -> None:
    for name in SCALARS:
        schemathesis.graphql.scalar(name, st.sampled_from(OF_SCALARS).map(nodes.String))
    schema = schemathesis.graphql.from_path(SCHEMA)
    schema.config.update(base_url=f"{server.url}/graphql")
    asked: Counter[str] = Counter()
    for found in schema.get_all_operations():
        ask_all(found.ok(), asked)
    assert {"Query.releaseStatus", "Mutation.createRelease", "Mutation.startRelease"} <= set(asked)
    figures(f"{asked.total():,} requests for {len(asked)} fields")


def ask_all(operation: schemathesis.APIOperation, asked: Counter[str]) -> None:
    """Ask one field in as many ways as are wanted."""

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        asked[operation.label] += 1
        with refusals_allowed():
            case.validate_response(case.call())

    ask()


@contextmanager
def refusals_allowed() -> Iterator[None]:
    """Let pass what it complains of when something is refused: texts that are no scalar, arguments that do not fit."""
    try:
        yield
    except FailureGroup as group:
        if faults := [problem for problem in group.exceptions if not refused(problem)]:
            raise AssertionError(faults) from group


def refused(problem: Exception) -> bool:
    codes = {error.get("extensions", {}).get("code") for error in getattr(problem, "errors", ())}
    return isinstance(problem, GraphQLServerError | GraphQLClientError) and not codes & FAULTS
