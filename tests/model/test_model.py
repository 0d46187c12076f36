import pytest

from dbadvisor.model import change, store
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.plan import Plan
from dbadvisor.model.report import Report, Workload
from dbadvisor.model.snapshot import Server
from dbadvisor.model.workload import Window

ORDERS = Name("public", "orders")


@pytest.mark.parametrize(
    ("identifier", "sql"),
    [
        ("orders", "orders"),
        ("Orders", '"Orders"'),
        ("select", '"select"'),
        ("with space", '"with space"'),
        ('say "hi"', '"say ""hi"""'),
        ("1st", '"1st"'),
        ("größe", '"größe"'),
        ("a;--", '"a;--"'),
    ],
)
def test_identifiers_are_quoted_only_when_they_must(identifier: str, sql: str) -> None:
    assert quote(identifier) == sql


def test_literals_survive_quotes_and_backslashes() -> None:
    assert quote_literal("it's") == "'it''s'"
    assert quote_literal(r"a\b") == r"E'a\\b'"


def test_an_index_says_all_that_differs_from_the_defaults() -> None:
    definition = IndexDefinition(
        ORDERS,
        (
            IndexKey("customer_id"),
            IndexKey(expression="lower(email)", opclass="text_pattern_ops"),
            IndexKey("created_at", descending=True, nulls_first=False),
        ),
        include=("Total",),
        where="status = 'open'",
        unique=True,
    )
    assert definition.create_sql("orders_open", concurrently=True) == (
        "CREATE UNIQUE INDEX CONCURRENTLY orders_open ON public.orders "
        '(customer_id, (lower(email)) text_pattern_ops, created_at DESC NULLS LAST) INCLUDE ("Total") '
        "WHERE status = 'open'"
    )


def test_default_names_are_stable_short_and_distinct() -> None:
    plain = IndexDefinition(ORDERS, (IndexKey("customer_id"),))
    partial = IndexDefinition(ORDERS, (IndexKey("customer_id"),), where="deleted_at IS NULL")
    long = IndexDefinition(Name("public", "x" * 60), (IndexKey("y" * 40), IndexKey("z" * 40)))
    assert plain.default_name == "orders_customer_id_idx"
    assert partial.default_name != plain.default_name
    assert len(long.default_name.encode()) <= 63


@pytest.mark.parametrize(
    "made",
    [
        change.CreateIndex(IndexDefinition(ORDERS, (IndexKey("a"),)), "orders_a_idx"),
        change.DropIndex(Name("public", "orders_a_idx"), IndexDefinition(ORDERS, (IndexKey("a"),))),
        change.AlterTable(ORDERS, "SET (fillfactor=85)", "RESET (fillfactor)"),
        change.SetParameter("jit", "off", "DATABASE shop"),
        change.Maintenance("ANALYZE", "public.orders"),
        change.CreateStatistics(Name("public", "s"), ORDERS, ("ndistinct",), ("a", "b")),
        change.CreateExtension("pg_trgm"),
    ],
)
def test_changes_survive_the_store_and_are_single_statements(made: change.Change) -> None:
    assert store.from_json(type(made), store.to_json(made)) == made
    assert ";" not in made.sql
    assert ";" not in (made.undo_sql or "")


def test_undoing_a_drop_makes_the_same_index_again() -> None:
    definition = IndexDefinition(ORDERS, (IndexKey("a", descending=True, nulls_first=True),))
    drop = change.DropIndex(Name("public", "orders_a"), definition)
    assert drop.undo_sql == change.CreateIndex(definition, "orders_a").sql


def test_a_finding_without_evidence_cannot_exist() -> None:
    with pytest.raises(ValueError, match="needs evidence"):
        Finding("IDX001", Severity.WARNING, "public.orders", "slow", ())


def test_findings_and_reports_survive_the_store() -> None:
    finding = Finding(
        "IDX001",
        Severity.WARNING,
        "public.orders",
        "slow",
        (Evidence("rows", 5, "rows", "pg_class"),),
        proposals=(change.Maintenance("ANALYZE", "public.orders"),),
    )
    report = Report("t", Server(150000, "15", "d"), Window(), Workload(()), (finding,), ())
    assert store.from_json(Report, store.to_json(report)) == report


def test_a_plan_is_read_with_totals_and_indexes() -> None:
    plan = Plan.from_json(
        [
            {
                "Plan": {
                    "Node Type": "Limit",
                    "Startup Cost": 0.4,
                    "Total Cost": 8.4,
                    "Plan Rows": 1,
                    "Plan Width": 4,
                    "Plans": [
                        {
                            "Node Type": "Index Scan",
                            "Relation Name": "orders",
                            "Schema": "public",
                            "Index Name": "orders_a",
                            "Startup Cost": 0.4,
                            "Total Cost": 80.0,
                            "Plan Rows": 10,
                            "Plan Width": 4,
                        }
                    ],
                }
            }
        ]
    )
    assert plan.cost == 8.4
    assert plan.indexes == {"orders_a"}
    assert [node.type for node in plan.nodes()] == ["Limit", "Index Scan"]
