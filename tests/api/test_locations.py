"""Where errors are: found with little work, however many there are and however far down."""

import asyncio
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError

from phaseboard.api.schema import PhaseboardSchema
from tests.steps import steps

LINES = 20_000


@strawberry.type
class Query:
    @strawberry.field
    def fails(self, x: int = 0) -> int | None:
        raise GraphQLError("no")

    @strawberry.field
    def takes(self, numbers: list[int]) -> int:
        return len(numbers)


SCHEMA = PhaseboardSchema(query=Query)

WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "one token": ("{ fails(", {}),
    "fields": ("{ " + " ".join(f"x{number}" for number in range(20)) + " }", {}),
    "arguments": ("{ " + " ".join(f"a{number}: fails({'x: 1 ' * 9})" for number in range(20)) + " }", {}),
    "variables": ("query ($numbers: [Int!]!) { takes(numbers: $numbers) }", {"numbers": ["one"] * 50}),
    "results": ("{ " + " ".join(f"a{number}: fails" for number in range(50)) + " }", {}),
    "results of merged fields": ("{ " + " ".join(f"a{number % 20}: fails" for number in range(60)) + " }", {}),
}


def answer(text: str, variables: dict[str, Any]) -> list[list[dict[str, int]]]:
    """Return the places of what is wrong with a call."""
    answered = asyncio.run(SCHEMA.answer(text, None, variables, None))
    return [[{**place} for place in error.formatted.get("locations", ())] for error in answered.errors or ()]


@pytest.mark.parametrize("wrong", WRONG)
def test_lines_are_counted_once_however_many_errors_there_are(wrong: str) -> None:
    text, variables = WRONG[wrong]
    few = steps(lambda: answer(f"{text} ", variables))
    many = steps(lambda: answer("\n" * LINES + text, variables))
    assert many - few < 15 * LINES, "for the lexer and for the places"


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"])
def test_each_error_is_that_many_lines_further_down(wrong: str, newline: str) -> None:
    text, variables = WRONG[wrong]
    places = answer(text, variables)
    assert any(places)
    further = [[{**place, "line": place["line"] + 3} for place in each] for each in places]
    assert answer(newline * 3 + text, variables) == further
