"""How large an answer may become: the same bound whoever executes, and nothing is left behind at it."""

import asyncio
import gc
from typing import Any

import pytest
import strawberry

from phaseboard.api.compiled.run import AWAITED, TURN
from phaseboard.api.compiled.size import SLOWER
from phaseboard.api.schema import PhaseboardSchema
from tests.api.compiled.test_query_plans import plan

ITEMS = 40


@strawberry.type
class Leaf:
    """Something small."""

    name: str = "leaf"
    words: list[str] = strawberry.field(default_factory=lambda: ["a", "b"])


@strawberry.type
class Branch:
    """Something that leads to many others, at once or later."""

    name: str = "branch"
    leaves: list[Leaf] = strawberry.field(default_factory=lambda: [Leaf() for _ in range(ITEMS)])

    @strawberry.field
    def branches(self) -> list["Branch"]:
        """Return many."""
        return [Branch() for _ in range(ITEMS)]

    @strawberry.field
    async def later(self) -> list["Branch"]:
        """Return many, later."""
        return [Branch() for _ in range(ITEMS)]

    @strawberry.field
    def fails(self) -> str | None:
        """Leave the plan."""
        raise ValueError("on purpose")


@strawberry.type
class Query(Branch):
    """The root."""

    @strawberry.field
    def itself(self) -> Branch:
        """Return a branch."""
        return Branch()


@strawberry.type
class Mutation:
    """What is done."""

    @strawberry.mutation
    def grow(self) -> Branch | None:
        """Return a branch."""
        return Branch()


trees = PhaseboardSchema(query=Query, mutation=Mutation)


async def asked(text: str, most: int) -> Any:
    return await trees.guarded(max_fields=most).answer(text, None, {}, None)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ itself { leaves { name } } }", ITEMS * 2),
        ("{ itself { leaves { name words } } }", ITEMS * (3 + 2)),
        ("{ itself { branches { name leaves { name } } } }", ITEMS * 3 + ITEMS * ITEMS * 2),
        ("{ itself { later { name } } }", AWAITED + ITEMS * 2),
        ("{ itself { later { later { name } } } }", AWAITED + ITEMS * 2 + ITEMS * (AWAITED + ITEMS * 2)),
    ],
)
async def test_an_answer_has_at_most_so_many_fields(text: str, fields: int) -> None:
    assert plan(trees, text)
    assert (await asked(text, fields)).errors is None
    refused = await asked(text, fields - 1)
    assert refused.data is None
    [error] = refused.errors
    assert error.message.startswith(f"The answer has more than {fields - 1} fields: ask for less")
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "answerFields", "allowed": fields - 1}


@pytest.mark.parametrize("more", ["fails", "t: __typename __schema { queryType { name } }"])
async def test_what_graphql_core_executes_counts_more(more: str) -> None:
    text = f"{{ {more} itself {{ leaves {{ name }} later {{ name }} }} }}"
    fields = SLOWER * (2 + 2 * ITEMS) + 2 * ITEMS
    within = await asked(text, fields)
    assert within.data["itself"]
    assert {error.path[-1] for error in within.errors or ()} <= {more}
    beyond = await asked(text, fields - 1)
    assert beyond.data is None
    assert [error.extensions["code"] for error in beyond.errors] == ["LIMIT_EXCEEDED"]


async def test_what_was_done_is_told_without_what_is_too_large() -> None:
    done = await asked("mutation { a: grow { name } b: grow { branches { name } } c: grow { name } }", ITEMS)
    assert done.data == {"a": {"name": "branch"}, "b": None, "c": None}
    assert {error.extensions["code"] for error in done.errors} == {"LIMIT_EXCEEDED"}


async def test_nothing_is_left_of_an_answer_that_became_too_large() -> None:
    text = "{ itself { later { later { later { name } } } } }"
    refused = await asked(text, ITEMS * AWAITED)
    assert refused.data is None
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_others_run_while_a_large_answer_is_made() -> None:
    text = "{ itself { later { later { leaves { name words } } } } }"
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    answer = await asked(text, 10**6)
    running.cancel()
    assert answer.errors is None
    assert turns >= ITEMS**3 * 3 // TURN
