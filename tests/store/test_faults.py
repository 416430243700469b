"""What is made of the complaints of PostgreSQL that are hard to have from a real one."""

from ssl import SSLCertVerificationError

import asyncpg
import pytest

from phaseboard.store.address import Address
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.store.postgres.faults import sorted_out

ADDRESS = Address("postgresql://anna:canary@db/board")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.FeatureNotSupportedError("cannot set transaction read-write mode during recovery"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    ],
)
def test_a_standby_may_take_changes_later(error: Exception):
    found = sorted_out(ADDRESS, error)
    assert type(found) is Unavailable
    assert str(found) == f"postgresql://anna@db/board takes no changes now ({error})."


def test_a_certificate_that_nobody_vouches_for():
    found = sorted_out(ADDRESS, SSLCertVerificationError(1, "certificate verify failed: self-signed certificate"))
    assert type(found) is StoreUnusable
    assert "self-signed certificate. Name the certificate of its authority: sslrootcert" in str(found)
