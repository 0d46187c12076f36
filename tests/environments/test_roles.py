"""What a report is worth under roles that may see little: named gaps with their cure, and no bold guesses."""

from collections.abc import Iterator

import psycopg
import pytest

from dbadvisor import pipeline
from dbadvisor.model.report import Report
from dbadvisor.settings import Settings

pytestmark = pytest.mark.live

ROLES = {
    "only_connect": "",
    "only_monitor": "GRANT pg_monitor TO only_monitor",
    "monitor_and_read": "GRANT pg_monitor, pg_read_all_data TO monitor_and_read",
}
ROWS = """
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, shipped boolean NOT NULL, note text);
    INSERT INTO orders SELECT i, i % 5000, i % 50 <> 0, md5(i::text) FROM generate_series(1, 60000) i;
"""


@pytest.fixture
def shop(database: str) -> Iterator[str]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(ROWS)
        connection.execute("VACUUM ANALYZE orders")
        connection.execute("SELECT pg_stat_statements_reset()")
        for number in range(20):
            connection.execute(f"SELECT note FROM orders WHERE customer = {number}")
            connection.execute("SELECT count(*) FROM orders WHERE shipped")
        for role, grant in ROLES.items():
            connection.execute(f"CREATE ROLE {role} LOGIN; {grant}")
        yield database
        connection.execute(f"DROP ROLE {', '.join(ROLES)}")


def report_as(role: str, url: str) -> Report:
    return pipeline.analyze(url.replace("//postgres@", f"//{role}@"), Settings(), lambda _: None)


def indexes(report: Report) -> set[str]:
    return {each.title for each in report.recommendations if each.kind == "index"}


def test_each_role_gets_what_it_may_know(shop: str) -> None:
    nothing, monitor, reader = (report_as(role, shop) for role in ROLES)

    cures = {gap.key: gap.cure for gap in nothing.gaps if gap.key != "sessions"}  # there may be other sessions or not
    assert cures == {
        "pg_stat_statements": "GRANT pg_monitor TO only_connect;",
        "statistics": "GRANT pg_read_all_data TO only_connect;",
    }
    assert indexes(nothing) == set()

    assert {gap.key: gap.cure for gap in monitor.gaps} == {"statistics": "GRANT pg_read_all_data TO only_monitor;"}
    (guess,) = [each for each in monitor.recommendations if each.kind == "index"]
    assert guess.title == "CREATE INDEX ON public.orders (customer)"
    assert any("no statistics of customer" in caveat for caveat in guess.caveats)

    assert reader.gaps == ()
    (sure,) = [each for each in reader.recommendations if each.kind == "index"]
    assert sure.title == guess.title
    assert not any("statistics" in caveat for caveat in sure.caveats)
