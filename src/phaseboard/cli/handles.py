"""How many files and sockets the process may hold open: each watcher takes one."""

import resource
from contextlib import suppress

MOST = 65_536
"""How many are asked for: what is started for tasks is given as many, and some programs go through all of them."""


def raise_file_limit() -> None:
    """Let the process open as many as it may allow itself, up to MOST; the usual 1,024 are soon taken by watchers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # a system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
