"""Idempotency keys."""

from datetime import timedelta

import pytest

from phaseboard.store.errors import Conflict
from phaseboard.store.port import Place, Remembered, Store
from tests.store.scenes import NOW, add

DAY = timedelta(days=1)


async def remember(store: Store, key: str, created_at=NOW) -> Remembered:
    status = await store.read(lambda reader: reader.status("rel-1"))
    kept = Remembered(
        key=key,
        fingerprint="abc",
        release_id="rel-1",
        task_id=None,
        snapshot=status.snapshot,
        place=Place(status.position),
        created_at=created_at,
    )
    await store.write(lambda writer: writer.remember(kept))
    return kept


@pytest.mark.parametrize("key", ["k", "", "'; DROP TABLE releases; --", "\x00", "ключ", "k" * 10_000])
async def test_what_is_remembered_is_recalled(store: Store, key: str):
    await add(store)
    kept = await remember(store, key)
    assert await store.read(lambda reader: reader.recall(key)) == kept
    assert await store.read(lambda reader: reader.recall(key + "x")) is None


async def test_a_key_is_remembered_once(store: Store):
    await add(store)
    first = await remember(store, "k")
    with pytest.raises(Conflict, match="k"):
        await remember(store, "k", NOW + DAY)
    assert await store.read(lambda reader: reader.recall("k")) == first


async def test_old_keys_are_forgotten_the_oldest_first(store: Store):
    await add(store)
    for day in range(5):
        await remember(store, f"k{day}", NOW + day * DAY)
    assert await store.write(lambda writer: writer.forget(NOW + 3 * DAY, 2)) == 2
    assert await store.read(lambda reader: reader.recall("k1")) is None
    assert await store.read(lambda reader: reader.recall("k2")) is not None
    assert await store.write(lambda writer: writer.forget(NOW + 3 * DAY, 10)) == 1
    assert await store.write(lambda writer: writer.forget(NOW + 3 * DAY, 10)) == 0
    assert await store.read(lambda reader: reader.recall("k3")) is not None
