from datetime import UTC
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from phaseboard.cli.answers import Status
from phaseboard.cli.documents import STATUS
from phaseboard.cli.status import status_view
from tests.cli.samples import NOW, REGRESSION, drawn, status
from tests.domain.guide import SAMPLE


def keys(selected: SelectionSetNode | None) -> Any:
    """Return the keys that a selection answers with, in its order."""
    if selected is None:
        return None
    return {
        field.name.value: keys(field.selection_set) for field in selected.selections if isinstance(field, FieldNode)
    }


def keys_of(value: Any) -> Any:
    return {key: keys_of(inner) for key, inner in value.items()} if isinstance(value, dict) else None


def test_what_is_asked_for_is_the_guides_response_key_for_key() -> None:
    operation = parse(STATUS).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    asked = keys(operation.selection_set)["releaseStatus"]
    assert asked == keys_of(SAMPLE)
    assert str(asked) == str(keys_of(SAMPLE)), "the order of the keys is part of the response"


def test_the_short_view() -> None:
    assert drawn(status_view("rel-a", Status.model_validate(REGRESSION), NOW, UTC)).splitlines() == [
        "Regression cycle running  Stage 2 - RC2 Running (2/3)",
        "Kickoff: completed   Regression: in progress   Pre-release: pending",
        "RC2 in progress   RC3 at 2:02 PM (in 1 h 02 min)   1 of 3 cycles done",
        "Possible now: pause, abandon-cycle   (phaseboard act pause rel-a)",
    ]


def test_a_release_that_is_over_offers_nothing() -> None:
    over = Status.model_validate(status("COMPLETED", "Released", "CCC"))
    assert drawn(status_view("rel-a", over, NOW, UTC)).splitlines() == [
        "Completed  Released",
        "Kickoff: completed   Regression: completed   Pre-release: completed",
    ]
