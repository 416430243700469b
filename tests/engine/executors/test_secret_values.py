"""Which values of settings count as secret; how they are blotted out is with `test_hidden`."""

import base64
from typing import Any

import httpx
import pytest

from phaseboard.engine.executors.secret_values import redactor_for_call, redactor_for_program, redactor_for_report

from .factory import SECRET, job


def shown(text: str, *, url: str = "http://ci/", headers: dict[str, str] | None = None, body: Any = None) -> str:
    return redactor_for_call(job(), httpx.URL(url), headers or {}, body).redact_text(text)


BASIC = base64.b64encode(b"operator:canary-password").decode()


@pytest.mark.parametrize(
    ("given", "secrets"),
    [
        ({"headers": {"Authorization": "Bearer canary-token"}}, ["canary-token", "Bearer canary-token"]),
        ({"headers": {"Authorization": f"Basic {BASIC}"}}, [BASIC, "canary-password", "operator"]),
        ({"headers": {"X-Api-Key": "canary"}}, ["canary"]),
        ({"headers": {"Cookie": "session=canary-one; theme=dark"}}, ["canary-one"]),
        ({"headers": {"Authorization": 'Digest username="x", response="canary-two"'}}, ["canary-two"]),
        ({"headers": {"X-Token-Name": "canary"}}, ["canary"]),
        ({"url": "http://ci/?token=canary%20query&x=1"}, ["canary query", "canary%20query", "canary+query"]),
        ({"url": "http://ci/?canary-alone"}, ["canary-alone"]),
        ({"url": "http://operator:canary-password@ci/"}, ["canary-password", "operator", BASIC]),
        ({"url": "http://canary-user@ci/"}, ["canary-user", base64.b64encode(b"canary-user:").decode()]),
        ({"body": {"password": "canary-body", "tokens": [["canary-list"]]}}, ["canary-body", "canary-list"]),
        ({}, [SECRET]),
    ],
)
def test_what_a_call_proves_itself_by_is_hidden(given: dict[str, Any], secrets: list[str]) -> None:
    for secret in secrets:
        assert shown(f"said {secret}.", **given) == f"said {'*' * len(secret)}."
        assert redactor_for_report(job(), given).redact_text(f"said {secret}.") == f"said {'*' * len(secret)}."


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Content-Type": "application/json", "Accept": "application/vnd.ci+json"}},
        {"headers": {"X-Api-Version": "2024-01-15", "X-Retry": "true", "X-Task": "Build RC", "X-Empty": ""}},
        {"url": "http://ci/application/json?branch=main-line&environment=production&x=12345"},
        {"body": {"ref": "main-line", "password": "12345", "key": None, "inputs": ["Bearer", 1.5, True]}},
    ],
)
def test_what_people_have_to_read_is_not(given: dict[str, Any]) -> None:
    text = "application/json application/vnd.ci+json 2024-01-15 true Build RC main-line production 12345 Bearer rel-abc"
    assert shown(text, **given) == text
    assert redactor_for_report(job(), given).redact_text(text) == text


def test_of_a_program_variables_are_hidden_and_arguments_that_sound_secret() -> None:
    args = ["--token=canary-a", "--password", "canary-b", "--output", "canary-c", "canary-d"]
    env = {"UPLOAD_KEY": "canary-e", "SERVICE": "canary-f", "BUILD_CONFIGURATION": "Release", "SHORT": "12345"}
    told = "canary-a canary-b canary-c canary-d canary-e canary-f Release 12345 --output"
    kept = "******** ******** canary-c canary-d ******** ******** Release 12345 --output"
    assert redactor_for_program(job(), args, env).redact_text(told) == kept
    assert redactor_for_report(job(), {"args": [*args], "env": {**env}}).redact_text(told) == kept


@pytest.mark.parametrize(
    "settings", [{}, {"url": 1, "headers": [], "env": "x", "args": {}}, {"url": "{{", "headers": {"X": 1}, "args": [1]}]
)
def test_settings_of_any_executor_will_do(settings: dict[str, Any]) -> None:
    assert redactor_for_report(job(), settings).redact_text(f"said {SECRET}") == f"said {'*' * len(SECRET)}"
