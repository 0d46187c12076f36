"""Ends a statement that the server does not end by itself, so that a run never hangs."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from dbadvisor.collector.connection import Connection

_GRACE = 1.0
"""Seconds for the server to obey a cancel request before the socket is closed."""


@contextmanager
def watchdog(connection: Connection, seconds: float) -> Iterator[None]:
    """Cancels what runs on the connection after so many seconds, and closes the socket when that does not help.

    A function can swallow a cancel, and a dead network answers nothing: the client must not wait for either.
    """
    done = threading.Event()
    timer = threading.Timer(seconds, _end, (connection, done))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        done.set()
        timer.cancel()


def _end(connection: Connection, done: threading.Event) -> None:
    with suppress(psycopg.Error, OSError):
        connection.cancel_safe(timeout=_GRACE)
    if done.wait(_GRACE):
        return
    with suppress(psycopg.Error, OSError), socket.socket(fileno=_duplicate(connection)) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _duplicate(connection: Connection) -> int:
    """A second descriptor of the connection's socket: closing ours leaves libpq's alone."""
    return socket.dup(connection.fileno())
