"""Secrets of callbacks: one an attempt, known without being kept."""

from phaseboard.domain.ids import is_release_id, release_id
from phaseboard.engine.secrets import callback_secret, is_callback_secret, new_key, new_secret


def test_each_attempt_of_each_task_of_each_release_has_its_own() -> None:
    made = {callback_secret(s, t, a) for s in ("s1", "s2") for t in ("tsk-1-1", "tsk-1-2") for a in (1, 2, 11)}
    assert len(made) == 12
    assert callback_secret("s1", "tsk-1-1", 1) == callback_secret("s1", "tsk-1-1", 1)


def test_only_its_own_secret_opens_an_attempt() -> None:
    own = callback_secret("s1", "tsk-1-1", 1)
    assert is_callback_secret(own, "s1", "tsk-1-1", 1)
    for wrong in ("", own[:-1], own.upper(), own + " ", "é", callback_secret("s1", "tsk-1-1", 2)):
        assert not is_callback_secret(wrong, "s1", "tsk-1-1", 1)


def test_keys_make_ids_and_nothing_is_made_twice() -> None:
    keys, secrets = {new_key() for _ in range(200)}, {new_secret() for _ in range(200)}
    assert len(keys) == len(secrets) == 200
    assert all(is_release_id(release_id(key)) for key in keys)
    assert min(map(len, secrets)) >= 40
