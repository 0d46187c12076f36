"""The session keeps its promises, whatever is asked through it and whatever happens to the server."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dbadvisor import __version__
from dbadvisor.collector.collect import collect
from dbadvisor.collector.queries import Query
from dbadvisor.collector.session import ReadOnlySession, SkippedQuery
from dbadvisor.errors import DatabaseLost, DbadvisorError, UsageError
from dbadvisor.servers.local import LocalServer, start

PASSWORD = "top-Secret%21"


def query(sql: str) -> Query:
    return Query("question", "postgres", (13,), "for this test", sql)


def refused(session: ReadOnlySession, sql: str) -> str:
    with pytest.raises(SkippedQuery) as skipped:
        session.fetch(query(sql))
    return skipped.value.sqlstate


@pytest.mark.live
def test_nothing_but_one_reading_statement_gets_through(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE victim AS SELECT 1 AS id")
        with ReadOnlySession(database) as session:
            assert refused(session, "SELECT 1; DELETE FROM victim") == "42601"
            assert refused(session, "COMMIT; DELETE FROM victim") == "42601"
            assert refused(session, "DELETE FROM public.victim") == "25006"
            assert refused(session, "CREATE TABLE more (id int)") == "25006"
            assert refused(session, "SET TRANSACTION READ WRITE") == "25001"
            assert session.fetch(query("SELECT id FROM public.victim")) == [{"id": 1}]
        assert connection.execute("SELECT count(*) FROM victim").fetchone() == (1,)


@pytest.mark.live
def test_what_our_questions_depend_on_is_pinned_and_named(database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE FUNCTION public.lower(name) RETURNS text LANGUAGE sql AS $$ SELECT 'shadowed' $$")
        for setting in ("search_path = public, pg_catalog", "datestyle = German", "standard_conforming_strings = off"):
            connection.execute(f"ALTER DATABASE {name} SET {setting}")
    with ReadOnlySession(database) as session:
        row = session.fetch(
            query(
                "SELECT lower('A'::name) AS lowered, date '2024-03-01'::text AS day,"
                " current_setting('lock_timeout') AS lock,"
                r" '\x'::text AS backslash, current_setting('transaction_read_only') AS ro,"
                " current_setting('application_name') AS application"
            )
        )[0]
    assert row == {
        "lowered": "a",
        "day": "2024-03-01",
        "lock": "100ms",
        "backslash": r"\x",
        "ro": "on",
        "application": f"dbadvisor/{__version__}",
    }


@pytest.mark.live
def test_a_question_that_takes_too_long_costs_only_itself(database: str) -> None:
    with ReadOnlySession(database, statement_timeout_ms=100) as session:
        assert refused(session, "SELECT pg_sleep(60)") == "57014"
        assert session.fetch(query("SELECT 1 AS one")) == [{"one": 1}]


@pytest.mark.live
def test_a_function_that_swallows_the_cancel_does_not_hold_us(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION stubborn() RETURNS int LANGUAGE plpgsql AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(20);"
            " EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$"
        )
        with ReadOnlySession(database, statement_timeout_ms=100) as session, pytest.raises(DatabaseLost):
            session.fetch(query("SELECT public.stubborn()"))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dbadvisor/%'"
        )


@pytest.mark.live
def test_one_lost_connection_is_replaced_and_no_more(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as killer, ReadOnlySession(database) as session:

        def kill() -> None:
            pid = session.fetch(query("SELECT pg_backend_pid() AS pid"))[0]["pid"]
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        kill()
        assert session.fetch(query("SELECT 1 AS one")) == [{"one": 1}]
        assert session.cost.connections == 2
        kill()
        with pytest.raises(DatabaseLost):
            session.fetch(query("SELECT 1 AS one"))


@pytest.mark.live
def test_nothing_stays_in_the_servers_session(database: str) -> None:
    with ReadOnlySession(database) as session:
        session.fetch(query("SELECT count(*) FROM pg_class WHERE oid = ANY ($1::oid[])"), ([1, 2],))
        session.rest()
        prepared = session.fetch(query("SELECT count(*)::int AS n FROM pg_prepared_statements"))
        assert prepared == [{"n": 0}]
        session.rest()
        with psycopg.connect(database, autocommit=True) as other:
            held = other.execute(
                "SELECT a.state, a.backend_xmin, count(l.*) FROM pg_stat_activity a LEFT JOIN pg_locks l USING (pid)"
                " WHERE a.application_name LIKE 'dbadvisor/%' GROUP BY 1, 2"
            ).fetchall()
        assert held == [("idle", None, 0)]


@pytest.mark.live
def test_the_audit_is_what_the_server_logged(tmp_path: Path) -> None:
    audit = tmp_path / "audit.sql"
    settings = {
        "log_statement": "all",
        "log_line_prefix": "<%a> ",
        "shared_preload_libraries": "pg_stat_statements",
        "log_min_duration_statement": "-1",
    }
    with start(settings=settings) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            connection.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
            connection.execute("CREATE VIEW v AS SELECT lower(v) FROM t")
            connection.execute("CREATE STATISTICS s ON id, v FROM t")
        seen = collect(server.url(), audit=audit)
        log = server.log().replace("\n\t", "\n")
    entry = re.compile(r"<dbadvisor/[^>]*> LOG:  (?:execute [^:]*|statement): (.*?)(?=\n<|\Z)", re.DOTALL)
    logged = [text.strip() for text in entry.findall(log)]
    sent = [
        re.sub(r"^(?:--.*\n)+", "", part).rstrip(";\n")
        for part in re.split(r"^(?=-- [\d.]+ ms, )", audit.read_text(), flags=re.MULTILINE)[1:]
    ]
    assert logged == sent
    assert seen.cost.statements == len(logged)
    assert "statements" in " ".join(logged)


@pytest.mark.live
def test_a_failed_question_is_in_the_audit_too(database: str, tmp_path: Path) -> None:
    audit = tmp_path / "audit.sql"
    with ReadOnlySession(database, audit=audit) as session:
        refused(session, "SELECT 1 / 0")
    assert "failed (22012)\nSELECT 1 / 0;" in audit.read_text()


def test_an_audit_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        ReadOnlySession("host=/nowhere", audit=tmp_path / "no" / "audit.sql")


def message(target: str) -> tuple[type[DbadvisorError], str]:
    with pytest.raises(DbadvisorError) as error:
        collect(target)
    chain = f"{error.value.message} {error.value.hint} {error.value.__cause__}"
    assert PASSWORD not in chain
    assert "top-Secret!" not in chain
    assert error.value.hint
    return type(error.value), error.value.message


@pytest.mark.parametrize(
    ("target", "kind", "text"),
    [
        (f"mysql://u:{PASSWORD}@h/shop", UsageError, "mysql:// is not the address of a PostgreSQL server"),
        (f"sqlite:///u:{PASSWORD}", UsageError, "sqlite:// is not the address of a PostgreSQL server"),
        (f"postgresql://u:{PASSWORD}%zz@h/shop", UsageError, "the connection string cannot be read"),
        (f"host=h passwort={PASSWORD}", UsageError, "the connection string cannot be read"),
        ("service=nosuchservice", UsageError, "no service nosuchservice in the service file"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/shop", DatabaseLost, "nothing answers at 127.0.0.1:1"),
        ("host=/nowhere dbname=x", DatabaseLost, "nothing answers at /nowhere:5432"),
        (
            f"postgresql://u:{PASSWORD}@no.such.host.invalid/shop",
            DatabaseLost,
            "the name of no.such.host.invalid:5432 cannot be resolved",
        ),
    ],
)
def test_unreachable_targets_get_one_clear_sentence(target: str, kind: type[DbadvisorError], text: str) -> None:
    assert message(target) == (kind, text)


@contextmanager
def listener(answer: bytes) -> Iterator[int]:
    """A server that is not PostgreSQL: it says something (or nothing) to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                held.append(connection)
                if answer:
                    connection.recv(100)
                    connection.sendall(answer)

        held: list[socket.socket] = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x4a\x00\x00\x00\x0a8.0.36\x00"])
def test_a_server_of_another_kind(answer: bytes) -> None:
    with listener(answer) as port:
        kind, text = message(f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/shop?connect_timeout=2&sslmode=disable")
    assert kind is DatabaseLost
    assert text == f"127.0.0.1:{port} does not speak like a PostgreSQL server"


def test_a_server_that_never_answers() -> None:
    with listener(b"") as port:
        kind, text = message(f"host=127.0.0.1 port={port} connect_timeout=2 password={PASSWORD}")
    assert kind is DatabaseLost
    assert text == f"127.0.0.1:{port} did not answer like a PostgreSQL server within 2 s"


def startup(version: str, *more: tuple[str, str]) -> bytes:
    """What a server says after a login without password: authenticated, its parameters, ready."""
    said = b"R" + (8).to_bytes(4) + (0).to_bytes(4)
    for name, value in (("server_version", version), ("client_encoding", "UTF8"), *more):
        body = name.encode() + b"\0" + value.encode() + b"\0"
        said += b"S" + (len(body) + 4).to_bytes(4) + body
    return said + b"Z" + (5).to_bytes(4) + b"I"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (startup("12.22"), "PostgreSQL 12.22 is too old for this dbadvisor"),
        (startup("19beta1"), "PostgreSQL 19beta1 is too new for this dbadvisor"),
        (startup("8.0.2 (Redshift 1.0)"), "this is Amazon Redshift, not PostgreSQL"),
        (startup("11.2-YB-2.19.0"), "this is YugabyteDB, not PostgreSQL"),
        (startup("13.0.0", ("crdb_version", "CockroachDB CCL v24")), "this is CockroachDB, not PostgreSQL"),
    ],
)
def test_servers_that_are_not_ours_to_advise(answer: bytes, text: str) -> None:
    with listener(answer) as port:
        assert message(f"host=127.0.0.1 port={port} user=u sslmode=disable gssencmode=disable") == (UsageError, text)


@pytest.mark.live
def test_logins_that_a_server_refuses(server: LocalServer) -> None:
    assert message(server.url("nosuchdatabase"))[1].endswith("has no database nosuchdatabase")
    assert message(server.url(user="nosuchrole"))[1].endswith("does not know user nosuchrole")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 1")
        with psycopg.connect(server.url(user="crowded")):
            assert message(server.url(user="crowded"))[1].endswith("has no connection left")
        connection.execute("DROP ROLE crowded")


@pytest.mark.live
def test_a_wrong_password() -> None:
    with start() as server:
        hba = server.data_dir / "pg_hba.conf"
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE ROLE advisor LOGIN PASSWORD 'right'")
            hba.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
            target = f"{server.url(user='advisor')}&password={PASSWORD}"
            kind, text = message(target)
    assert kind is DatabaseLost
    assert text.endswith("refused the login of user advisor")


@pytest.mark.live
def test_a_target_may_leave_everything_to_the_environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = psycopg.conninfo.conninfo_to_dict(database)
    for name, variable in (("host", "PGHOST"), ("port", "PGPORT"), ("user", "PGUSER"), ("dbname", "PGDATABASE")):
        monkeypatch.setenv(variable, str(parameters[name]))
    assert collect("").server.database == parameters["dbname"]
    assert os.environ["PGDATABASE"] == parameters["dbname"]
