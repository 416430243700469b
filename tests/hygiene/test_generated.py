"""What is generated from the code and committed is fresh."""

from tests.generate import PICTURE, README, generated
from tests.picture import picture


def test_the_readme_shows_the_phases_and_the_figures_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == generated(text), "stale: run make generate"


def test_the_picture_shows_what_watch_shows() -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(), "stale: run make generate"
