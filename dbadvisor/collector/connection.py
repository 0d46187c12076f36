"""Opening a connection to the user's server, or one clear sentence of why not. The password is in none of them."""

import re
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from dbadvisor import __version__
from dbadvisor.errors import DatabaseLost, DbadvisorError, UsageError

Connection = psycopg.Connection[Any]

CONNECT_SECONDS = 10
OLDEST, NEWEST = 13, 18
"""Major versions whose catalogs the questions were written for and tried on."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_STRANGERS = {
    "cockroach": "CockroachDB",
    "redshift": "Amazon Redshift",
    "-yb-": "YugabyteDB",
    "yugabyte": "YugabyteDB",
    "greenplum": "Greenplum",
    "materialize": "Materialize",
    "cratedb": "CrateDB",
    "questdb": "QuestDB",
}
"""Servers that speak PostgreSQL's protocol but plan by other rules, by a word of their version text."""


@dataclass(frozen=True, slots=True)
class _Cause:
    pattern: str
    message: str
    hint: str


# What libpq says when no session came about. It gives a text only, no SQLSTATE; a server that speaks another
# language falls through to the general sentence.
_CAUSES = (
    _Cause(
        r"could not translate host name|Name or service not known|nodename nor servname|resolve host",
        "the name of {where} cannot be resolved",
        "Check the host's name.",
    ),
    _Cause(
        r"Connection refused|No such file or directory|could not connect to server",
        "nothing answers at {where}",
        "Check host and port, and whether the server runs and listens there.",
    ),
    _Cause(
        r"password authentication failed|no password supplied|authentication failed",
        "{where} refused the login of {who}",
        "Check the user and the password (PGPASSWORD, ~/.pgpass or the URL).",
    ),
    _Cause(
        r'database ".*" does not exist|no such database',
        "{where} has no database {database}",
        "List them with psql -l.",
    ),
    _Cause(
        r'role ".*" does not exist',
        "{where} does not know {who}",
        "Create one: CREATE ROLE advisor LOGIN; GRANT pg_monitor, pg_read_all_data TO advisor.",
    ),
    _Cause(
        r"too many (clients|connections)|remaining connection slots|connection limit",
        "{where} has no connection left",
        "Try again later, or raise the role's CONNECTION LIMIT or max_connections.",
    ),
    _Cause(
        r"no pg_hba.conf entry|pg_hba.conf rejects",
        "{where} lets nobody in from here as {who}",
        "Add a line to pg_hba.conf, or connect from a host that is allowed.",
    ),
    _Cause(
        r"permission denied for database|not currently accepting connections",
        "{who} may not connect to database {database} of {where}",
        "Grant it: GRANT CONNECT ON DATABASE … TO ….",
    ),
    _Cause(
        r"SSL|certificate",
        "{where} and this client did not agree on encryption",
        "Check sslmode and the certificates.",
    ),
    _Cause(
        r"timeout expired|timed out|Connection timed out",
        "{where} did not answer like a PostgreSQL server within {seconds} s",
        "Check host, port and firewall, and that it is PostgreSQL that listens there.",
    ),
    _Cause(
        r"starting up|shutting down|in recovery mode|not yet accepting|not accepting connections",
        "{where} is starting or stopping",
        "Try again in a moment.",
    ),
    _Cause(
        r"received invalid response|expected authentication request|server closed the connection"
        r"|unexpected response|invalid response to|unsupported frontend protocol|lost synchronization",
        "{where} does not speak like a PostgreSQL server",
        "Check host and port.",
    ),
)


def connect(target: str) -> Connection:
    """A session on the server that libpq finds by the string, in autocommit and without prepared statements.

    Raises UsageError when the string or the server is of a kind we cannot work with, DatabaseLost when
    the server cannot be reached or refuses the login.
    """
    parameters = _parameters(target)
    try:
        connection = psycopg.connect(
            target,
            autocommit=True,
            prepare_threshold=None,  # a named statement would stay behind in a pooled session
            client_encoding="UTF8",
            application_name=f"dbadvisor/{__version__}",
            connect_timeout=int(parameters.get("connect_timeout") or CONNECT_SECONDS),
        )
    except psycopg.Error as error:
        raise _unreachable(str(error), parameters) from None
    try:
        _check_version(connection)
    except UsageError:
        connection.close()
        raise
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        for name in ("text", "name", "varchar", "bpchar"):
            connection.adapters.register_loader(name, _ForgivingText)
    return connection


def refuse_strangers(version: str) -> None:
    """Raises UsageError when a server's version text is of one that only speaks like PostgreSQL."""
    for mark, name in _STRANGERS.items():
        if mark in version.lower():
            raise UsageError(f"this is {name}, not PostgreSQL", "dbadvisor advises PostgreSQL only.")


def _check_version(connection: Connection) -> None:
    """Before any question, from what the server said at login."""
    version = connection.info.parameter_status("server_version") or ""
    refuse_strangers("cockroach" if connection.info.parameter_status("crdb_version") else version)
    major = connection.info.server_version // 10000
    if not OLDEST <= major <= NEWEST:
        raise UsageError(
            f"PostgreSQL {version.split()[0]} is too {'old' if major < OLDEST else 'new'} for this dbadvisor",
            f"It works with PostgreSQL {OLDEST} to {NEWEST}.",
        )


class _ForgivingText(Loader):
    """Text of a SQL_ASCII database, where nobody ever checked that it is UTF-8."""

    format = Format.BINARY

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


def _parameters(target: str) -> dict[str, Any]:
    scheme = _SCHEME.match(target)
    if scheme and scheme[1] not in ("postgresql", "postgres"):
        raise UsageError(
            f"{scheme[1]}:// is not the address of a PostgreSQL server", "Write it as postgresql://user@host/database."
        )
    try:
        return conninfo.conninfo_to_dict(target)
    except psycopg.Error:  # its text may quote the password
        raise UsageError(
            "the connection string cannot be read",
            "Write postgresql://user@host/database or `host=… dbname=…`; percent-encode special characters.",
        ) from None


def place(parameters: dict[str, Any]) -> str:
    """Host and port as people write them; the service's name where only that is known."""
    host = parameters.get("host") or parameters.get("hostaddr")
    if not host:
        return f"service {parameters['service']}" if parameters.get("service") else "the server"
    return f"{host}:{parameters.get('port') or 5432}"


def _unreachable(text: str, parameters: dict[str, Any]) -> DbadvisorError:
    words = {
        "where": place(parameters),
        "who": f"user {parameters['user']}" if parameters.get("user") else "the user",
        "database": parameters.get("dbname") or "of that name",
        "seconds": parameters.get("connect_timeout") or CONNECT_SECONDS,
    }
    if 'definition of service "' in text:
        return UsageError(
            f"no service {parameters.get('service')} in the service file", "Look into ~/.pg_service.conf."
        )
    for cause in _CAUSES:
        if re.search(cause.pattern, text):
            return DatabaseLost(cause.message.format(**words), cause.hint)
    return DatabaseLost(
        f"no connection to {words['where']} could be made", "psql with the same connection string tells more."
    )
