import pytest
from pydantic import ValidationError

from phaseboard.engine.executors.webhook_settings import WebhookSettings

URL = "https://ci.example/jobs"


def test_defaults() -> None:
    settings = WebhookSettings.model_validate({"url": URL})
    assert (settings.method, settings.headers, settings.body, settings.await_callback) == ("POST", {}, None, False)


@pytest.mark.parametrize("url", ["{{ release.name }}", "https://{{ release.name }}.example/{{ release.version }}"])
def test_an_address_with_templates_is_checked_later(url: str) -> None:
    assert WebhookSettings.model_validate({"url": url}).url == url


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"url": "ftp://ci.example"}, "must begin with http"),
        ({"url": ""}, "at least 1 character"),
        ({"method": "post"}, "'POST'"),
        ({"headers": {"X": "a\r\nPhaseboard-Secret: b"}}, "line ends"),
        ({"headers": {"X": "a\0"}}, "control characters"),
        ({"headers": {"X: y": "a"}}, "not a header name"),
        ({"headers": {"phaseboard-secret": "a"}}, "sets itself"),
        ({"headers": {"Idempotency-Key": "a"}}, "sets itself"),
        ({"headers": {"HOST": "a"}}, "sets itself"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "sets itself"),
        ({"headers": {"X": 1}}, "valid string"),
        ({"body": {"x": float("nan")}}, "not JSON compliant"),
        ({"body": object()}, "valid JSON"),
        ({"awaitCallback": "yes"}, "valid boolean"),
        ({"await_callback": True}, "Extra inputs"),
    ],
)
def test_what_cannot_be_sent_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        WebhookSettings.model_validate({"url": URL} | wrong)
