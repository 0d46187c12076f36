"""A server without a network, without a way to new rights and with bounded memory, where the system lets an ordinary
user ask for it."""

import os
import subprocess
from functools import cache

from dbadvisor.servers.account import Account

_NETWORK = ("unshare", "--map-current-user", "--net")
"""An own, empty network: every outgoing connection fails, the UNIX socket still works from outside."""
_LEAST_MEMORY = 2 * 2**30
"""Bytes of address space that planning over thousands of partitions may honestly want."""


def _memory() -> int:
    """What one process of the server may have: half of the machine's memory, so that one that goes wild ends itself."""
    return max(_LEAST_MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


def _limits() -> tuple[tuple[str, ...], ...]:
    """A file of 1 GiB is the size of a table's segment: less breaks the server."""
    return (
        ("setpriv", "--no-new-privs"),
        ("prlimit", "--fsize=1073741824", "--core=0", f"--as={_memory()}"),
    )


@cache
def isolation(account: Account) -> tuple[tuple[str, ...], bool]:
    """Words to put before a command, and whether they cut it off from the network. Tried once a process."""
    network = _works(_NETWORK, account)
    steps = [step for step in _limits() if _works(step, account)]
    return tuple(word for step in ([_NETWORK] if network else []) + steps for word in step), network


def _works(step: tuple[str, ...], account: Account) -> bool:
    try:
        return subprocess.run([*step, "true"], cwd="/", capture_output=True, **account.process_options).returncode == 0
    except OSError:
        return False
