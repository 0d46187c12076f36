"""A local server is private, throw-away, and gone afterwards."""

import os
import socket
import stat

import psycopg
import pytest

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers.account import Account, server_account
from dbadvisor.servers.installation import find
from dbadvisor.servers.isolation import isolation
from dbadvisor.servers.local import LocalServer, start

pytestmark = pytest.mark.live


def ask(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_fresh_database_has_statement_statistics(server: LocalServer, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("SELECT 42 AS answer")
        found = connection.execute(
            "SELECT calls FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid"
            " WHERE d.datname = current_database() AND query = 'SELECT $1 AS answer'"
        ).fetchone()
    assert found == (1,)
    assert server.major == find().major


def test_only_its_own_account_can_reach_it(server: LocalServer) -> None:
    directory = server.socket_dir.stat()
    assert stat.S_IMODE(directory.st_mode) == 0o700
    assert (directory.st_uid, directory.st_gid) == (server.uid, server.gid)
    assert server.uid != 0
    assert ask(server.url(), "SHOW listen_addresses") == ""
    assert ask(server.url(), "SELECT count(*) FROM pg_stat_activity WHERE client_port > 0") == 0


def test_it_speaks_utf8_in_the_c_locale_without_checksums(server: LocalServer) -> None:
    assert ask(server.url(), "SHOW server_encoding") == "UTF8"
    assert ask(server.url(), "SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C"
    assert ask(server.url(), "SHOW data_checksums") == "off"


def test_urls_name_any_database_and_user(server: LocalServer, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('CREATE ROLE "a/b@c" LOGIN')
        connection.execute('CREATE DATABASE "50% & more?" OWNER "a/b@c"')
        try:
            assert ask(server.url("50% & more?", "a/b@c"), "SELECT current_user") == "a/b@c"
        finally:
            connection.execute('DROP DATABASE "50% & more?" WITH (FORCE)')
            connection.execute('DROP ROLE "a/b@c"')


def test_files_written_beside_the_server_can_be_given_to_it(server: LocalServer) -> None:
    path = server.data_dir / "given.txt"
    path.write_text("from outside")
    path.chmod(0o600)
    server.own(path)
    assert ask(server.url(), "SELECT pg_read_file('given.txt')") == "from outside"


def test_two_at_once_are_apart_and_leave_nothing(server: LocalServer) -> None:
    with start(settings={"application_name": "it's a \\ name"}) as second:
        assert second.data_dir != server.data_dir
        assert ask(second.url(), "SHOW application_name") == "it's a \\ name"
        assert ask(server.url(), "SHOW application_name") == ""
        directory = second.socket_dir
        assert directory.exists()
    assert not directory.exists()
    second.stop()  # once more is harmless
    assert ask(server.url(), "SELECT 1") == 1


def test_an_isolated_server_sees_no_network(server: LocalServer) -> None:
    """`/proc/net/dev` has two lines of heading and one for each network device; an empty network has `lo` alone."""
    devices = "SELECT count(*) - 2 FROM regexp_split_to_table(rtrim(pg_read_file('/proc/net/dev'), E'\\n'), E'\\n')"
    possible = isolation(server_account())[1]
    with start(isolate=True) as isolated:
        assert isolated.isolated is possible
        assert ask(isolated.url(), "SELECT 1") == 1
        if possible:
            assert ask(isolated.url(), devices) == 1
    assert not server.isolated


def test_an_outgoing_connection_of_an_isolated_server_goes_nowhere(server: LocalServer) -> None:
    """Not even to this machine: what a superuser's code could still try."""
    with socket.create_server(("127.0.0.1", 0)) as listener, start(isolate=True) as isolated:
        attempt = f"COPY (SELECT 1) TO PROGRAM 'bash -c \"exec 3<>/dev/tcp/127.0.0.1/{listener.getsockname()[1]}\"'"
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(attempt.encode())
        if isolated.isolated:
            with (
                psycopg.connect(isolated.url(), autocommit=True) as connection,
                pytest.raises(psycopg.Error, match="failed"),
            ):
                connection.execute(attempt.encode())


def test_a_session_is_ended_from_outside_and_nothing_else_is(server: LocalServer, database: str) -> None:
    with psycopg.connect(database) as connection, psycopg.connect(database) as other:
        server.end_session(os.getpid())  # none of the server's
        server.end_session(connection.info.backend_pid)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_a_setting_that_the_server_refuses_is_told_in_its_words() -> None:
    with pytest.raises(ServerUnavailable, match="no_such_library"):
        start(settings={"shared_preload_libraries": "no_such_library"})


def test_root_hands_the_server_to_an_account_without_rights() -> None:
    account = server_account()
    assert account.uid != 0
    if os.geteuid() != 0:
        assert account == Account(os.geteuid(), os.getegid(), dropped=False)
