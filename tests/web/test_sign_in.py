"""What the pages are told of the issuer that signs people in, and whom they may ask for it."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from phaseboard.access.issuer import Issuer
from phaseboard.access.keys import DISCOVERY, FRESH, PAUSE
from phaseboard.web.sign_in import SignIn
from tests.access.issuing import LocalIssuer, issuing


class Hand:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as issuer:
        yield issuer


def tell(issuer: LocalIssuer, token_endpoint: object) -> None:
    document = {"issuer": issuer.url, "token_endpoint": token_endpoint}
    issuer.answer[DISCOVERY] = 200, json.dumps(document).encode()


def described(url: str) -> Issuer:
    return Issuer(url=url, audience="phaseboard", client_id="board")


async def test_the_token_endpoint_may_be_of_another_origin(issuer: LocalIssuer) -> None:
    tell(issuer, "https://tokens.example.com/oauth/token")
    sign_in = SignIn(described(issuer.url))
    assert await sign_in.origins() == (issuer.url, "https://tokens.example.com")
    assert await sign_in.origins() == (issuer.url, "https://tokens.example.com")
    assert issuer.asked == [DISCOVERY]


async def test_an_issuer_that_is_down_is_asked_again_after_a_while(issuer: LocalIssuer) -> None:
    issuer.answer[DISCOVERY] = 503, b""
    hand = Hand()
    sign_in = SignIn(described(issuer.url), hand)
    assert await sign_in.origins() == (issuer.url,)
    tell(issuer, "https://tokens.example.com/")
    assert await sign_in.origins() == (issuer.url,)
    hand.seconds = PAUSE
    assert await sign_in.origins() == (issuer.url, "https://tokens.example.com")
    issuer.answer[DISCOVERY] = 503, b""
    hand.seconds += FRESH
    assert await sign_in.origins() == (issuer.url, "https://tokens.example.com")


@pytest.mark.parametrize("endpoint", [None, 7, "", "http://tokens.example.com/", "javascript:alert(1)", "https://"])
async def test_an_endpoint_that_is_not_safe_is_not_let_in(issuer: LocalIssuer, endpoint: object) -> None:
    tell(issuer, endpoint)
    assert await SignIn(described(issuer.url)).origins() == (issuer.url,)


@pytest.mark.parametrize("host", ["tokens.example.com; script-src *", "a b", "*", "x'unsafe-inline'"])
async def test_what_the_issuer_says_ends_no_rule_of_the_policy(issuer: LocalIssuer, host: str) -> None:
    tell(issuer, f"https://{host}/token")
    assert not {";", " ", "'", "*", ","} & set("".join(await SignIn(described(issuer.url)).origins()))


def test_the_token_that_is_for_this_server_is_the_one_to_use() -> None:
    issuer = described("https://login.example.com")
    assert SignIn(issuer).told["oidc"] == {
        "issuer": "https://login.example.com",
        "clientId": "board",
        "scope": "openid",
        "token": "access_token",
    }
    own = SignIn(replace(issuer, audience="board")).told["oidc"]
    assert isinstance(own, dict)
    assert own["token"] == "id_token"
