"""A schema from elsewhere is untrusted code: nothing of it may reach the machine that imagines it."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from comparing import planned

from dbadvisor.collector.collect import collect
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.objects import ForeignOptions, OperatorClass, Role, RoleSetting, SchemaObject, Tablespace
from dbadvisor.model.snapshot import Column, Extension, Setting, Snapshot, Table, View
from dbadvisor.model.whatif import PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, fence, shadow
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

TABLE = Name("public", "t")


@pytest.fixture
def hostile(database: str, marks: Path) -> Snapshot:
    """The snapshot of a hostile database, whose marks on its own server are wiped away.

    The collector takes no volatile function's text; a forged snapshot would.
    """
    text = (Path(__file__).parent / "hostile.sql").read_text(encoding="utf-8").replace("MARKS", str(marks))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(text)
        row = connection.execute("SELECT pg_get_functiondef('public.try'::regproc)").fetchone()
    assert row
    assert {mark.name for mark in marks.iterdir()} >= {"index", "check", "domain"}, "the trap itself does not work"
    snapshot = collect(database)
    for mark in marks.iterdir():
        mark.unlink()
    functions = (
        replace(function, definition=row[0]) if function.name.name == "try" else function
        for function in snapshot.functions
    )
    return replace(snapshot, functions=tuple(functions))


ATTACKS = (
    "SELECT * FROM t WHERE id = in_definer()",
    "SELECT * FROM t WHERE id > in_stable()",
    "SELECT * FROM t WHERE id = reset_role_and_try()",
    "SELECT * FROM t WHERE id = 3",
    "SELECT * FROM t WHERE d = '5'",
    "SELECT * FROM t WHERE in_index(c) = 5",
    "SELECT '(1,2)'::pair, '{1,2}'::trap[], '[1,2)'::traprange",
    "SELECT * FROM v",
    "INSERT INTO t (id) VALUES (1)",
    "INSERT INTO guarded (id) VALUES (1)",
    "SELECT in_statistics(c), count(*) FROM guarded GROUP BY 1",
    "SELECT * FROM guarded WHERE c = ROW(1)::wrapped",
)


def test_nothing_of_a_hostile_schema_runs_with_rights(hostile: Snapshot, marks: Path) -> None:
    imagined = (
        IndexDefinition(TABLE, (IndexKey(expression="public.in_index(id)"),), where="public.in_predicate(2)"),
        IndexDefinition(TABLE, (IndexKey("c"),), where="p = '(7,7)'::public.pair"),
        IndexDefinition(TABLE, (IndexKey("d"),)),
    )
    with shadow(hostile) as twin:
        for answer in twin.explain(ATTACKS):
            planned(answer)
        for definition in imagined:
            twin.explain(["SELECT * FROM t"], WhatIf(create=frozenset([definition])))
            twin.index_bytes(definition)

    assert list(marks.iterdir()) == []


def test_a_policy_that_attacks_is_planned_without_rights(hostile: Snapshot, marks: Path) -> None:
    snapshot = replace(hostile, roles=(Role("stranger"), Role('Robert"; DROP TABLE t; --')))
    with shadow(snapshot) as twin:
        for role in ("stranger", 'Robert"; DROP TABLE t; --', "postgres", "shadow_owner"):
            planned(twin.explain(["SELECT * FROM guarded"], role=role)[0])
            planned(twin.explain(["SELECT * FROM t"], role=role)[0])
    assert list(marks.iterdir()) == []


FORGED = "x'); COPY (SELECT 1) TO PROGRAM 'touch MARKS/forged'; --"


def test_a_forged_snapshot_smuggles_nothing_to_the_superuser(hostile: Snapshot, marks: Path) -> None:
    """Names, options and settings go into statements that the superuser runs."""
    forged = FORGED.replace("MARKS", str(marks))
    column = hostile.tables[-1].columns[0]
    snapshot = replace(
        hostile,
        search_path=("public", forged),
        settings=(
            Setting("enable_x = on; COPY (SELECT 1) TO PROGRAM 'touch x'; --", "on"),
            Setting("work_mem", forged),
        ),
        extensions=(Extension("hstore", forged, forged), Extension(forged, "public", "1")),
        tablespaces=(Tablespace(forged, (f"random_page_cost={forged}",)), Tablespace("ok", (f"{forged}=1",))),
        tables=tuple(replace(table, tablespace=forged) for table in hostile.tables),
        operator_classes=(
            OperatorClass(
                Name("public", forged), "btree", "integer", True, None, ((1, forged, forged),), ((1, forged),)
            ),
            OperatorClass(
                Name("public", "mine"), forged, "integer", True, None, (), ((1, "pg_catalog.int4pl(int,int)"),)
            ),
        ),
        roles=(Role(forged, False, (forged, "postgres")), Role("postgres", False, ("pg_execute_server_program",))),
        role_settings=(RoleSetting("search_path", forged, forged), RoleSetting("work_mem", forged, forged)),
        objects=(
            SchemaObject("cast", "x", forged.removeprefix("x'); ")),
            SchemaObject(
                "event trigger", "x", "CREATE EVENT TRIGGER again ON ddl_command_end EXECUTE FUNCTION in_event()"
            ),
        ),
        server=replace(hostile.server, collation=forged, ctype=forged),
        extended_statistics=tuple(
            replace(each, name=Name("public", forged), data=((False, forged, forged, None),))
            for each in hostile.extended_statistics
        ),
    )
    foreign = Table(
        oid=99_999,
        name=Name("public", "far"),
        kind="f",
        columns=(column,),
        foreign=ForeignOptions(
            forged, "postgres_fdw", ("host=127.0.0.1", f"fetch_size={forged}"), (f"{forged}={forged}",)
        ),
    )
    with shadow(replace(snapshot, tables=(*snapshot.tables, foreign))) as twin:
        planned(twin.explain(["SELECT * FROM public.t"], role=forged)[0])
        admin = twin._shadow.admin
        assert admin.execute("SELECT count(*) FROM pg_event_trigger").fetchone() == (0,)
        assert admin.execute("SELECT rolname FROM pg_roles WHERE rolsuper").fetchall() == [("postgres",)]
    assert list(marks.iterdir()) == []


def test_a_foreign_server_leads_nowhere_for_the_schemas_owner(hostile: Snapshot) -> None:
    foreign = Table(
        oid=99_999,
        name=Name("public", "far"),
        kind="f",
        columns=(Column("id", 1, "integer"),),
        foreign=ForeignOptions("away", "postgres_fdw"),
    )
    with shadow(replace(hostile, tables=(*hostile.tables, foreign))) as twin:
        assert planned(twin.explain(["SELECT * FROM far"])[0]).root.type == "Foreign Scan"
        owner = twin._shadow.owner
        for statement in (
            "CREATE SERVER mine FOREIGN DATA WRAPPER postgres_fdw",
            "ALTER SERVER away OPTIONS (SET host '/tmp')",
            "SELECT * FROM public.far",
        ):
            with pytest.raises(psycopg.Error, match=r"denied|must be owner|user mapping not found"):
                owner.execute(statement)
        owner.execute("CREATE USER MAPPING FOR shadow_owner SERVER away OPTIONS (user 'postgres', password 'x')")
        with pytest.raises(psycopg.Error, match="could not connect"):
            owner.execute("SELECT * FROM public.far")


def test_memory_is_bounded_for_code_that_takes_all(hostile: Snapshot) -> None:
    with shadow(hostile) as twin:
        answers = twin.explain(["SELECT * FROM t WHERE id = glutton()", "SELECT 2"])

        assert isinstance(answers[0], Unplanned)
        planned(answers[1])


def test_only_the_servers_account_sees_its_data(hostile: Snapshot) -> None:
    with shadow(hostile) as twin:
        for folder in (_server(twin).data_dir, _server(twin).socket_dir):
            assert folder.stat().st_mode & 0o077 == 0
            assert folder.stat().st_uid == _server(twin).uid


def test_statements_are_planned_but_never_run(hostile: Snapshot, marks: Path) -> None:
    """What would do harm when run is planned like anything else; only EXPLAIN of one statement is ever sent."""
    with shadow(hostile) as twin:
        answers = twin.explain(
            [
                "COPY (SELECT 1) TO PROGRAM 'touch x'",
                "SELECT 1; COMMIT; COPY (SELECT 1) TO PROGRAM 'touch x'",
                "(ANALYZE) DELETE FROM t",
                "ANALYZE DELETE FROM t",
                "DO $$ BEGIN PERFORM public.try('do'); END $$",
            ]
        )
        assert all(isinstance(answer, Unplanned) for answer in answers)
        assert planned(twin.explain(["DELETE FROM t"])[0]).root.children[0].plan_rows == 12
    assert list(marks.iterdir()) == []


def test_the_planning_role_may_do_nothing_but_plan(hostile: Snapshot) -> None:
    snapshot = replace(hostile, views=(*hostile.views, View(Name("public", "own"), "SELECT 1 AS one")))
    with shadow(snapshot) as twin, fence.connect(_server(twin), fence.PLAN) as connection:
        for statement in (
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT lo_create(0)",
            "SELECT rolpassword FROM pg_authid",
            "COPY t TO '/tmp/x'",
            "CREATE TABLE public.mine ()",
            "CREATE TEMP TABLE mine ()",
            "SET ROLE shadow_owner",
            "SET session_replication_role = replica",
            "CREATE EXTENSION dblink",
            "SELECT pg_notify('a', 'b')",
            "UPDATE pg_index SET indisvalid = false",
            "ALTER SYSTEM SET work_mem = '1GB'",
        ):
            with pytest.raises(psycopg.Error, match=r"denied|must be|not exist"):
                connection.execute(statement)


def _server(twin: ShadowPlanner) -> LocalServer:
    return twin._shadow.server


def test_a_function_that_survives_timeouts_ends_with_its_session(
    hostile: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "STATEMENT_SECONDS", 1)
    monkeypatch.setattr(fence, "PATIENCE_SECONDS", 2)
    with shadow(hostile) as twin:
        answers = twin.explain(["SELECT 1", "SELECT * FROM t WHERE id = stubborn()", "SELECT 2"])

        assert [isinstance(answer, Unplanned) for answer in answers] == [False, True, False]


def test_extensions_come_from_an_allow_list_only(hostile: Snapshot) -> None:
    wanted = tuple(Extension(name, "public", "1.0") for name in ("file_fdw", "dblink", "hstore"))
    with shadow(replace(hostile, extensions=wanted)) as twin:
        named = {line.split(":")[0] for line in twin.dropped}
        assert {"extension file_fdw", "extension dblink"} <= named
        assert "extension hstore" not in named
        planned(twin.explain(["SELECT 'a=>1'::hstore"])[0])


def test_an_index_cannot_smuggle_in_a_second_statement(hostile: Snapshot, marks: Path) -> None:
    definition = IndexDefinition(TABLE, (IndexKey("c"),), where="true; SELECT public.try('smuggled')")
    with shadow(hostile) as twin, pytest.raises(PlannerRefused, match="multiple commands"):
        twin.index_bytes(definition)
    assert list(marks.iterdir()) == []
