"""Which hosts plans may have called."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from phaseboard.engine.executors.address import web_address
from phaseboard.engine.executors.hosts import HostRefused, Hosts
from phaseboard.engine.executors.port import Done, Failed
from phaseboard.engine.executors.webhook import WebhookExecutor

from .ci_server import CiServer, answer
from .factory import job

LIST = " ci.example, *.builds.example ,127.0.0.1:8080,[::1]"


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example/jobs", "http://CI.example:8080/", "https://a.builds.example/", "https://a.b.builds.example",
        "http://127.0.0.1:8080/x", "http://[::1]/",
    ],
)  # fmt: skip
async def test_what_the_list_names_is_called_where_it_led(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    leading_to(monkeypatch, ["10.0.0.5"])
    assert await Hosts(LIST).check(web_address(url)) == ["10.0.0.5"]


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example.evil/", "https://xci.example/", "https://builds.example/", "http://127.0.0.1/",
        "http://127.0.0.1:80801/", "http://ci.example@evil/", "http://[::2]/", "http://169.254.169.254/", "http://c/",
    ],
)  # fmt: skip
async def test_nothing_else_is(url: str) -> None:
    with pytest.raises((HostRefused, ValueError), match=r"PHASEBOARD_WEBHOOK_HOSTS does not|port outside"):
        await Hosts(LIST).check(web_address(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://10.0.0.5:9000/", "http://[fd00::1]/", "http://[::1]/"])
async def test_without_a_list_private_addresses_are_called(url: str) -> None:
    await Hosts("").check(web_address(url))


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.1.1]/", "http://2852039166/"]
)
async def test_link_local_addresses_have_to_be_named(url: str) -> None:
    with pytest.raises(HostRefused, match="link-local"):
        await Hosts("").check(web_address(url))


async def test_a_named_one_is_called() -> None:
    for named in ("169.254.169.254", "ci.example,169.254.169.254:80"):
        await Hosts(named).check(web_address("http://169.254.169.254/latest"))


async def test_a_name_on_the_list_may_not_lead_there(monkeypatch: pytest.MonkeyPatch) -> None:
    url = web_address("http://ci.example/")
    leading_to(monkeypatch, *[["10.0.0.5", "169.254.169.254"]] * 4)
    for entries in ("ci.example", "*.example", "ci.example,169.254.169.254:8080"):
        with pytest.raises(HostRefused, match="link-local"):
            await Hosts(entries).check(url)
    assert await Hosts("ci.example,169.254.169.254").check(url) == ["10.0.0.5", "169.254.169.254"]


async def test_what_a_proxy_resolves_may_not_lead_there_as_far_as_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    leading_to(monkeypatch, ["10.0.0.5"], ["fd00:ec2::254"])
    hosts = Hosts("ci.example", by_proxy=True)
    assert await hosts.check(web_address("http://ci.example/")) == []
    with pytest.raises(HostRefused, match="link-local"):
        await hosts.check(web_address("http://ci.example/"))


@pytest.mark.parametrize("entry", ["http://ci.example", "10.0.0.0/8", "ci.*", "*"])
def test_what_is_no_host_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match="write hosts like"):
        Hosts(f"ci.example,{entry}")


async def test_a_task_that_would_call_another_host_fails_and_nothing_is_sent(ci: CiServer) -> None:
    for allowed, called in ((ci.host, True), ("ci.example", False)):
        executor = WebhookExecutor({"PHASEBOARD_WEBHOOK_HOSTS": allowed})
        result = await executor.execute(job(), executor.settings.model_validate({"url": ci.url}))
        await executor.close()
        assert isinstance(result, Done if called else Failed)
        assert len(ci.requests) == 1
    assert isinstance(result, Failed)
    assert result.message == "The url names a host that PHASEBOARD_WEBHOOK_HOSTS does not."


NAME = "ci.example"


def leading_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let NAME lead to these addresses, at one question after the other; returns the names asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (address, 0)) for address in answers[len(asked) - 1]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def called(url: str, **environ: str) -> Done | Failed:
    executor = WebhookExecutor(environ)
    result = await executor.execute(job(), executor.settings.model_validate({"url": url}))
    await executor.close()
    assert isinstance(result, Done | Failed)
    return result


@pytest.mark.parametrize("entries", ["", NAME])
async def test_a_name_is_resolved_once_and_called_where_it_led(
    entries: str, ci: CiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ci.answer = answer("201 Created", b"", "Location: /jobs/7")
    asked = leading_to(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    result = await called(f"http://{NAME}:{ci.port}/jobs", PHASEBOARD_WEBHOOK_HOSTS=entries)
    assert asked == [NAME]
    assert ci.requests[0].headers["host"] == f"{NAME}:{ci.port}"
    assert isinstance(result, Done)
    assert result.external_url == f"http://{NAME}:{ci.port}/jobs/7"


async def test_one_bad_address_is_enough_to_be_refused(ci: CiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    leading_to(monkeypatch, ["127.0.0.1", "169.254.169.254"])
    result = await called(f"http://{NAME}:{ci.port}/")
    assert isinstance(result, Failed)
    assert "link-local" in result.message
    assert ci.requests == []


async def test_where_nobody_listens_the_next_address_is_called(ci: CiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    leading_to(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    assert isinstance(await called(f"http://{NAME}:{ci.port}/"), Done)
    assert len(ci.requests) == 1


@pytest.mark.parametrize(("of", "trusted"), [(NAME, True), ("other.example", False)])
async def test_a_certificate_has_to_be_that_of_the_name(
    of: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, chain = certificates(of, tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        leading_to(monkeypatch, ["127.0.0.1"])
        result = await called(f"https://{NAME}:{port}/", SSL_CERT_FILE=str(authority))
    assert isinstance(result, Done if trusted else Failed), result
    assert trusted or "certificate that is not trusted" in str(result.message)


SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
"""What an authority's key is for."""


def certificates(name: str, folder: Path) -> tuple[Path, Path]:
    """Write the certificate of an authority, and one for a name that it vouches for, with its key."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    blank = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    authority = blank.subject_name(issuer).serial_number(1).add_extension(x509.BasicConstraints(True, None), True)
    authority = authority.add_extension(SIGNS, True)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    vouched = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    own = blank.subject_name(subject).serial_number(2).add_extension(names, False).add_extension(vouched, False)
    trusted, chain = folder / "authority.pem", folder / "chain.pem"
    trusted.write_bytes(authority.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + own.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return trusted, chain
