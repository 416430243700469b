import asyncio
from collections.abc import Sequence

from phaseboard.api.loader import Loader

PATIENCE = 10


async def squares(keys: Sequence[int]) -> list[int]:
    return [key * key for key in keys]


async def test_what_is_asked_for_together_is_loaded_at_once() -> None:
    asked: list[list[int]] = []

    async def noted(keys: Sequence[int]) -> list[int]:
        asked.append(list(keys))
        return await squares(keys)

    loader: Loader[int, int] = Loader(noted, cache=False)
    assert await asyncio.gather(loader.load(2), loader.load(3)) == [4, 9]
    assert asked == [[2, 3]]


async def test_a_load_that_is_cancelled_before_it_begins_harms_no_other() -> None:
    loader: Loader[int, int] = Loader(squares, cache=False)
    asyncio.ensure_future(loader.load(2)).cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert await asyncio.wait_for(loader.load(3), PATIENCE) == 9
