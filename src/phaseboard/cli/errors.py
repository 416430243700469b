"""What a command can end with, in words for people, and the exit code of each.

CliError              1
    Refused           1   the server said no: `userErrors`
    Denied            1   no token, or not the rights
    Rejected          1   the server answered with GraphQL errors
        Fault         1   a fault of the server, which may pass
    InvalidPlan       1   the plan has problems, each with its place
    NotReachable      3   nothing answers
        NotPhaseboard 3   something answers, but no Phaseboard server
    NotFound          4   nothing has this id

Wrong usage is 2, told by Typer before a command runs; Ctrl-C is 130.
"""

from collections.abc import Sequence

INTERRUPTED = 130

EXIT_CODES = (
    "Exit codes: 0 done; 1 refused or invalid; 2 wrong usage; 3 server not reachable; 4 not found; 130 interrupted."
)


class CliError(Exception):
    """A command cannot do its work; its text is shown to the person as it is."""

    exit_code = 1


class Refused(CliError):
    """The server understood and said no; nothing was changed."""


class Denied(CliError):
    """The server wants to know who asks, or does not let them."""


class Rejected(CliError):
    """The server answered with GraphQL errors."""


class Fault(Rejected):
    """The server failed at something it can do otherwise."""


class InvalidPlan(CliError):
    """A plan that cannot be carried out: one line for each problem."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class NotReachable(CliError):
    """No server answers at the address."""

    exit_code = 3


class NotPhaseboard(NotReachable):
    """What answers at the address does not speak as Phaseboard does."""


PASSING = (NotReachable, Fault)
"""What may be over at the next try."""


class NotFound(CliError):
    """No release or task has this id."""

    exit_code = 4
