"""A server without a network and without a way to new rights, where the system lets an ordinary user ask for it."""

import subprocess
from functools import cache

from dbadvisor.servers.account import Account

_NETWORK = ("unshare", "--map-current-user", "--net")
"""An own, empty network: every outgoing connection fails, the UNIX socket still works from outside."""
_LIMITS = (
    ("setpriv", "--no-new-privs"),
    ("prlimit", "--fsize=1073741824", "--core=0"),  # 1 GiB is the size of a table's segment: less breaks the server
)


@cache
def isolation(account: Account) -> tuple[tuple[str, ...], bool]:
    """Words to put before a command, and whether they cut it off from the network. Tried once a process."""
    network = _works(_NETWORK, account)
    steps = [step for step in _LIMITS if _works(step, account)]
    return tuple(word for step in ([_NETWORK] if network else []) + steps for word in step), network


def _works(step: tuple[str, ...], account: Account) -> bool:
    try:
        return subprocess.run([*step, "true"], cwd="/", capture_output=True, **account.process_options).returncode == 0
    except OSError:
        return False
