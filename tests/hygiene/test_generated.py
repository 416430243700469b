"""What is generated from the code and committed is fresh."""

from tests.generate import README, with_diagram


def test_the_readme_shows_the_phases_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_diagram(text), "stale: run make generate"
