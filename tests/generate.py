"""Write what the README shows of the code: `python -m tests.generate` (part of `make generate`)."""

from pathlib import Path

from phaseboard.domain.diagram import mermaid
from tests.picture import picture

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "playground/watch.svg"
BEGIN, END = "<!-- phase-diagram:begin -->", "<!-- phase-diagram:end -->"


def with_diagram(text: str) -> str:
    """Return a text with the diagram of today between the two markers, everything else as it was."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n```mermaid\n{mermaid()}```\n\n{END}{after}"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    README.write_text(with_diagram(README.read_text(encoding="utf-8")), encoding="utf-8")
