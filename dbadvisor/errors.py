"""The errors that people see. Each says what happened and what to do next, and has its exit code.

DbadvisorError
├── UsageError           2   the words, a file or a setting are wrong
├── RefusedForSafety     3   it could be done but should not
├── DatabaseLost         4   the server cannot be reached, or was lost on the way
└── ServerUnavailable    2   no local PostgreSQL could be started
"""


class DbadvisorError(Exception):
    """An error for people: one sentence of what happened, one of what to do next."""

    exit_code = 2

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(DbadvisorError):
    """The words, a file or a setting are wrong."""


class RefusedForSafety(DbadvisorError):
    """It could be done but should not: a powerful role, the analysed system as a test bench …"""

    exit_code = 3


class DatabaseLost(DbadvisorError):
    """The server cannot be reached, refuses the login, or was lost on the way."""

    exit_code = 4


class ServerUnavailable(DbadvisorError):
    """No local PostgreSQL of the wanted version could be found or started."""
