import pytest
from builders import Builder, snap

from dbadvisor.analyzer.rules.workload.n_plus_one import n_plus_one

LIST = "select id, title from feed where person_id = 1"
COUNT = "select count(*) from entry where feed_id = 7 and not seen"


def feeds() -> Builder:
    return (
        snap()
        .table("feed", columns={"id": "integer", "person_id": "integer", "title": "text"})
        .table("entry", columns={"id": "integer", "feed_id": "integer", "seen": "boolean"})
        .index("feed", "id", unique=True, constraint="p")
        .index("entry", "id", unique=True, constraint="p")
        .fk("entry", "feed_id", "feed")
    )


def test_a_lookup_for_each_row_of_a_list() -> None:
    built = feeds().statement(LIST, calls=10, rows=50).statement(COUNT, calls=500)
    (finding,) = built.findings(n_plus_one)
    assert finding.target == f"statement {built.last}"
    assert "ANY" in (finding.advice or "")
    assert finding.rewrite is not None
    assert finding.rewrite.application
    assert finding.rewrite.after == (
        "select feed_id, count(*) from entry where feed_id = ANY($1) and not seen GROUP BY feed_id"
    )


def test_rows_are_batched_without_grouping() -> None:
    built = (
        feeds()
        .statement(LIST, calls=10, rows=50)
        .statement("select e.seen from entry e where e.feed_id = 7", calls=500)
    )
    (finding,) = built.findings(n_plus_one)
    assert finding.rewrite is not None
    assert finding.rewrite.after == "select e.feed_id, e.seen from entry e where e.feed_id = ANY($1)"


def test_a_key_inside_a_subselect_is_one_too() -> None:
    nested = "select count(*) from entry where feed_id = (select id from feed where id = 7) and not seen"
    (finding,) = feeds().statement(LIST, calls=10, rows=50).statement(nested, calls=500).findings(n_plus_one)
    assert finding.rewrite is None
    assert finding.advice


def test_rows_of_the_lists_own_table_fetched_one_by_one() -> None:
    built = feeds().statement(LIST, calls=10, rows=50).statement("select title from feed where id = 7", calls=500)
    assert len(built.findings(n_plus_one)) == 1


def test_limited_lookups_are_not_batched_by_text() -> None:
    latest = "select seen from entry where feed_id = 7 order by id desc limit 1"
    (finding,) = feeds().statement(LIST, calls=10, rows=50).statement(latest, calls=500).findings(n_plus_one)
    assert finding.rewrite is None


@pytest.mark.parametrize(
    ("list_calls", "list_rows", "calls"),
    [(10, 50, 90), (10, 2, 500), (1, 1_000_000, 500), (1, 30, 30)],
    ids=["not ten times as often", "the list has too few rows", "a report", "hardly repeated"],
)
def test_a_likeness_of_numbers_is_needed(list_calls: int, list_rows: int, calls: int) -> None:
    built = feeds().statement(LIST, calls=list_calls, rows=list_rows).statement(COUNT, calls=calls)
    assert not built.findings(n_plus_one)


def test_a_hot_lookup_without_a_list_is_fine() -> None:
    assert not feeds().statement("select title from feed where id = 7", calls=1_000_000).findings(n_plus_one)


def test_a_list_of_something_else_does_not_feed_it() -> None:
    other = feeds().table("person", columns={"id": "integer", "name": "text"}).index("person", "id", unique=True)
    built = other.statement("select id, name from person", calls=10, rows=50).statement(COUNT, calls=500)
    assert not built.findings(n_plus_one)


def test_updates_are_no_lookups() -> None:
    built = feeds().statement(LIST, calls=10, rows=50).statement("update entry set seen = true where id = 7", calls=500)
    assert not built.findings(n_plus_one)


@pytest.mark.parametrize(
    "lookup",
    [
        "select upper(title) from feed where id = 7",
        "select count(*) from entry where feed_id = 7 having count(*) > 1",
        "select distinct seen from entry where feed_id = 7",
        "select seen from entry where feed_id = 7 for update",
    ],
)
def test_a_batch_that_might_mean_something_else_is_left_to_people(lookup: str) -> None:
    (finding,) = feeds().statement(LIST, calls=10, rows=50).statement(lookup, calls=500).findings(n_plus_one)
    assert finding.rewrite is None
    assert finding.advice
