"""The set with its reasons: its distance from the best, its curve, what each absence costs, and the runner-up."""

from dataclasses import replace

from advisor.advising import MB, advised, column, snapshot, statement, table, titles
from dbadvisor.advisor.advise import Options
from dbadvisor.model.workload import Sample

ORDERS = table("orders", column("customer_id", distinct=20_000), column("total", distinct=1000), column("note", "text"))
ITEMS = table("items", column("order_id", distinct=50_000), column("sku", "text", distinct=900, width=9))
USERS = table("users", column("email", "text", distinct=-1, width=20), column("state", "text", distinct=4, width=6))
STATEMENTS = (
    statement("aa", "SELECT * FROM orders WHERE customer_id = $1", ms=6000.0),
    statement("bb", "SELECT * FROM items WHERE order_id = $1", ms=3000.0),
    statement("cc", "SELECT * FROM users WHERE email = $1", ms=1000.0),
)
SEEN = snapshot(ORDERS, ITEMS, USERS, statements=STATEMENTS)


def cost(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    """Each statement has one index that brings its cost from 10,000 to 100."""
    for part, body in (("orders", "orders (customer_id)"), ("items", "items (order_id)"), ("users", "users (email)")):
        if f"FROM {part}" in text:
            return (100.0, (body,)) if body in there else (10_000.0, ())
    raise AssertionError(text)


def test_the_set_says_what_it_leaves_and_that_nothing_better_is_known() -> None:
    found = advised(SEEN, cost).index_set
    assert found is not None
    assert round(found.left, 6) == 0.01
    assert found.gap < 1e-3
    assert found.proved
    assert (found.explored, round(found.covered, 6)) == (3, 1.0)
    assert found.candidates >= 3
    assert found.calls > 0
    assert found.derived > 0


def test_the_curve_goes_from_the_best_single_index_to_the_set() -> None:
    found = advised(SEEN, cost).index_set
    assert found is not None
    assert [(point.indexes, round(point.left, 3)) for point in found.curve] == [(1, 0.406), (2, 0.109), (3, 0.01)]
    assert [point.bytes for point in found.curve] == [10 * MB, 20 * MB, 30 * MB]
    assert all(point.bound <= point.left for point in found.curve)


def test_each_index_says_what_comes_back_without_it() -> None:
    lost = {one.title.rpartition(".")[2]: round(one.lost_share, 3) for one in advised(SEEN, cost).recommendations}
    assert lost == {"orders (customer_id)": 0.594, "items (order_id)": 0.297, "users (email)": 0.099}


def test_the_runner_up_is_named_with_the_reason_that_it_lost() -> None:
    def two_ways(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        known = {"orders (customer_id)": 100.0, "orders (total)": 2_000.0}
        if "AND" in text:
            return min(((figure, (body,)) for body, figure in known.items() if body in there), default=(10_000.0, ()))
        return cost(text, there)

    both = statement("dd", "SELECT * FROM orders WHERE customer_id = $1 AND total = $2", ms=6000.0)
    seen = snapshot(ORDERS, statements=[both])
    (one,) = advised(seen, two_ways, sizes={"orders (total)": 9 * MB}).recommendations
    assert one.title == "CREATE INDEX ON public.orders (customer_id)"
    assert one.runner_up is not None
    assert one.runner_up.instead == "public.orders (total)"
    assert round(one.runner_up.left, 3) == 0.2
    assert one.runner_up.reason == "it leaves 19.0% more of the workload's cost"


def test_an_index_without_a_runner_up_says_so() -> None:
    reasons = {one.runner_up.reason for one in advised(SEEN, cost).recommendations if one.runner_up}
    assert reasons == {"no other index earns its place"}


def test_every_limit_is_kept() -> None:
    def fits(options: Options) -> list[str]:
        return titles(advised(SEEN, cost, options=options))

    assert len(fits(Options(budget_bytes=25 * MB))) == 2
    assert fits(Options(max_indexes=1)) == ["CREATE INDEX ON public.orders (customer_id)"]
    second = statement("dd", "SELECT * FROM orders WHERE total = $1", ms=500.0)

    def also(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        if "total = " in text:
            return (100.0, ("orders (total)",)) if "orders (total)" in there else (10_000.0, ())
        return cost(text, there)

    seen = snapshot(ORDERS, statements=[STATEMENTS[0], second])
    assert len(titles(advised(seen, also))) == 2
    limited = advised(seen, also, options=Options(max_per_table=1))
    assert titles(limited) == ["CREATE INDEX ON public.orders (customer_id)"]
    assert any("do not fit the limits" in one.reason for one in limited.rejected)


def test_nothing_to_choose_from_is_a_set_of_none() -> None:
    found = advised(snapshot(ORDERS, statements=[]), cost).index_set
    assert found is not None
    assert (found.left, found.bound, found.explored) == (1.0, 1.0, 0)


def test_a_value_that_recurs_while_others_change_makes_a_partial_index() -> None:
    def partial(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        body = next((one for one in there if "WHERE" in one and "state" in one), None)
        return (50.0, (body,)) if body else (10_000.0, ())

    calls = [f"SELECT * FROM users WHERE email = '{name}' AND state = 'invited'" for name in ("a", "b", "c")]
    logged = tuple(Sample("logged", text, "log") for text in calls)
    one = statement("ee", "SELECT * FROM users WHERE email = $1 AND state = $2", samples=logged)
    assert titles(advised(snapshot(USERS, statements=[one]), partial)) == [
        "CREATE INDEX ON public.users (email) WHERE state = 'invited'"
    ]
    differing = replace(one, samples=(*logged[:2], replace(logged[2], sql=calls[2].replace("invited", "active"))))
    assert titles(advised(snapshot(USERS, statements=[differing]), partial)) == []
