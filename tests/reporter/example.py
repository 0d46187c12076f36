"""A report in which every field says something: an honest shop, and names that mean harm."""

from dataclasses import replace

from dbadvisor.model.agreement import Agreement, Deviation, Skipped
from dbadvisor.model.change import (
    AlterTable,
    Change,
    CreateExtension,
    CreateIndex,
    CreateStatistics,
    DropIndex,
    Maintenance,
    Rewrite,
    SetParameter,
)
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.report import (
    CurvePoint,
    Estimate,
    IndexSet,
    Measurement,
    Recommendation,
    Rejected,
    Report,
    RunnerUp,
    StatementEstimate,
    StatementMeasurement,
    Workload,
)
from dbadvisor.model.rule import Outcome
from dbadvisor.model.snapshot import Gap, Server, ServerCost
from dbadvisor.model.workload import Sample, Statement, Window

SECRET = "jane.doe@example.org"
"""A value that only samples hold; no report may show it."""
EVIL = "x\x1b]0;owned\x07<script>alert(1)</script>\u202eslx"
"""A table name that would title the window, run in a page and read backwards."""

ORDERS, ITEMS = Name("public", "orders"), Name("public", "order_items")
BY_CUSTOMER = IndexDefinition(
    ORDERS, (IndexKey("customer_id"), IndexKey("created_at", descending=True, nulls_first=True)), include=("total",)
)
BY_EMAIL = IndexDefinition(Name("public", "customers"), (IndexKey(expression="lower(email)"),), where="NOT gone")
OLD = IndexDefinition(ORDERS, (IndexKey("customer_id"),))
WEIRD = IndexDefinition(Name("public", EVIL), (IndexKey("a"),), unique=True, options=("fillfactor=90",))


def _statement(fingerprint: str, text: str, calls: int, total: float, rows: int, kind: str = "SELECT") -> Statement:
    return Statement(
        fingerprint,
        text,
        kind,
        calls=calls,
        total_ms=total,
        rows=rows,
        min_ms=total / calls / 2,
        max_ms=total / calls * 9,
        stddev_ms=total / calls / 3,
        hit_blocks=calls * 900,
        read_blocks=calls * 45,
        queryids=(-4611686018427387905,),
        samples=(Sample("typical", f"SELECT 1 -- {SECRET}", "pg_stats"),),
    )


STATEMENTS = (
    _statement(
        "7f31a2c49bd0e815",
        "SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2",
        319_004,
        131_430_000.0,
        3_190_040,
    ),
    _statement(
        "0c92be71aa034f5d", "SELECT * FROM customers WHERE lower(email) = $1 AND NOT gone", 88_120, 61e6, 88_000
    ),
    _statement("55aa10ffec981b27", "DELETE FROM orders WHERE id = $1", 4_100, 20.2e6, 4_100, "DELETE"),
    _statement("e1d4c0a9913f7b62", f'SELECT a\n  FROM "{EVIL}"\n WHERE a = $1', 950_000, 9.1e6, 950_000),
    _statement(
        "90b1f35d7c2284ae",
        "SELECT count(*) FROM order_items WHERE product_id IN (SELECT id FROM products WHERE note LIKE $1) "
        "AND quantity > $2 AND discount_reason_code_of_the_campaign = $3",
        1_210,
        7.9e6,
        1_210,
    ),
    _statement("c27de09b1184cafe", "REFRESH MATERIALIZED VIEW CONCURRENTLY sales", 12, 3.3e6, 0, "UTILITY"),
    _statement("4be8813f07a2beef", "UPDATE carts SET seen_at = now() WHERE id = $1", 77_000, 1.1e6, 77_000, "UPDATE"),
)

MISSING = Finding(
    "IDX001",
    Severity.CRITICAL,
    "public.orders",
    "Every look-up of a customer's newest orders reads all of orders.",
    (
        Evidence("blocks read per call", 945.0, "blocks", "pg_stat_statements"),
        Evidence("share of time", 0.558, "share", "pg_stat_statements"),
        Evidence("rows", 2_400_000, "rows", "pg_class"),
    ),
    statements=("7f31a2c49bd0e815",),
)
FUNCTION = Finding(
    "QRY002",
    Severity.WARNING,
    "public.customers",
    "lower(email) hides the index on email from the planner.",
    (Evidence("calls", 88_120, "calls", "pg_stat_statements"),),
    statements=("0c92be71aa034f5d",),
    proposals=(CreateIndex(BY_EMAIL, "customers_lower_email_idx"),),
)
REDUNDANT = Finding(
    "IDX005",
    Severity.INFO,
    "public.orders_customer_idx",
    "orders_customer_idx is a prefix of a better index.",
    (Evidence("scans", 120, "scans", "pg_stat_user_indexes"),),
    proposals=(DropIndex(Name("public", "orders_customer_idx"), OLD),),
    caveats=("Standbys keep their own counters.",),
)
EVIL_FINDING = Finding(
    "SCH001",
    Severity.WARNING,
    f'public."{EVIL}"',
    f'"{EVIL}" has no primary key.',
    (Evidence("rows", 12, "rows", "pg_class"),),
    advice="Add a key in the application's own migrations.",
)
NOT_IN = Finding(
    "QRY009",
    Severity.WARNING,
    "statement 90b1f35d7c2284ae",
    "NOT IN over a nullable column cannot become an anti-join.",
    (Evidence("time", 7.9e6, "ms", "pg_stat_statements"),),
    statements=("90b1f35d7c2284ae",),
    rewrite=Rewrite("SELECT 1 WHERE a NOT IN (SELECT b FROM t)", "SELECT 1 WHERE NOT EXISTS (…)", "b is NOT NULL"),
)

MEASURED = Measurement(
    where="template clone",
    verdict="better",
    buffers_before=945.0,
    buffers_after=5.0,
    ratio=0.0022,
    ratio_low=0.0019,
    ratio_high=0.0027,
    statements=(
        StatementMeasurement(
            "7f31a2c49bd0e815", "typical", 20, 945.0, 5.0, 412.0, 0.9, 0.0022, 0.0019, 0.0027, 0.03, True
        ),
        StatementMeasurement(
            "7f31a2c49bd0e815", "most common", 20, 980.0, 61.0, 433.0, 20.2, 0.047, 0.041, 0.055, 0.04, True
        ),
        StatementMeasurement("55aa10ffec981b27", "rare", 20, 120.0, 121.0, 4.1, 4.2, 1.01, 0.96, 1.07, 0.08, None),
    ),
    notes=("Caches were warm.",),
)
NO_DIFFERENCE = Measurement("template clone", "no difference", 100.0, 99.0, 0.99, 0.95, 1.04, ())

RECOMMENDATIONS = (
    Recommendation(
        rank=1,
        kind="index",
        title="CREATE INDEX ON public.orders (customer_id, created_at DESC) INCLUDE (total)",
        why="Every look-up of a customer's newest orders reads all 945 blocks of orders and sorts what is left. "
        "The index holds them in the asked order, so the first ten entries answer the query.",
        findings=(MISSING.key, REDUNDANT.key),
        changes=(
            CreateIndex(BY_CUSTOMER, "orders_customer_id_created_at_5d1f0c_idx"),
            DropIndex(Name("public", "orders_customer_idx"), OLD),
        ),
        estimate=Estimate(
            "shadow",
            3.95e9,
            2.75e6,
            (
                StatementEstimate(
                    "7f31a2c49bd0e815",
                    12_389.1,
                    8.63,
                    319_004,
                    131_430_000.0,
                    samples=3,
                    worst_ratio=0.004,
                    plan_before="Limit > Sort > Seq Scan orders",
                    plan_after="Limit > Index Only Scan orders_customer_id_created_at_5d1f0c_idx",
                ),
                StatementEstimate(
                    "55aa10ffec981b27",
                    412.5,
                    398.1,
                    4_100,
                    20.2e6,
                    plan_before="Delete > Index Scan orders_pkey",
                    plan_after="Delete > Index Scan orders_pkey",
                ),
            ),
        ),
        measurement=MEASURED,
        size_bytes=88_080_384,
        affected_ms=131_430_000.0,
        saved_ms=131_100_000.0,
        caveats=("Each INSERT into orders writes one more index entry.",),
        lost_share=0.548,
        runner_up=RunnerUp(
            "public.orders (customer_id, created_at DESC)", 0.187, 54_525_952, "every row is fetched from the table"
        ),
    ),
    Recommendation(
        rank=2,
        kind="index",
        title="CREATE INDEX ON public.customers ((lower(email))) WHERE NOT gone",
        why="The statement compares lower(email), which the index on email does not hold.",
        findings=(FUNCTION.key,),
        changes=(CreateIndex(BY_EMAIL, "customers_lower_email_idx"), Maintenance("ANALYZE", "public.customers")),
        estimate=Estimate(
            "shadow",
            8.1e7,
            7.4e5,
            (
                StatementEstimate(
                    "0c92be71aa034f5d",
                    920.0,
                    8.4,
                    88_120,
                    61e6,
                    plan_before="Seq Scan customers",
                    plan_after="Index Scan customers_lower_email_idx",
                ),
            ),
        ),
        size_bytes=9_437_184,
        affected_ms=61e6,
        saved_ms=60.4e6,
        lost_share=0.223,
        runner_up=RunnerUp("", 0.394, 0, "no other candidate serves its statement"),
    ),
    Recommendation(
        rank=3,
        kind="rewrite",
        title="Rewrite NOT IN (subquery) as NOT EXISTS",
        why="An anti-join visits each row once.",
        findings=(NOT_IN.key,),
        rewrite=Rewrite(
            "SELECT 1 FROM orders WHERE id NOT IN (SELECT order_id FROM order_items)",
            "SELECT 1 FROM orders WHERE NOT EXISTS (SELECT FROM order_items WHERE order_id = orders.id)",
            "order_items.order_id is NOT NULL, so both mean the same.",
            application=True,
        ),
        affected_ms=7.9e6,
    ),
    Recommendation(
        rank=4,
        kind="setting",
        title="Give the planner and sorts what they need",
        why="Sorts spill to disk and two columns move together.",
        findings=(),
        changes=(
            CreateExtension("pg_trgm"),
            CreateStatistics(Name("public", "orders_city_zip"), ORDERS, ("dependencies",), ("city", "zip")),
            AlterTable(ORDERS, "SET (fillfactor=85)", "RESET (fillfactor)"),
            SetParameter("work_mem", "32MB", "DATABASE shop", "4MB"),
        ),
        caveats=(f"Mind {EVIL}.",),
    ),
    Recommendation(
        rank=5,
        kind="index",
        title=f"CREATE UNIQUE INDEX ON public.{EVIL}",
        why=f"Named {EVIL}.",
        findings=(),
        changes=(CreateIndex(WEIRD, EVIL),),
        size_bytes=-16_384,
    ),
)

INDEX_SET = IndexSet(
    left=0.171,
    bound=0.164,
    candidates=41,
    plans=118,
    explored=4,
    covered=0.94,
    calls=212,
    derived=1_904,
    budget_bytes=104_857_600,
    curve=(
        CurvePoint(1, 9_437_184, 0.719, 0.716),
        CurvePoint(1, 88_080_384, 0.394, 0.394),
        CurvePoint(2, 97_517_568, 0.171, 0.164),
    ),
)

DOUBT = Agreement(
    statements=38,
    identical=37,
    max_cost_error=0.08,
    deviations=(
        Deviation(
            statement="rows of public.carts with seen_at at the end of its values",
            sample="",
            where="Seq Scan carts",
            what="Total Cost",
            there="1250.0",
            here="1350.0",
            cost_there=1250.0,
            cost_here=1350.0,
            same_shape=True,
            tables=("public.carts",),
        ),
    ),
    skipped=(Skipped("rows of public.carts without owner", "the shadow could not plan it"),),
)

REPORT = Report(
    taken_at="2026-11-22T20:41:07Z",
    server=Server(
        150020,
        "15.20 (Debian 15.20-1)",
        "shop",
        system_identifier="7438112233445566778",
        collation="en_US.UTF-8",
        ctype="en_US.UTF-8",
        tls=True,
        role="advisor",
        powers=("pg_write_all_data",),
        writable_tables=3,
        uptime_seconds=864_000.0,
    ),
    window=Window(529_200.0, 864_000.0, 17),
    doubt=DOUBT,
    workload=Workload(STATEMENTS, total_ms=235e6, planned=4, plannable=6, covered_ms=221e6),
    findings=(MISSING, FUNCTION, NOT_IN, EVIL_FINDING, REDUNDANT),
    recommendations=RECOMMENDATIONS,
    rejected=(
        Rejected("CREATE INDEX ON public.carts (seen_at)", "costs more writes than it saves reads (0.3 s < 4.1 s)"),
        Rejected("CREATE INDEX ON public.order_items (quantity)", "no plan uses it", (NOT_IN.key,), NO_DIFFERENCE),
        Rejected(f"DROP INDEX {EVIL}", "its constraint owns it"),
        Rejected("DROP INDEX public.orders_total_idx", "two plans would cost 12 % more"),
    ),
    coverage=(
        Outcome("IDX001", "fired", 1, 30, 30, "tables"),
        Outcome("IDX005", "fired", 1, 61, 61, "indexes"),
        Outcome("QRY002", "fired", 1, 4, 6, "statements", "2 statements could not be planned"),
        Outcome("QRY009", "fired", 1, 6, 6, "statements"),
        Outcome("SCH001", "fired", 1, 30, 30, "tables"),
        Outcome("UPK003", "clean", 0, 30, 30, "tables"),
        Outcome("SET001", "clean", 0, 9, 9, "settings"),
        Outcome("WRK002", "could not look", why="pg_stat_activity hides other users' sessions"),
    ),
    gaps=(
        Gap("sessions", "other users' sessions", "the role is not in pg_monitor", "GRANT pg_monitor TO advisor"),
        Gap("io_timing", "time spent on I/O", "track_io_timing is off", "ALTER SYSTEM SET track_io_timing = on"),
        Gap("evicted", "rare statements", "17 statements were evicted from pg_stat_statements", None),
    ),
    cost=ServerCost(14, 410.0, 6_022, 1),
    planner="shadow",
    planner_calls=212,
    index_set=INDEX_SET,
    version="0.1.0",
)

CHANGES: tuple[Change, ...] = tuple(change for item in RECOMMENDATIONS for change in item.changes)


def without_samples(report: Report) -> Report:
    """The report as it leaves the process: statements keep everything but their samples."""
    statements = tuple(replace(statement, samples=()) for statement in report.workload.statements)
    return replace(report, workload=replace(report.workload, statements=statements))


def empty() -> Report:
    """What a database without tables or statements gives."""
    return Report("2026-11-22T20:41:07Z", REPORT.server, Window(), Workload(()), (), ())
