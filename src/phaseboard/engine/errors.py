"""What a use case may answer besides its outcome and the domain's refusals.

UseCaseError
├── NotFound               there is no such release or task
├── WrongSecret            a callback without the secret of the attempt (rules 5.5)
└── KeyConflict            the idempotency key was used with other input (rules 3.3)
"""


class UseCaseError(Exception):
    """Root of what the use cases raise themselves."""


class NotFound(UseCaseError):
    """Nothing has this id; `field` is the input field that named it."""

    def __init__(self, missing: str, field: str) -> None:
        super().__init__(f"There is no {'task' if field == 'taskId' else 'release'} {missing}.")
        self.missing = missing
        self.field = field


class WrongSecret(UseCaseError):
    """A callback does not carry the secret of the attempt it reports on."""


class KeyConflict(UseCaseError):
    """An idempotency key was used before, with other input."""

    def __init__(self, key: str) -> None:
        super().__init__(f'The idempotency key "{key}" was used with other input: use a new key for a new request.')
