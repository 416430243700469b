"""What a store may answer besides its data.

StoreError
├── StoreUnusable     the database cannot be opened or has to be mended; the message says how
├── Unavailable       it does not answer now; the same call may go through later
│   └── Contended     others hold what was asked for
├── Conflict          another writer was first; read again
└── Undecodable       one release's rows do not make a legal release; the others are fine
"""


class StoreError(Exception):
    """Root of everything a store raises."""


class StoreUnusable(StoreError):
    """The database cannot be used as it is; the message names the file or address and what to do."""


class Unavailable(StoreError):
    """The database does not answer now."""


class Contended(Unavailable):
    """Others hold what was asked for, and do not let go of it."""


class Conflict(StoreError):
    """The release changed since it was loaded, or the id or key exists already."""


class Undecodable(StoreError):
    """Stored rows do not make a legal release; the message names the release and the broken invariant."""
