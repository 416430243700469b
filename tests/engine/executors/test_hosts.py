"""Which hosts plans may have called."""

import pytest

from phaseboard.engine.executors.address import web_address
from phaseboard.engine.executors.hosts import HostRefused, Hosts
from phaseboard.engine.executors.port import Done, Failed
from phaseboard.engine.executors.webhook import WebhookExecutor

from .ci_server import CiServer
from .factory import job

LIST = " ci.example, *.builds.example ,127.0.0.1:8080,[::1]"


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example/jobs", "http://CI.example:8080/", "https://a.builds.example/", "https://a.b.builds.example",
        "http://127.0.0.1:8080/x", "http://[::1]/",
    ],
)  # fmt: skip
async def test_what_the_list_names_is_called(url: str) -> None:
    await Hosts(LIST).check(web_address(url))


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
    await Hosts("169.254.169.254").check(web_address("http://169.254.169.254/latest"))


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
