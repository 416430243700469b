"""Documents to begin with: what the schema allows and what it nearly allows, and what people really send."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes

from tests.fuzz.scale import SEED

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
SCALARS = ("Cursor", "DateTime", "Duration", "JSON", "TimeZone")
OF_SCALARS = ["", "x", "ZTE", "2026-01-15T14:00:00Z", "45s", "1h30m", "Europe/Berlin", "9" * 40, "\U0001f600"]

PLAN = """{name: "F", version: "1", kickoff: [{name: "a", executor: "simulated", with: {durationSeconds: 0}}],
  regression: {cycles: [{after: "0s"}], tasks: []}, preRelease: []}"""
BY_HAND = (
    "query ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase displayText actions revision cursor } }",
    "query ($id: ID!) { release(id: $id) { id status tasks { id name attempts { number } } cycles { tag } } }",
    "query ($n: Int = 10) { releases(first: $n) { nodes { id name status } pageInfo { endCursor hasNextPage } } }",
    "query ($id: ID!) { release(id: $id) { events(first: 5) { nodes { id ... on TaskChanged { name } } } } }",
    "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Task { ...t } } } fragment t on Task { name }",
    "{ service { version schemaHash limits { name value } executors { name settingsSchema } } viewer { scopes } }",
    "{ __schema { queryType { name } types { name kind fields { name type { name ofType { name } } } } } }",
    "mutation ($id: ID!) { startRelease(input: {releaseId: $id}) { replayed userErrors { code message path } } }",
    'mutation ($id: ID!) { pauseRelease(input: {releaseId: $id, reason: "x"}) { status { revision } } }',
    f"mutation {{ createRelease(input: {PLAN}) {{ release {{ id }} userErrors {{ message path }} }} }}",
    "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase revision } }",
    "subscription ($after: Cursor) { phaseChanged(after: $after) { cursor from to release { id } } }",
    "subscription ($id: ID) { releaseEvents(releaseId: $id) { __typename ... on ReleaseEvent { cursor } } }",
)


@cache
def corpus(size: int) -> Sequence[str]:
    """Return so many documents made from the schema, half of them wrong somewhere, after those written by hand."""
    command = [sys.executable, "-m", "tests.fuzz.corpus", str(size // 2)]
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}  # otherwise each process makes others
    made = subprocess.run(command, env=fixed, capture_output=True, check=True)
    return (*BY_HAND, *json.loads(made.stdout))


def generated(mode: Mode, size: int) -> list[str]:
    """Return documents made from the schema."""
    values = st.sampled_from(OF_SCALARS).map(nodes.String)
    documents = from_schema(SCHEMA.read_text(), custom_scalars=dict.fromkeys(SCALARS, values), mode=mode)
    found: list[str] = []

    @seed(SEED)
    @settings(
        max_examples=size,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents)
    def collect(document: object) -> None:
        if isinstance(document, str):
            found.append(document)

    collect()
    return found


if __name__ == "__main__":
    print(json.dumps([*generated(Mode.POSITIVE, int(sys.argv[1])), *generated(Mode.NEGATIVE, int(sys.argv[1]))]))
