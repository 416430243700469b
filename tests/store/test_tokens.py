"""Access tokens, in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from phaseboard.store.errors import Conflict
from phaseboard.store.port import Store
from phaseboard.store.tokens import StoredToken, TokenCount
from tests.store.scenes import NOW

CI = StoredToken(id="a1", name="ci", hash="00ff", scopes=("releases:read", "tasks:report"), created_at=NOW)
DAY = timedelta(days=1)


async def add(store: Store, *tokens: StoredToken) -> None:
    for token in tokens:
        await store.write(lambda writer, token=token: writer.add_token(token))


async def test_a_token_is_kept_as_it_was(store: Store):
    fine = timedelta(microseconds=7)
    expiring = replace(CI, id="a2", name="'; DROP TABLE releases; --", expires_at=NOW + DAY + fine, scopes=())
    await add(store, CI, expiring)
    kept = {"a1": CI, "a2": replace(expiring, expires_at=NOW + DAY)}
    assert await store.read(lambda reader: reader.tokens(["a1", "a2", "a3"])) == kept
    assert await store.read(lambda reader: reader.tokens([])) == {}
    assert await store.read(lambda reader: reader.all_tokens()) == list(kept.values())


@pytest.mark.parametrize("other", [replace(CI, id="a2"), replace(CI, name="cd")])
async def test_ids_and_names_are_unique(store: Store, other: StoredToken):
    await add(store, CI)
    with pytest.raises(Conflict, match=other.name):
        await add(store, other)
    assert await store.read(lambda reader: reader.all_tokens()) == [CI]


async def test_a_revoked_token_stays_and_frees_its_name(store: Store):
    await add(store, CI)
    assert await store.write(lambda writer: writer.revoke_token("a1", NOW + DAY))
    again = replace(CI, id="a2", created_at=NOW + DAY)
    await add(store, again)
    assert await store.read(lambda reader: reader.all_tokens()) == [replace(CI, revoked_at=NOW + DAY), again]


async def test_a_token_is_revoked_once(store: Store):
    await add(store, CI)
    assert await store.write(lambda writer: writer.revoke_token("a1", NOW))
    assert not await store.write(lambda writer: writer.revoke_token("a1", NOW + DAY))
    assert not await store.write(lambda writer: writer.revoke_token("a2", NOW))
    (kept,) = await store.read(lambda reader: reader.all_tokens())
    assert kept.revoked_at == NOW


async def test_each_addition_and_each_revocation_makes_another_count(store: Store):
    async def count() -> TokenCount:
        return await store.read(lambda reader: reader.token_count())

    counts = [await count()]
    await add(store, CI)
    counts.append(await count())
    await store.write(lambda writer: writer.revoke_token("a1", NOW))
    counts.append(await count())
    await add(store, replace(CI, id="a2"))
    counts.append(await count())
    assert counts == [(0, 0), (1, 1), (1, 0), (2, 1)]


def test_a_token_is_live_until_it_expires_or_is_revoked():
    assert CI.is_live(NOW)
    assert not replace(CI, revoked_at=NOW).is_live(NOW)
    expiring = replace(CI, expires_at=NOW + DAY)
    assert expiring.is_live(NOW + DAY - timedelta(milliseconds=1))
    assert not expiring.is_live(NOW + DAY)
