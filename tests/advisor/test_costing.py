"""What earlier answers answer, and what they don't."""

from collections.abc import Sequence

from advisor.advising import FunctionPlanner, column, definition, snapshot, statement, table
from dbadvisor.advisor.costing import Costing
from dbadvisor.advisor.load import loads
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import NOTHING, SamplePlan, Unplanned, WhatIf
from dbadvisor.sqltext.predicates import shape

ORDERS = table("orders", column("id"), column("customer_id", distinct=20_000))
BY_CUSTOMER = statement("aa", "SELECT * FROM orders WHERE customer_id = $1")
ID, CUSTOMER = definition("orders", "id"), definition("orders", "customer_id")


def cost(_text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    body = "orders (customer_id)"
    return (20.0, (body,)) if body in there else (10_000.0, ())


class Overwhelmed(FunctionPlanner):
    """A planner that gives up where there is more than one index."""

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        if len(whatif.create) > 1:
            return [Unplanned("canceling statement due to statement timeout") for _ in statements]
        return super().explain(statements, whatif, role=role)


def test_what_could_not_be_planned_tells_nothing_of_fewer_indexes() -> None:
    catalog = Catalog(snapshot(ORDERS, statements=[BY_CUSTOMER]))
    planner = Overwhelmed(cost, catalog)
    (sample,) = BY_CUSTOMER.samples
    (plan,) = planner.explain([sample.sql])
    assert isinstance(plan, Plan)
    pairs = {BY_CUSTOMER.fingerprint: (SamplePlan(sample, plan),)}
    (load,) = loads((BY_CUSTOMER,), catalog, {BY_CUSTOMER.fingerprint: shape(BY_CUSTOMER.text, catalog)}, pairs)
    costing = Costing(planner, catalog)
    assert costing.ask(load, frozenset((ID, CUSTOMER))).cost == 10_000.0
    assert costing.ask(load, frozenset((CUSTOMER,))).cost == 20.0
    assert [package.used for package in costing.packages(load)] == [frozenset((CUSTOMER,)), frozenset()]
