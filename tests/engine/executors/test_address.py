import pytest

from phaseboard.engine.executors.address import external_url, host_of, web_address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ftp://ci.example/", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("/jobs", "must begin with"),
        ("http:///jobs", "names no host"),
        ("http://ci.example:99999/", "port"),
        ("http://ci.example:0/", "port"),
        ("http://[::1", "cannot be read"),
        ("http://ci.example/\r\nX: 1", "cannot be read"),
        ("http://\ud800.example/", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        web_address(text)


def test_messages_name_host_and_port_only() -> None:
    assert host_of(web_address("https://user:password@ci.example:8443/path?token=1")) == "ci.example:8443"


@pytest.mark.parametrize("url", ["https://ci.example/jobs/1", "http://127.0.0.1:80/a?b=c#d"])
def test_people_may_be_sent_to_a_web_address(url: str) -> None:
    assert external_url(url) == url


@pytest.mark.parametrize(
    "candidate",
    [
        None,
        7,
        ["https://ci.example"],
        "",
        "ci.example/jobs/1",
        "javascript:alert(1)",
        "https://ci.example/ jobs",
        "https://ci.example/\njobs",
        "https://known.example@evil.example/",
        "https://ci.example/" + "x" * 2000,
    ],
)
def test_people_are_sent_nowhere_else(candidate: object) -> None:
    assert external_url(candidate) is None
