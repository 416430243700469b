"""What claims allow, and whom they name."""

from typing import Any

import pytest

from phaseboard.access.claims import actor_of, scopes_in
from phaseboard.access.errors import Unauthenticated
from phaseboard.access.issuer import Issuer, parse_mapping
from phaseboard.access.scopes import Scope, Scopes
from phaseboard.domain.actor import Actor, ActorKind


def issuer(**more: Any) -> Issuer:
    mapping = parse_mapping("release-managers=releases:write,release-managers=releases:read,ci=tasks:report,boss=admin")
    return Issuer(url="https://login.example.com", audience="a", scopes=mapping, **more)


@pytest.mark.parametrize(
    ("value", "scopes"),
    [
        ("releases:read tasks:report", (Scope.READ, Scope.REPORT)),
        (["releases:read"], (Scope.READ,)),
        (["release-managers", "ci", "others"], (Scope.READ, Scope.WRITE, Scope.REPORT)),
        ("openid ci", (Scope.REPORT,)),
        ("boss", (Scope.ADMIN,)),
        ("admin", ()),
        (["admin"], ()),
        ("", ()),
        (None, ()),
        (7, ()),
        ({"releases:read": True}, ()),
        ([["releases:read"], None, 7, {}], ()),
    ],
)
def test_values_of_the_claim_allow(value: Any, scopes: Scopes):
    assert scopes_in({"scope": value}, issuer()) == scopes


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["ci"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["ci"]}),
        ("a.b.c", {"a": {"b": {"c": "ci"}}}),
    ],
)
def test_the_claim_is_found_by_name_or_path(path: str, claims: dict[str, Any]):
    assert scopes_in(claims, issuer(scope_claim=path)) == (Scope.REPORT,)


@pytest.mark.parametrize("claims", [{}, {"realm_access": None}, {"realm_access": "roles"}, {"realm_access": ["roles"]}])
def test_without_the_claim_nothing_is_allowed(claims: dict[str, Any]):
    assert scopes_in(claims, issuer(scope_claim="realm_access.roles")) == ()


def test_the_actor_is_the_subject_unless_another_claim_is_named():
    claims = {"sub": "auth|4711", "email": "anna@example.com"}
    assert actor_of(claims, issuer()) == Actor(ActorKind.PERSON, "auth|4711")
    assert actor_of(claims, issuer(name_claim="email")) == Actor(ActorKind.PERSON, "anna@example.com")


@pytest.mark.parametrize("name", [None, "", "  ", 7, ["anna"], "a" * 201, "a\nb", "\x1b[2J", "a\u202eb"])
def test_a_token_that_names_nobody_is_refused(name: Any):
    with pytest.raises(Unauthenticated, match="names nobody"):
        actor_of({"sub": name}, issuer())
