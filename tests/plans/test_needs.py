from typing import Any

import pytest

from tests.plans.documents import document, kickoff, problems, task

MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    (
        document(kickoff=[task("build"), task("test"), task("build")]),
        ["kickoff[2].name: duplicate name `build`; `kickoff[0]` has it, give this task another"],
    ),
    (
        document(kickoff=[task("build"), task("test", needs=["biuld"])]),
        ["kickoff[1].needs[0]: unknown task `biuld`; did you mean `build`?"],
    ),
    (
        document(kickoff=[task("Sign"), task("test", needs=["sign"])]),
        ["kickoff[1].needs[0]: unknown task `sign`; did you mean `Sign`?"],
    ),
    (
        document(kickoff=[task("build"), task("test", needs=["zzz"])]),
        ["kickoff[1].needs[0]: unknown task `zzz`; known here: `build`"],
    ),
    (document(kickoff=[task("a", needs=["zzz"])]), ["kickoff[0].needs[0]: unknown task `zzz`; none is known here"]),
    (
        document(kickoff=[task("a", needs=["submit"])]),
        [
            (
                "kickoff[0].needs[0]: `submit` is a task of `preRelease`; a task can need tasks of its own stage only, "
                "stages follow each other anyway"
            )
        ],
    ),
    (kickoff({}, {"needs": ["a", "a"]}), ["kickoff[1].needs[1]: `a` is named twice; remove one"]),
    (kickoff({"needs": ["a"]}), ["kickoff[0].needs[0]: `a` needs itself; remove it from its `needs`"]),
    (
        kickoff({"needs": ["b"]}, {"needs": ["a"]}),
        ["kickoff[0].needs: tasks wait for each other: a -> b -> a; remove one of these `needs`"],
    ),
    (
        kickoff({"needs": []}, {"needs": ["d"]}, {"needs": ["a", "b"]}, {"needs": ["c"]}),
        ["kickoff[1].needs: tasks wait for each other: b -> d -> c -> b; remove one of these `needs`"],
    ),
    (
        kickoff({"needs": ["c"]}, {}, {"needs": ["b"]}),
        [
            (
                "kickoff[0].needs: tasks wait for each other: a -> c -> b -> a "
                "(`b` has no `needs`, so it waits for the task before it); remove one of these `needs`"
            )
        ],
    ),
    (
        kickoff({"needs": ["b"]}, {"needs": ["a"]}, {"needs": ["d"]}, {"needs": ["c"]}),
        [
            "kickoff[0].needs: tasks wait for each other: a -> b -> a; remove one of these `needs`",
            "kickoff[2].needs: tasks wait for each other: c -> d -> c; remove one of these `needs`",
        ],
    ),
]


@pytest.mark.parametrize(("wrong", "told"), MISTAKES)
def test_wrong_needs_are_told_in_full(wrong: dict[str, Any], told: list[str]) -> None:
    assert problems(wrong) == told


def test_the_same_name_may_be_used_in_several_stages() -> None:
    same = document(kickoff=[task("build")], preRelease=[task("build")], name="")
    assert problems(same) == ["name: `name` must not be empty"]


def test_a_long_way_round_is_shortened() -> None:
    ring = [task(f"task number {number}", needs=[f"task number {(number + 1) % 200}"]) for number in range(200)]
    (told,) = problems(document(kickoff=ring))
    assert told.startswith("kickoff[0].needs: tasks wait for each other: task number 0 -> task number 1 -> ")
    assert told.endswith("task number 199 -> task number 0; remove one of these `needs`")
    assert len(told) < 600


def test_a_stage_in_which_all_wait_for_all_is_told_quickly() -> None:
    names = [str(number) for number in range(60)]
    tangle = [task(name, needs=[other for other in names if other != name]) for name in names]
    assert len(problems(document(kickoff=tangle))) == 10
