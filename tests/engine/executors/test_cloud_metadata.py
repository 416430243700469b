import pytest

from phaseboard.engine.executors.cloud_metadata import is_metadata_address


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254",
    ],
)  # fmt: skip
def test_addresses_of_clouds_are_known(address: str) -> None:
    assert is_metadata_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:169.254.169.254", "::ffff:100.100.100.200", "::169.254.169.254", "::ffff:0:169.254.169.254",
        "64:ff9b::169.254.169.254", "64:ff9b::6464:64c8", "2002:a9fe:a9fe::1", "2002:6464:64c8::",
        "64:ff9b:1::169.254.169.254", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:00a9:fe:a9fe::",
        "64:ff9b:1:0:a9:fea9:fe00:0", "2001:0:a9fe:a9fe::", "2001::5601:5601",
    ],
)  # fmt: skip
def test_forms_that_lead_to_them_are_known(address: str) -> None:
    assert is_metadata_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", "100.100.100.201", "169.253.255.255", "::1", "fd00::1", "fd00:ec3::254",
        "::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "64:ff9b:1::10.0.0.5", "2002:a00:5::1", "2001:db8::a9fe:a9fe",
    ],
)  # fmt: skip
def test_others_are_not(address: str) -> None:
    assert not is_metadata_address(address)
