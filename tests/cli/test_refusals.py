import pytest

from phaseboard.cli.errors import NotFound, Refused
from phaseboard.cli.refusals import check

NOT_ALLOWED = {
    "code": "ACTION_NOT_ALLOWED",
    "message": "PAUSE is not possible in phase AWAITING_REGRESSION.",
    "path": None,
    "currentPhase": "AWAITING_REGRESSION",
    "allowedActions": ["TRIGGER_STAGE_2", "ARCHIVE"],
}


def test_a_payload_without_errors_is_returned() -> None:
    payload = {"replayed": False, "userErrors": []}
    assert check(payload) is payload


def test_a_refusal_says_why_and_what_is_allowed_as_commands() -> None:
    with pytest.raises(Refused) as caught:
        check({"userErrors": [NOT_ALLOWED]})
    assert str(caught.value).splitlines() == [
        "PAUSE is not possible in phase AWAITING_REGRESSION.",
        "Phase AWAITING_REGRESSION allows: trigger-stage-2, archive.",
    ]


def test_a_phase_that_allows_nothing_says_so() -> None:
    with pytest.raises(Refused, match="Phase ARCHIVED allows: nothing"):
        check({"userErrors": [{**NOT_ALLOWED, "currentPhase": "ARCHIVED", "allowedActions": []}]})


def test_an_unknown_id_has_its_own_exit_code() -> None:
    with pytest.raises(NotFound, match="There is no release rel-x"):
        check({"userErrors": [{"code": "NOT_FOUND", "message": "There is no release rel-x.", "path": ["input"]}]})


def test_invalid_input_names_the_input() -> None:
    errors = [{"code": "INVALID_INPUT", "message": "This is empty.", "path": ["input", "reason"]}]
    with pytest.raises(Refused, match=r"reason: This is empty\."):
        check({"userErrors": errors})


def test_a_missing_payload_does_not_claim_that_nothing_changed() -> None:
    with pytest.raises(Refused, match="look with `status`"):
        check(None)
