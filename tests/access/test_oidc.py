"""JSON Web Tokens, verified with the keys that a real issuer serves."""

import base64
import hmac
import json
from datetime import UTC, datetime
from time import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from phaseboard.access.errors import KeysUnavailable, Unauthenticated
from phaseboard.access.issuer import Issuer
from phaseboard.access.keys import FRESH, LARGEST, PAUSE, IssuerKeys
from phaseboard.access.oidc import LEEWAY, NO_GOOD, Verifier
from phaseboard.access.scopes import Scope
from tests.access.issuing import AUDIENCE, EC, ED, RSA, WEAK, LocalIssuer, jwk

OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DISCOVERY = "/.well-known/openid-configuration"


class Seconds:
    """A clock in the test's hands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def verifier(local: LocalIssuer, seconds: Seconds | None = None, **more: Any) -> Verifier:
    issuer = Issuer(url=local.url, audience=AUDIENCE, **more)
    return Verifier(issuer, IssuerKeys(issuer, seconds or Seconds()))


async def refused(checked: Verifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        await checked.verify(token)
    assert not any(part in str(error.value) for part in token.split(".") if len(part) > 8)
    return str(error.value)


async def test_a_good_token_names_its_holder(issuer: LocalIssuer):
    expires = int(time()) + 100
    verified = await verifier(issuer).verify(issuer.token(exp=expires, scope="releases:read tasks:report"))
    assert (verified.actor.name, verified.scopes) == ("anna", (Scope.READ, Scope.REPORT))
    assert verified.expires_at.timestamp() == expires
    assert verified.leeway_until - verified.expires_at == LEEWAY
    assert issuer.asked == [DISCOVERY, "/keys"]


async def test_tokens_of_one_subject_are_told_to_be_of_one_holder_whatever_its_name(issuer: LocalIssuer):
    checked = verifier(issuer, name_claim="email")
    one, again, other = [
        await checked.verify(issuer.token(sub=subject, email=email))
        for subject, email in (("4711", "anna@example.com"), ("4711", "anna@example.org"), ("4712", "anna@example.com"))
    ]
    assert one.subject == again.subject == f"{issuer.url} 4711"
    assert other.subject != one.subject
    assert (await checked.verify(issuer.token(sub=None, email="b@x"))).subject == f"{issuer.url} b@x"


async def test_a_token_that_lasts_for_ever_does(issuer: LocalIssuer):
    verified = await verifier(issuer).verify(issuer.token(exp=10**15))
    assert verified.expires_at == verified.leeway_until == datetime.max.replace(tzinfo=UTC)


async def test_keys_are_fetched_from_where_they_are_said_to_be(issuer: LocalIssuer):
    issuer.answer["/elsewhere"] = (200, json.dumps({"keys": [jwk(RSA, "k1", "RS256")]}).encode())
    await verifier(issuer, keys_url=f"{issuer.url}/elsewhere").verify(issuer.token())
    assert issuer.asked == ["/elsewhere"]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256", "EdDSA"])
async def test_asymmetric_algorithms_are_accepted(issuer: LocalIssuer, algorithm: str, named: bool):
    key = {"ES256": EC, "EdDSA": ED}.get(algorithm, RSA)
    issuer.keys = [jwk(key, "k1", algorithm, **({"alg": algorithm} if named else {}))]
    await verifier(issuer).verify(issuer.token(algorithm=algorithm))


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "lacks a claim"),
        ({"exp": "soon"}, NO_GOOD),
        ({"exp": 1e400}, NO_GOOD),
        ({"nbf": int(time()) + 3600}, "not valid yet"),
        ({"nbf": "x"}, NO_GOOD),
        ({"iat": int(time()) + 3600}, "not valid yet"),
        ({"aud": "another"}, "another audience"),
        ({"aud": None}, "lacks a claim"),
        ({"aud": ["one", "two"]}, "another audience"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "lacks a claim"),
        ({"sub": None}, "names nobody"),
    ],
)
async def test_every_claim_is_checked(issuer: LocalIssuer, claims: dict[str, Any], words: str):
    assert words in await refused(verifier(issuer), issuer.token(**claims))


async def test_one_audience_of_several_is_enough_and_clocks_may_differ_a_little(issuer: LocalIssuer):
    now = int(time())
    await verifier(issuer).verify(issuer.token(aud=["other", AUDIENCE], nbf=now + 5, exp=now - 5))


async def test_what_is_not_signed_by_the_issuer_is_refused(issuer: LocalIssuer):
    checked = verifier(issuer)
    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = [
        issuer.token(key=OTHER),
        jwt.encode(claims, None, "none", headers={"kid": "k1"}),
        signed_with_the_public_key(body),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{in_base64(b'{}')}.{signature}",
        issuer.token(algorithm="ES256"),
        issuer.token(key_id="k2"),
    ]
    for token in forged:
        assert await refused(checked, token)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.e30.e30", "x" * 20_000, "\x00", "W10.e30.e30", "bnVsbA.e.e"]
)
async def test_what_is_no_token_is_refused_without_asking_the_issuer(issuer: LocalIssuer, token: str):
    await refused(verifier(issuer), token)
    assert issuer.asked == []


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_weak_keys_and_keys_for_something_else_do_not_count(issuer: LocalIssuer):
    issuer.keys = [
        jwk(RSA, "enc", "RS256", use="enc"),
        jwk(WEAK, "weak", "RS256"),
        jwk(RSA, "k1", "RS256", alg="PS256"),
    ]
    checked = verifier(issuer)
    assert await refused(checked, issuer.token(key_id="enc")) == NO_GOOD
    assert await refused(checked, issuer.token(key=WEAK, key_id="weak")) == NO_GOOD
    assert "not signed as it has to be" in await refused(checked, issuer.token())


async def test_a_token_without_key_id_needs_an_issuer_with_one_key(issuer: LocalIssuer):
    issuer.keys = [jwk(RSA, None, "RS256")]
    await verifier(issuer).verify(issuer.token(key_id=None))
    issuer.keys.append(jwk(OTHER, None, "RS256"))
    assert await refused(verifier(issuer), issuer.token(key_id=None)) == NO_GOOD


async def test_a_new_key_is_fetched_when_it_is_used_but_not_at_any_rate(issuer: LocalIssuer):
    seconds = Seconds()
    checked = verifier(issuer, seconds)
    await checked.verify(issuer.token())
    issuer.keys.append(jwk(OTHER, "k2", "RS256"))
    token = issuer.token(key=OTHER, key_id="k2")
    assert await refused(checked, token) == NO_GOOD
    seconds.now += PAUSE
    await checked.verify(token)
    asked = len(issuer.asked)
    for number in range(50):
        await refused(checked, issuer.token(key_id=f"made-up-{number}"))
    assert len(issuer.asked) == asked


async def test_a_withdrawn_key_stops_counting(issuer: LocalIssuer):
    seconds = Seconds()
    checked = verifier(issuer, seconds)
    await checked.verify(issuer.token())
    issuer.keys = [jwk(OTHER, "k2", "RS256")]
    seconds.now += FRESH
    assert await refused(checked, issuer.token()) == NO_GOOD


async def test_known_keys_count_while_the_issuer_does_not_answer(issuer: LocalIssuer):
    seconds = Seconds()
    checked = verifier(issuer, seconds)
    await checked.verify(issuer.token())
    issuer.answer["/keys"] = (500, b"")
    seconds.now += FRESH
    await checked.verify(issuer.token())


async def test_nobody_waits_for_keys_that_are_being_fetched_again(issuer: LocalIssuer):
    seconds = Seconds()
    keys = IssuerKeys(Issuer(url=issuer.url, audience=AUDIENCE), seconds)
    assert await keys.find("k1")
    seconds.now += FRESH
    async with keys._turn:
        assert await keys.find("k1")
    assert len(issuer.asked) == 2


@pytest.mark.parametrize("path", [DISCOVERY, "/keys"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b"<html>"),
        (200, b'{"keys": 7, "issuer": "https://evil.example", "jwks_uri": "x"}'),
        (200, b"[" * 100_000),
        (200, b" " * (LARGEST + 1)),
        (200, b"\xff"),
    ],
)
async def test_an_issuer_that_answers_something_else_is_told_apart_from_a_bad_token(
    issuer: LocalIssuer, path: str, status: int, body: bytes
):
    issuer.answer[path] = (status, body)
    with pytest.raises(KeysUnavailable, match="try again"):
        await verifier(issuer).verify(issuer.token())


@pytest.mark.parametrize("keys_url", ["http://evil.example/keys", "file:///etc/passwd", 7])
async def test_discovery_does_not_lead_to_unsafe_addresses(issuer: LocalIssuer, keys_url: Any):
    issuer.answer[DISCOVERY] = (200, json.dumps({"issuer": issuer.url, "jwks_uri": keys_url}).encode())
    with pytest.raises(KeysUnavailable):
        await verifier(issuer).verify(issuer.token())


async def test_keys_that_are_no_keys_are_left_out(issuer: LocalIssuer):
    issuer.keys = [7, None, {}, {"kid": "bad", "kty": "RSA"}, {"kid": "oct", "kty": "oct", "k": "AAAA"}, *issuer.keys]  # type: ignore[list-item]
    checked = verifier(issuer)
    await checked.verify(issuer.token())
    assert await refused(checked, issuer.token(key_id="bad"))
    assert await refused(checked, issuer.token(key_id="oct"))


def signed_with_the_public_key(body: str) -> str:
    """Return a token that takes the public key for a shared secret."""
    public = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = in_base64(b'{"alg":"HS256","kid":"k1"}') + f".{body}"
    return f"{signed}.{in_base64(hmac.digest(public, signed.encode(), 'sha256'))}"


def in_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
