"""A snapshot file may be forged: whatever stands in its fields, the superuser runs none of it and the run ends."""

import resource
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from comparing import planned

from dbadvisor.collector.collect import collect
from dbadvisor.errors import ServerUnavailable
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.objects import Function, OperatorClass, UserType
from dbadvisor.model.snapshot import ColumnStatistics, Snapshot
from dbadvisor.model.whatif import PlannerRefused
from dbadvisor.planner.shadow import ShadowPlanner, fence, shadow
from dbadvisor.planner.shadow.stored import StoredType, is_dependencies, is_mcv, is_ndistinct

pytestmark = pytest.mark.live

TABLE = Name("public", "t")
QUESTION = "SELECT * FROM t WHERE a = 1 AND b = 1"


@pytest.fixture
def honest(database: str) -> Snapshot:
    """The snapshot of one table with statistics of combinations and of an expression."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text, d int[]);"
            "INSERT INTO t SELECT i, i % 10, i % 10, 'word' || i % 7, ARRAY[i % 5] FROM generate_series(1, 3000) i;"
            "CREATE STATISTICS combined ON a, b, c FROM t;"
            "CREATE STATISTICS of_arrays (mcv) ON a, d FROM t;"
            "CREATE STATISTICS of_expression ON (a + 1), b FROM t; ANALYZE t"
        )
    return collect(database)


def function(
    name: str, arguments: str, returns: str, body: str, volatility: str = "i", language: str = "plpgsql"
) -> Function:
    """A function as a file may bring it, whose body the collector would not have taken."""
    head = f"CREATE FUNCTION public.{name}({arguments}) RETURNS {returns} LANGUAGE {language}"
    kind = {"i": "IMMUTABLE", "s": "STABLE", "v": "VOLATILE"}[volatility]
    text = f"{head} {kind} AS $x$ {body} $x$"
    return Function(Name("public", name), arguments, returns, language, volatility, definition=text)


def marking(marks: Path) -> Function:
    """Tries to run a program as whoever calls it."""
    return function(
        "try",
        "way text",
        "void",
        f"BEGIN EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat > {marks}/' || way);"
        " EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN NULL; END",
        "v",
    )


def with_index_on(snapshot: Snapshot, expression: str) -> Snapshot:
    """The snapshot with an index that runs the expression when it is built, over the rows that `id` has."""
    index = next(index for index in snapshot.indexes if index.name.name == "t_pkey")
    evil = IndexDefinition(TABLE, (IndexKey(expression=expression),))
    more = replace(index, oid=index.oid + 1000, name=Name("public", "evil"), definition=evil, constraint=None)
    return replace(snapshot, indexes=(*snapshot.indexes, more))


def answers(snapshot: Snapshot) -> ShadowPlanner:
    """Builds the shadow, asks a question and gives the closed planner back."""
    with shadow(snapshot) as twin:
        planned(twin.explain([QUESTION])[0])
    return twin


def test_the_owners_search_path_leads_the_superuser_nowhere(honest: Snapshot, marks: Path) -> None:
    """Code of the owner's session answers what our questions name, once its search_path puts it first."""
    text = f"x'; COPY (SELECT 1) TO PROGRAM 'touch {marks}/named'; --".replace("'", "''")
    snapshot = replace(
        honest,
        types=(UserType(Name("public", "regnamespace"), "d", base="text"),),
        functions=(
            function("pg_my_temp_schema", "", "text", f"SELECT '{text}'::text", language="sql"),
            function(
                "lure",
                "int",
                "int",
                "BEGIN PERFORM set_config('search_path', 'public, pg_catalog', false); RETURN $1; END",
            ),
        ),
    )
    twin = answers(with_index_on(snapshot, "public.lure(id)"))
    assert not any("of_expression" in each for each in twin.dropped)
    assert list(marks.iterdir()) == []


def test_a_range_whose_order_is_the_users_code_is_read_by_nobody_with_rights(honest: Snapshot, marks: Path) -> None:
    """The superuser makes operator classes; what they call must never run as the superuser reads statistics."""
    column = ColumnStatistics(0.0, 8, -1.0, most_common_vals=("[1,2)", "[3,4)"), most_common_freqs=(0.5, 0.4))
    snapshot = replace(
        honest,
        types=(UserType(Name("public", "traprange"), "r", base="integer", subtype_opclass="public.trap_ops"),),
        functions=(
            marking(marks),
            function("compare", "int, int", "int", "BEGIN PERFORM public.try('range'); RETURN $1 - $2; END"),
            function(
                "make",
                "int",
                "public.traprange",
                "SELECT ('[' || $1 || ',' || $1 + 1 || ')')::public.traprange",
                language="sql",
            ),
        ),
        operator_classes=(
            OperatorClass(
                Name("public", "trap_ops"),
                "btree",
                "integer",
                operators=tuple(
                    (at, f"pg_catalog.{each}(integer,integer)", None)
                    for at, each in enumerate("< <= = >= >".split(), 1)
                ),
                functions=((1, "public.compare(integer,integer)"),),
            ),
        ),
    )
    forged = with_index_on(snapshot, "public.make(id)")
    evil = replace(forged.indexes[-1], expression_statistics=((1, column),))
    twin = answers(replace(forged, indexes=(*forged.indexes[:-1], evil)))
    assert not any("operator class" in each or "evil" in each for each in twin.dropped), "the trap itself does not work"
    assert list(marks.iterdir()) == []


@pytest.mark.parametrize(
    ("method", "type_", "number", "support"),
    [
        ("btree", "integer", 2, "pg_catalog.bttextsortsupport(internal)"),
        ("gist", "text", 1, "pg_catalog.gist_point_consistent(internal,point,smallint,oid,internal)"),
        ("gin", "text", 2, "pg_catalog.ginarrayextract(anyarray,internal,internal)"),
        ("spgist", "text", 1, "pg_catalog.spg_range_quad_config(internal,internal)"),
    ],
)
def test_an_operator_class_takes_no_support_function_of_another_types(
    honest: Snapshot, method: str, type_: str, number: int, support: str
) -> None:
    """Such a function reads memory as what it is not; no server lets anybody but a superuser make that."""
    wrong = OperatorClass(Name("public", "wrong_ops"), method, type_, functions=((number, support),))
    twin = answers(replace(honest, operator_classes=(wrong,)))
    assert any(each.startswith("operator class public.wrong_ops") for each in twin.dropped)


def test_what_only_restores_says_is_one_statement_of_its_kind(honest: Snapshot) -> None:
    """Else a file could leave the session in a transaction that holds locks, or change the database for all."""
    texts = (
        "BEGIN",
        "LOCK TABLE public.t",
        "SET statement_timeout = 0; SELECT 1",
        "COPY public.t FROM STDIN",
        "SELECT 1",
    )
    evil = tuple(
        Function(Name("public", f"f{at}"), "", "int", "sql", "i", definition=text) for at, text in enumerate(texts)
    )
    statistics = tuple(replace(each, definition="BEGIN") for each in honest.extended_statistics[:1])
    twin = answers(replace(honest, functions=evil, extended_statistics=(*honest.extended_statistics, *statistics)))
    assert {each.partition(":")[0] for each in twin.dropped} >= {f"function public.f{at}()" for at in range(len(texts))}


def test_the_owner_owns_no_more_than_objects(honest: Snapshot) -> None:
    """The owner of a database could change what every session of it starts with, and create trusted extensions."""
    with shadow(honest) as twin:
        owner = twin._shadow.owner
        for statement in (
            "ALTER DATABASE shadow SET statement_timeout = 0",
            "CREATE EXTENSION hstore",
            "CREATE SCHEMA mine",
            "CREATE PUBLICATION mine",
            "CREATE SUBSCRIPTION mine CONNECTION 'host=/tmp' PUBLICATION x",
            "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION pg_catalog.now()",
            "CREATE FUNCTION public.c() RETURNS int LANGUAGE c AS 'libc', 'system'",
            "CREATE FUNCTION public.i() RETURNS int LANGUAGE internal AS 'int4pl'",
            "CREATE CAST (int AS text) WITHOUT FUNCTION",
            "CREATE FUNCTION public.leak() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'",
            "LOAD 'auto_explain'",
            "COPY public.t TO '/tmp/x'",
            "COPY public.t FROM PROGRAM 'true'",
            "SELECT lo_import('/etc/passwd')",
            "SELECT lo_create(0)",
            "SELECT lo_from_bytea(0, 'x')",
            "SELECT pg_logical_emit_message(false, 'x', 'y')",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_ls_dir('/')",
            "SET ROLE postgres",
            "SET session_replication_role = origin",
            "ALTER SYSTEM SET work_mem = '1GB'",
            "ALTER ROLE postgres LOGIN",
            "ALTER ROLE shadow_plan SET work_mem = '1GB'",
            "INSERT INTO pg_statistic SELECT * FROM pg_statistic",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        ):
            with pytest.raises(
                psycopg.Error, match=r"denied|must be|not exist|not allowed|superuser|SUPERUSER|permission"
            ):
                owner.execute(statement)


STUBBORN = "BEGIN LOOP BEGIN LOOP NULL; END LOOP; EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END"


def test_code_that_never_ends_is_ended_and_said(honest: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "STATEMENT_SECONDS", 0.1)
    snapshot = replace(honest, functions=(function("stubborn", "int", "int", STUBBORN),))
    with shadow(with_index_on(snapshot, "public.stubborn(id)")) as twin:
        assert any("took too long" in each for each in twin.dropped)


def test_a_schema_full_of_such_code_is_given_up(honest: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "STATEMENT_SECONDS", 0.1)
    forged = replace(
        honest,
        functions=(function("stubborn", "int", "int", STUBBORN),),
        extended_statistics=tuple(
            replace(each, name=Name("public", f"s{at}"), definition=f"CREATE TABLE s{at} AS SELECT public.stubborn(1)")
            for at, each in enumerate(honest.extended_statistics)
        ),
    )
    with pytest.raises(ServerUnavailable, match="does not end"), shadow(forged):
        pass


def test_an_expression_with_endless_results_takes_no_memory_of_ours(honest: Snapshot) -> None:
    """Results of imagined indexes' expressions come to our own process."""
    snapshot = replace(honest, functions=(function("long", "int", "text", "BEGIN RETURN repeat('x', 100000000); END"),))
    with shadow(snapshot) as twin:
        imagined = IndexDefinition(TABLE, (IndexKey(expression="public.long(a)"),))
        before = _peak()
        with suppress(PlannerRefused):
            twin.index_bytes(imagined)
        assert _peak() - before < 300_000


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_sizes_that_no_server_has_are_refused(honest: Snapshot) -> None:
    (table,) = honest.tables
    for forged in (
        replace(table, blocks=10**13),
        replace(table, blocks=-5, pages=-5),
        replace(table, rows=float("nan")),
    ):
        with suppress(ServerUnavailable):
            answers(replace(honest, tables=(forged,)))


def test_a_schema_that_contradicts_itself_is_an_answer(honest: Snapshot) -> None:
    (table,) = honest.tables
    circle = replace(table, kind="p", partition_key="LIST (a)", parent=TABLE, bound="DEFAULT")
    with pytest.raises(ServerUnavailable, match="could not be built"), shadow(replace(honest, tables=(circle,))):
        pass
    odd = Function(Name("public", "f"), "", "int", "sql", "?")
    with pytest.raises(ServerUnavailable, match="could not be built"), shadow(replace(honest, functions=(odd,))):
        pass


def test_system_catalogs_are_no_tables_of_the_users(honest: Snapshot) -> None:
    (table,) = honest.tables
    column = replace(table.columns[0], name="relname", statistics=ColumnStatistics(0.4321, 4, 1.0, inherited=True))
    forged = tuple(
        replace(table, oid=at, name=Name("pg_catalog", name), columns=(column,))
        for at, name in enumerate(("pg_class", "pg_statistic", "pg_authid"))
    )
    with shadow(replace(honest, tables=(table, *forged))) as twin:
        planned(twin.explain([QUESTION])[0])
        admin = twin._shadow.admin
        assert admin.execute("SELECT count(*) FROM pg_statistic WHERE stanullfrac = 0.4321::real").fetchone() == (0,)
        moved = admin.execute("SELECT count(*) FROM pg_class WHERE oid < 16384 AND relfilenode > 3000000000").fetchone()
        assert moved == (0,)


def _bytes(snapshot: Snapshot, place: int) -> bytes:
    (found,) = (each for each in snapshot.extended_statistics if each.name.name == "combined")
    text = found.data[0][place]
    assert isinstance(text, str)
    return bytes.fromhex(text.removeprefix("\\x"))


def _changed(data: bytes, form: str, at: int, value: int) -> bytes:
    forged = bytearray(data)
    struct.pack_into(form, forged, at, value)
    return bytes(forged)


def test_what_statistics_keep_of_combinations_is_read_byte_by_byte_first(honest: Snapshot) -> None:
    """The server trusts these bytes and copies by the lengths in them."""
    number, text = StoredType(23, 4, True, "int4send"), StoredType(25, -1, False, "textsend")
    values, distinct, dependencies = (_bytes(honest, place) for place in (3, 1, 2))
    dimensions = 14 + 4 * 3
    sizes = [struct.unpack_from("<i", values, dimensions + 20 * at + 4)[0] for at in range(3)]
    first_text = dimensions + 3 * 20 + sizes[0] + sizes[1]
    assert is_mcv(values, [number, number, text])
    assert not is_mcv(values, [number, number])
    assert not is_mcv(values, [number, number, replace(text, send="jsonb_send")])
    for forged in (
        *(b"", values[:-1], values + b"x", values[:20]),
        _changed(values, "<i", 8, 10_000),  # more items than there are
        _changed(values, "<h", 12, 2),  # fewer columns than the object has
        _changed(values, "<I", 14, 25),  # numbers taken for texts
        _changed(values, "<i", dimensions, -1),
        _changed(values, "<i", dimensions + 20 * 2 + 8, 0),  # room for nothing
        _changed(values, "<i", dimensions + 20 * 2 + 12, 8),  # texts taken for numbers
        _changed(values, "<I", first_text, 0x7FFFFFFF),  # a text as long as all memory
        _changed(values, "<H", len(values) - 2, 60_000),  # a value beyond the last
    ):
        assert not is_mcv(bytes(forged), [number, number, text])
    assert is_ndistinct(distinct)
    for forged in (b"", distinct[:-1], _changed(distinct, "<i", 20, -1), _changed(distinct, "<I", 8, 1 << 30)):
        assert not is_ndistinct(bytes(forged))
    assert is_dependencies(dependencies)
    for forged in (b"", dependencies[:-1], _changed(dependencies, "<h", 20, -1)):
        assert not is_dependencies(bytes(forged))


def test_forged_combinations_are_named_and_left_out(honest: Snapshot) -> None:
    values = _changed(_bytes(honest, 3), "<I", 14, 25)
    forged = tuple(
        replace(each, data=((False, "no bytes at all", "\\x00", "\\x" + values.hex()),))
        for each in honest.extended_statistics
        if each.name.name == "combined"
    )
    twin = answers(replace(honest, extended_statistics=forged))
    assert [each.partition(" of ")[0] for each in twin.dropped] == [
        "distinct combinations",
        "dependencies",
        "most common combinations",
    ]


def test_what_statistics_keep_is_there_when_it_is_sound(honest: Snapshot) -> None:
    with shadow(honest) as twin:
        kept = twin._shadow.admin.execute(
            "SELECT e.stxname::text, d.stxdndistinct IS NOT NULL, d.stxdmcv IS NOT NULL FROM pg_statistic_ext e"
            " JOIN pg_statistic_ext_data d ON d.stxoid = e.oid ORDER BY 1"
        ).fetchall()
        assert planned(twin.explain([QUESTION])[0]).root.plan_rows == 300
    assert kept == [("combined", True, True), ("of_arrays", False, False), ("of_expression", True, True)]
