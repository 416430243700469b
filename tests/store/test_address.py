"""Addresses of PostgreSQL: what is read, what is refused, and that nobody sees the password."""

import pytest

from phaseboard.store.address import Address, AddressInvalid, is_postgres

UNREADABLE = (
    "postgresql+asyncpg://anna:canary@db/board",
    "mysql://anna:canary@db/board",
    "postgresql://anna:12/canary@db/board",
    "postgresql://anna:canary/1@db/board",
    "postgresql://anna:canary#1@db/board",
    "postgresql://anna:1#canary@db/board",
    "postgresql://anna:canary?1@db/board",
    "postgresql://anna:12?x=canary@db/board",
    "postgresql://anna:[canary@db/board",
    "postgresql://anna:canary]@db/board",
    "postgresql://anna:canary@1@db/board",
    "postgresql://anna:canary@db:abc/board",
    "postgresql://anna:canary@db:99999/board",
    "postgresql://anna:canary@db:0/board",
    "postgresql://anna:canary@db,,db/board",
    "postgresql://anna:canary@db/board?sslmode",
    "postgresql://anna:canary@db/board?port=canary",
    "postgresql://anna:canary@db/board?host=::1",
    "postgresql://anna:canary@db/",
    "postgresql://anna:canary@db",
    "postgresql:canary",
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://anna:canary@db/board", "postgresql://anna@db/board"),
        ("postgres://db:5433/board", "postgresql://db:5433/board"),
        ("postgresql://anna:can%2F%3F%23%5B%40:%ary@db/board?sslmode=require", "postgresql://anna@db/board"),
        ("postgresql://anna:canary@[::1]:5432,db:5433/board", "postgresql://anna@[::1]:5432,db:5433/board"),
        ("postgresql://postgres:@/board?host=/run/a&port=5433", "postgresql://postgres@/run/a/board"),
        ("postgresql://%2Frun%2Fa/board", "postgresql://%2Frun%2Fa/board"),
        ("postgresql:///board?user=anna@example.com&password=canary", "postgresql://localhost/board"),
    ],
)
def test_what_can_be_read_is_shown_without_its_password(url: str, shown: str):
    assert is_postgres(url)
    assert str(Address(url)) == shown
    assert Address(url).database == "board"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("?connect_timeout=10", ""),
        ("?sslmode=require&connect_timeout=10&host=/run/a", "?sslmode=require&host=/run/a"),
        ("?channel_binding=require&gssencmode=prefer", "?channel_binding=require"),
    ],
)
def test_what_is_asked_for_is_kept_and_what_is_settled_is_not(given: str, kept: str):
    assert Address(f"postgresql://anna:canary@db/board{given}").dsn == f"postgresql://anna:canary@db/board{kept}"


@pytest.mark.parametrize("url", [url for url in UNREADABLE if url.startswith("postgresql://")])
def test_what_cannot_be_read_is_not_shown(url: str):
    with pytest.raises(AddressInvalid) as refused:
        Address(url)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
