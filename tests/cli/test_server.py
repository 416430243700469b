import pytest
import typer

from phaseboard.cli.server import Server


@pytest.mark.parametrize(
    ("url", "http_url", "socket_url"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/graphql", "ws://127.0.0.1:8000/graphql"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/graphql", "ws://127.0.0.1:8000/graphql"),
        (" https://pb.example/graphql ", "https://pb.example/graphql", "wss://pb.example/graphql"),
        ("https://pb.example/behind/proxy/", "https://pb.example/behind/proxy/graphql", None),
        ("http://[::1]:8000", "http://[::1]:8000/graphql", "ws://[::1]:8000/graphql"),
        ("http://pb.example/?x=1#y", "http://pb.example/graphql", None),
    ],
)
def test_the_api_is_found_below_the_address(url: str, http_url: str, socket_url: str | None) -> None:
    server = Server.of(url)
    assert server.http_url == http_url
    assert server.socket_url == (socket_url or "ws" + http_url.removeprefix("http"))


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://x", "http://", "http://a b", "http://x:99999", "http://[::1", "http://x\x1b"]
)
def test_what_is_no_web_address_is_wrong_usage(url: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no web address"):
        Server.of(url)


@pytest.mark.parametrize(
    "url", ["ftp://anna:canary@x", "http://anna:canary/1@x", "http://anna:[canary@x", "http://anna:canary @x"]
)
def test_an_address_that_is_none_is_not_shown(url: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        Server.of(url)
    assert "canary" not in refused.value.message
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://anna:canary@x:1/behind", "http://anna:can@canary@x:1/behind"])
def test_user_and_password_are_sent_but_not_shown(url: str) -> None:
    server = Server.of(url)
    assert server.address == url
    assert server.shown == "http://x:1/behind"


def test_a_token_is_sent_as_bearer_and_an_empty_one_not_at_all() -> None:
    assert Server.of("http://x", "secret").headers == {"Authorization": "Bearer secret"}
    assert Server.of("http://x", "").headers == Server.of("http://x").headers == {}


@pytest.mark.parametrize("token", ["a\nb", "schl\u00fcssel"])
def test_a_token_that_no_header_can_carry_is_wrong_usage(token: str) -> None:
    with pytest.raises(typer.BadParameter, match="plain letters"):
        Server.of("http://x", token)
