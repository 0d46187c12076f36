"""Everything that planning looks at besides tables, statistics and indexes comes along to the shadow too."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from comparing import planned, truth, values
from fidelity.databases import marked

from dbadvisor.collector.collect import collect
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.store import to_json
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.planner.shadow.sessions import Sessions
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
ROLES = ("kinds_app", "kinds_grp", "kinds_tuned", "kinds_boss", "kinds_advisor")
LINES = (HERE / "kinds_queries.sql").read_text(encoding="utf-8").splitlines()
QUERIES = [tuple(line.partition(" -- ")[::2]) for line in LINES if not line.startswith("--")]


@pytest.fixture(scope="module")
def kinds(server: LocalServer) -> Iterator[str]:
    """The database's name; it is looked at by an ordinary role."""
    folder = server.socket_dir / "tablespace"
    folder.mkdir()
    server.own(folder)
    text = (HERE / "kinds.sql").read_text(encoding="utf-8").replace("TSDIR", str(folder))
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE kinds")
        with psycopg.connect(server.url("kinds"), autocommit=True) as inside:
            for statement, _ in marked(inside, text.split(";\n")):
                inside.execute(statement)
        admin.execute("CREATE ROLE kinds_advisor LOGIN; GRANT pg_monitor, pg_read_all_data TO kinds_advisor")
        yield "kinds"
        admin.execute("DROP DATABASE kinds WITH (FORCE)")
        admin.execute("DROP TABLESPACE fast")
        admin.execute(f"DROP ROLE {', '.join(ROLES)}")


@pytest.fixture(scope="module")
def snapshot(kinds: str, server: LocalServer) -> Snapshot:
    return collect(server.url(kinds, "kinds_advisor"))


@pytest.fixture(scope="module")
def double(snapshot: Snapshot) -> Iterator[ShadowPlanner]:
    with shadow(snapshot) as planner:
        yield planner


@pytest.mark.parametrize(("query", "role"), QUERIES)
def test_plans_are_identical_for_the_role_that_asks(
    double: ShadowPlanner, kinds: str, server: LocalServer, query: str, role: str
) -> None:
    with psycopg.connect(server.url(kinds, role or "postgres"), autocommit=True) as original:
        expected = truth(original, query)

    (answer,) = double.explain([query], role=role or "postgres")

    assert values(planned(answer)) == values(expected)


def test_nothing_was_left_out(double: ShadowPlanner) -> None:
    assert double.dropped == ()
    assert double.caveats == ()


def test_a_snapshot_tells_nothing_of_where_foreign_tables_lead(snapshot: Snapshot) -> None:
    assert "secret.example" not in str(to_json(snapshot))


def test_who_is_not_known_is_planned_without_policies(double: ShadowPlanner) -> None:
    for role in (None, "kinds_nobody"):
        plan = planned(double.explain(["SELECT * FROM docs"], role=role)[0])
        assert plan.root.type == "Seq Scan"
        assert plan.root.filter is None


def test_a_parameter_of_a_policy_has_a_value_of_its_type_without_statistics(snapshot: Snapshot) -> None:
    blind = tuple(
        replace(table, columns=tuple(replace(column, statistics=None) for column in table.columns))
        if table.name.name == "rls"
        else table
        for table in snapshot.tables
    )
    settings = dict(Sessions(replace(snapshot, tables=blind), {"kinds_app"}).settings("kinds_app"))
    assert settings["app.tenant"] == "0"
    assert UUID(settings["app.user"]) == UUID(int=0)
