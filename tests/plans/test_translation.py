from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from phaseboard.plans.translation import problems_of


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["inner"]
    depth: int = 1


class PluginSettings(BaseModel):
    """What the models of other packages may use; each has to come out in words."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field("abc", pattern="^[a-z]+$", min_length=2)
    share: float = Field(0.5, gt=0, lt=1)
    even: int = Field(2, multiple_of=2)
    wait: timedelta = Field(timedelta(1), ge=timedelta(seconds=1))
    where: HttpUrl | None = None
    id: UUID | None = None
    flag: bool = False
    choice: Annotated[Inner, Field(discriminator=None)] | list[int] | None = None
    pairs: dict[str, int] = Field(default_factory=dict, max_length=2)
    fixed: tuple[int, int] = (1, 2)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"code": "A1"}, "code: `code` is the text `A1`, which has not the right form"),
    ({"code": "a"}, "code: `code` must have at least 2 characters"),
    ({"share": 0}, "share: `share` must be more than 0, but is the number 0"),
    ({"share": "much"}, "share: `share` must be a number, but is the text `much`"),
    ({"even": 3}, "even: `even` must be a multiple of 2"),
    ({"even": "x"}, "even: `even` must be a whole number, but is the text `x`"),
    ({"wait": 0}, "wait: `wait` must be at least 1 second, but is `0:00:00`"),
    ({"where": "ci"}, "where: `where` must be URL, relative URL without a base"),
    ({"id": "5"}, "id: `id` must be UUID, invalid length: found 1"),
    ({"flag": "maybe"}, "flag: `flag` must be `true` or `false`, but is the text `maybe`"),
    ({"choice": 5}, "choice: `choice` must be a mapping of keys to values or a list, but is the number 5"),
    ({"choice": {"kind": "inner", "dpeth": 2}}, "choice.dpeth: unknown key `dpeth`; did you mean `depth`?"),
    (
        {"choice": {"kind": "outer"}},
        ("choice.kind: `kind` is the text `outer`, which is not known; known here: `inner`"),
    ),
    ({"pairs": {"a": "b"}}, "pairs.a: `a` must be a whole number, but is the text `b`"),
    ({"pairs": {"a": 1, "b": 2, "c": 3}}, "pairs: `pairs` has 3 entries; at most 2 are allowed"),
    ({"fixed": 5}, "fixed: `fixed` must be a list, but is the number 5"),
]


@pytest.mark.parametrize(("given", "told"), MISTAKES)
def test_what_other_models_find_is_told_in_words(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PluginSettings.model_validate(given)
    found = [str(problem) for problem in problems_of(caught.value, PluginSettings, given)]
    assert found == [told]
    assert not any("Input" in text or "[" in text for text in found)
