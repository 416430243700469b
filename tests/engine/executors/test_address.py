import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.engine.executors.address import check_address, external_url, host_of, web_address


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


PIECES = [
    "http", "HTTPS", "ftp", ":", "//", "/", "@", "user", "ci.example", "[::1]", "[", "10.0.0.256", "x", "8080", "99999",
    "?a=b", "#c", " ", "%41", "\n", "-", ".",
]  # fmt: skip


def refused(check: object, text: str) -> bool:
    try:
        check(text)  # type: ignore[operator]
    except ValueError:
        return True
    return False


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map(lambda pieces: "http://" + "".join(pieces)))
def test_the_quick_check_and_the_full_one_agree_on_ascii(text: str) -> None:
    assert refused(check_address, text) == refused(web_address, text)


@pytest.mark.parametrize("text", ["http://ä.example/", "http://ci.example/" + "ä" * 3_000, "http://ä@ci.example:80"])
def test_what_is_not_ascii_is_taken_until_it_is_called(text: str) -> None:
    check_address(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/jobs", "must begin with"),
        ("http:///", "names no host"),
        ("http://" + "ä" * 301, "has a host that is too long"),
        ("http://ä/\t", r"contains the character U\+0009"),
    ],
)
def test_the_quick_check_tells_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_address(text)


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
