"""Tokens of our own: made, found, refused."""

from datetime import timedelta

import pytest

from phaseboard.access.errors import Unauthenticated
from phaseboard.access.scopes import Scope
from phaseboard.access.tokens import TokenRefused, named, new_token, stored
from phaseboard.store.memory import MemoryStore
from phaseboard.store.tokens import StoredToken
from tests.factory import NOW

DAY = timedelta(days=1)


async def issue(store: MemoryStore, name: str = "ci", **more) -> tuple[StoredToken, str]:
    token, text = new_token(name, (Scope.REPORT,), NOW, **more)
    await store.write(lambda writer: writer.add_token(token))
    return token, text


async def test_a_token_is_found_by_its_text(store: MemoryStore):
    token, text = await issue(store)
    assert await stored(store, text, NOW) == token
    assert text.startswith(f"pb_{token.id}_")


async def test_nothing_of_the_secret_is_kept(store: MemoryStore):
    token, text = await issue(store)
    secret = text.rpartition("_")[2]
    assert len(secret) == 43
    assert secret not in repr(token)
    assert secret not in repr(await store.read(lambda reader: reader.all_tokens()))


def test_no_two_tokens_are_the_same():
    made = [new_token("ci", (), NOW) for _ in range(200)]
    assert len({token.id for token, _ in made}) == len({text for _, text in made}) == 200


async def test_every_other_text_is_unknown_in_the_same_words(store: MemoryStore):
    token, text = await issue(store)
    _, other = await issue(store, "cd")
    secret = other.rpartition("_")[2]
    for wrong in (
        *("", "pb_", "pb__", "pb_x_y", text[:-1], text + "a", text.upper(), text.replace("pb_", "PB_"), token.hash),
        *(
            f"pb_{token.id}_{secret}",
            f"pb_{'x' * 10}_{secret}",
            f"{text}\n",
            f"pb_{token.id}_{'é' * 43}",
            "x" * 100_000,
        ),
    ):
        with pytest.raises(Unauthenticated, match=r"^This token is not known here\.$"):
            await stored(store, wrong, NOW)


async def test_its_holder_is_told_that_it_has_ended(store: MemoryStore):
    _, text = await issue(store, expires_at=NOW + DAY)
    await stored(store, text, NOW + DAY - timedelta(milliseconds=1))
    with pytest.raises(Unauthenticated, match="has expired"):
        await stored(store, text, NOW + DAY)
    token, text = await issue(store, "cd")
    await store.write(lambda writer: writer.revoke_token(token.id, NOW))
    with pytest.raises(Unauthenticated, match="was revoked"):
        await stored(store, text, NOW)
    with pytest.raises(Unauthenticated, match="not known"):
        await stored(store, text[:-1] + ("a" if text[-1] != "a" else "b"), NOW)


@pytest.mark.parametrize("name", ["", " ", "-x", ".x", "a b", "a\n", "é", "a" * 65, "a/b", "<b>", "\x1b[2J", "a\x00"])
def test_names_are_plain(name: str):
    with pytest.raises(TokenRefused, match="is no name for a token"):
        new_token(name, (), NOW)


@pytest.mark.parametrize("name", ["a", "ci", "CI-4.2_x", "anna@example.com", "a" * 64, "1"])
def test_usual_names_are_names(name: str):
    assert new_token(name, (), NOW)[0].name == name


def test_a_token_expires_in_the_future():
    with pytest.raises(TokenRefused, match="in the future"):
        new_token("ci", (), NOW, NOW)


def test_tokens_are_named_by_name_or_id():
    old, _ = new_token("ci", (), NOW)
    old = StoredToken(**{**{name: getattr(old, name) for name in old.__slots__}, "revoked_at": NOW})
    new, _ = new_token("ci", (), NOW)
    assert named([old, new], "ci") is new
    assert named([old, new], old.id) is old
    for unknown in ("cd", "", new.hash):
        with pytest.raises(TokenRefused, match="phaseboard token list"):
            named([old, new], unknown)
    with pytest.raises(TokenRefused):
        named([old], "ci")
