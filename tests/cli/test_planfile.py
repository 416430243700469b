from pathlib import Path

import pytest
import typer

from phaseboard.cli.creation import placed
from phaseboard.cli.errors import InvalidPlan, NotFound, Refused
from phaseboard.cli.planfile import PlanFile
from tests.cli.plans import PLAN, changed


def read(tmp_path: Path, text: str) -> PlanFile:
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    return PlanFile.read(file)


def lines(caught: pytest.ExceptionInfo[InvalidPlan], tmp_path: Path) -> list[str]:
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_a_sound_plan_has_its_shape(tmp_path: Path) -> None:
    plan = read(tmp_path, PLAN)
    plan.check_shape()
    assert plan.document["version"] == "4.2.0"


def test_what_the_server_could_not_even_read_is_told_with_its_place_several_at_once(tmp_path: Path) -> None:
    plan = read(tmp_path, changed(('"4.2.0"', "4.2"), ("executor: manual", "executer: manual"), ("30m", "soon")))
    with pytest.raises(InvalidPlan) as caught:
        plan.check_shape()
    found = lines(caught, tmp_path)
    assert [line.split(": ")[0] for line in found] == [
        "plan.yaml:2:1",
        "plan.yaml:9:5",
        "plan.yaml:8:5",
        "plan.yaml:13:7",
    ]
    assert "kickoff[1].executer: unknown key `executer`; did you mean `executor`?" in found[1]


def test_which_executors_there_are_is_left_to_the_server(tmp_path: Path) -> None:
    read(tmp_path, changed(("executor: manual", "executor: only-there\n    with: { what: ever }"))).check_shape()


def test_what_is_wrong_beyond_the_shape_is_left_to_the_server_too(tmp_path: Path) -> None:
    read(tmp_path, changed(("executor: manual", "executor: manual\n    needs: [Nothing]"))).check_shape()


def test_text_that_is_no_yaml_has_its_place(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan) as caught:
        read(tmp_path, "name: [1\nversion: 2")
    assert lines(caught, tmp_path)[0].startswith("plan.yaml:2:8: this is not YAML that can be read")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"- 1", b"x" * 10_000_000])
def test_what_is_no_plan_at_all_is_told_in_a_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(content)
    with pytest.raises(InvalidPlan) as caught:
        PlanFile.read(tmp_path / "plan.yaml")
    assert len(lines(caught, tmp_path)) == 1


@pytest.mark.parametrize("name", ["missing.yaml", ".", "x" * 300])
def test_a_file_that_cannot_be_read_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="cannot be read"):
        PlanFile.read(tmp_path / name)


def test_the_servers_errors_get_their_places(tmp_path: Path) -> None:
    errors = [
        {"code": "INVALID_INPUT", "message": "unknown task", "path": ["input", "kickoff", "1", "needs", "0"]},
        {"code": "INVALID_INPUT", "message": "unknown executor", "path": ["input", "kickoff", "0", "executor"]},
        {"code": "INVALID_INPUT", "message": "too late", "path": ["input", "regression", "cycles", "1", "after"]},
        {"code": "INVALID_INPUT", "message": "about the whole", "path": ["input"]},
        {"code": "INVALID_INPUT", "message": "about the whole", "path": None},
    ]
    told = placed(read(tmp_path, PLAN), errors)
    assert isinstance(told, InvalidPlan)
    assert str(told).replace(f"{tmp_path}/", "").splitlines() == [
        "plan.yaml:8:5: kickoff[1].needs[0]: unknown task",
        "plan.yaml:6:5: kickoff[0].executor: unknown executor",
        "plan.yaml:13:7: regression.cycles[1].after: too late",
        "plan.yaml:1:1: about the whole",
        "plan.yaml:1:1: about the whole",
    ]


def test_errors_that_are_not_about_the_plan_stay_as_they_are(tmp_path: Path) -> None:
    plan = read(tmp_path, PLAN)
    conflict = {"code": "IDEMPOTENCY_KEY_CONFLICT", "message": "used before", "path": ["input", "idempotencyKey"]}
    blank = {"code": "INVALID_INPUT", "message": "This is empty.", "path": ["input", "idempotencyKey"]}
    assert type(placed(plan, [conflict])) is Refused
    assert str(placed(plan, [blank])) == "idempotencyKey: This is empty."
    assert type(placed(plan, [{"code": "NOT_FOUND", "message": "?", "path": None}])) is NotFound


def test_a_message_of_the_server_cannot_steer_the_terminal(tmp_path: Path) -> None:
    errors = [{"code": "INVALID_INPUT", "message": "\x1b[2J", "path": ["input", "\x1b]0;x\x07"]}]
    assert "\x1b" not in str(placed(read(tmp_path, PLAN), errors))
