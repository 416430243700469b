"""Write what the README shows of the code and of the last benchmarks: `python -m tests.generate` (`make generate`)."""

from pathlib import Path

from phaseboard.limits import DESCRIPTIONS, Limits
from tests.benchmarks.told import CARRIES, FAST, told
from tests.diagram import mermaid
from tests.picture import picture

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "playground/watch.svg"


def generated(text: str) -> str:
    """Return a text with what is generated today between its markers, everything else as it was."""
    text = _between(text, "phase-diagram", f"```mermaid\n{mermaid()}```")
    text = _between(text, "limits", _limits())
    for name, table in (("carries", CARRIES), ("fast", FAST)):
        text = _between(text, name, told(table))
    return text


def _limits() -> str:
    rows = (f"| `{name}` | {value:,} | {DESCRIPTIONS[name]} |" for name, value in Limits().shown.items())
    return "\n".join(["| limit | default | what it limits |", "|---|---:|---|", *rows])


def _between(text: str, name: str, part: str) -> str:
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"no {begin} ... {end}")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    README.write_text(generated(README.read_text(encoding="utf-8")), encoding="utf-8")
