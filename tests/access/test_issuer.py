import pytest

from phaseboard.access.issuer import Issuer, parse_mapping
from phaseboard.access.scopes import Scope


@pytest.mark.parametrize(
    "url", ["https://login.example.com", "http://127.0.0.1:1", "http://localhost", "http://[::1]:8"]
)
def test_issuers_are_reached_safely(url: str):
    assert Issuer(url=url, audience="a", keys_url=url).url == url


@pytest.mark.parametrize(
    "url", ["", "login.example.com", "http://login.example.com", "ftp://127.0.0.1", "https://", "http://[", "file:///x"]
)
def test_other_addresses_are_refused(url: str):
    with pytest.raises(ValueError, match="has to begin with https://"):
        Issuer(url=url, audience="a")
    with pytest.raises(ValueError, match="has to begin with https://"):
        Issuer(url="https://login.example.com", audience="a", keys_url=url)


def test_an_audience_is_needed():
    with pytest.raises(ValueError, match="audience"):
        Issuer(url="https://login.example.com", audience="")


def test_a_mapping_names_a_scope_for_each_value():
    assert parse_mapping("") == {}
    assert parse_mapping(" release-managers=releases:write, ci=tasks:report,ci=releases:read,boss=admin,") == {
        "release-managers": (Scope.WRITE,),
        "ci": (Scope.READ, Scope.REPORT),
        "boss": (Scope.ADMIN,),
    }


@pytest.mark.parametrize("text", ["ci", "=admin", "ci=", "ci=root", "ci=tasks:report;cd=admin", "a=b=admin", ",=,"])
def test_other_mappings_are_refused(text: str):
    with pytest.raises(ValueError, match=r"is no mapping|is no scope"):
        parse_mapping(text)
