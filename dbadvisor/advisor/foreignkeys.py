"""The work of foreign keys that no plan's cost shows, made into loads that are weighed like statements.

A DELETE of a referenced row makes the server look for referencing rows, once a row, by a statement of its own
inside a trigger. Without an index on the referencing columns each look reads the whole child table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dbadvisor.advisor.costing import Indexes
from dbadvisor.advisor.existing import leads_with
from dbadvisor.advisor.load import BLOCK_MS, Load
from dbadvisor.advisor.trust import Trust
from dbadvisor.advisor.words import plan_line
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex
from dbadvisor.model.finding import Finding
from dbadvisor.model.names import Name, quote
from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import ForeignKey
from dbadvisor.model.whatif import Planner
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, Predicate, QueryShape, TableUse


@dataclass(frozen=True, slots=True)
class Checks:
    """The loads of foreign key checks, the indexes proposed for them, and the statements' loads without that share."""

    loads: tuple[Load, ...]
    proposed: Mapping[str, Indexes]
    rest: tuple[Load, ...]


def foreign_key_checks(
    findings: tuple[Finding, ...],
    catalog: Catalog,
    loads: tuple[Load, ...],
    planner: Planner,
) -> Checks:
    """One load for each reported foreign key whose referenced rows are deleted, its time taken from the DELETEs."""
    made: list[Load] = []
    proposed: dict[str, Indexes] = {}
    for definition in (c.definition for f in findings for c in f.proposals if isinstance(c, CreateIndex)):
        for key in catalog.foreign_keys_of(definition.table):
            if leads_with(definition, key.columns) and (load := _load(key, catalog, loads, planner)):
                made.append(load)
                proposed[load.key] = frozenset((definition,))
    taken = {load.statement.fingerprint: load for load in made if load.statement}
    rest = tuple(
        _lightened(load, sum(check.weight for check in made if _same(check, load))) if load.key in taken else load
        for load in loads
    )
    return Checks(tuple(made), proposed, rest)


def _same(check: Load, load: Load) -> bool:
    return check.statement is not None and check.statement.fingerprint == load.key


def _lightened(load: Load, milliseconds: float) -> Load:
    weight = max(0.0, load.weight - milliseconds)
    return replace(load, weight=weight, at_stake=min(load.at_stake, weight))


def _load(key: ForeignKey, catalog: Catalog, loads: tuple[Load, ...], planner: Planner) -> Load | None:
    (plan,) = planner.explain([check_text(key, catalog)])
    if not isinstance(plan, Plan):
        return None
    deletes = [load for load in loads if _deletes(load, catalog.root(key.referenced))]
    heaviest = max(deletes, key=lambda load: load.weight, default=None)
    statement = heaviest.statement if heaviest else None
    rows = max(_rows(catalog, key.referenced), statement.rows if statement else 0)
    if rows <= 0:
        return None
    weight = rows * plan.cost * BLOCK_MS
    if heaviest and statement and statement.total_ms:
        weight = statement.total_ms * _share(statement, heaviest.cost, plan.cost)
    return Load(
        key=f"the checks of foreign key {key.name} on {key.table}",
        statement=statement,
        shape=_shape(key),
        texts=(check_text(key, catalog),),
        plans=(plan,),
        weight=weight,
        at_stake=weight,
        calls=rows,
        tables=frozenset((catalog.root(key.table),)),
        believed=Trust(catalog),
        costs=(plan.cost,),
        lines=(plan_line(plan),),
        base=heaviest.cost if heaviest else 0.0,
        repeats=statement.rows_per_call if statement else 1.0,
    )


def check_text(key: ForeignKey, catalog: Catalog) -> str:
    """The look for referencing rows, as the server's own trigger asks it, without the row lock."""
    table = catalog.tables.get(key.table)
    only = "" if table and table.kind == "p" else "ONLY "
    columns = " AND ".join(f"{quote(column)} = ${n}" for n, column in enumerate(key.columns, 1))
    return f"SELECT 1 FROM {only}{key.table} WHERE {columns}"


def _deletes(load: Load, referenced: Name) -> bool:
    return load.statement is not None and any(
        use.action == "delete" and use.table == referenced for use in load.shape.uses
    )


def _rows(catalog: Catalog, referenced: Name) -> int:
    return sum(leaf.activity.deleted for leaf in catalog.leaves(referenced) if leaf.activity)


def _share(statement: Statement, own_cost: float, check_cost: float) -> float:
    """The checks' part of the DELETE's time: the planner's cost of all checks beside its cost of the rest."""
    checks = statement.rows_per_call * check_cost
    return checks / (own_cost + checks) if checks else 0.0


def _shape(key: ForeignKey) -> QueryShape:
    predicates = tuple(
        Predicate(Op.EQ, "=", column, None, (column,), f"${n}", n) for n, column in enumerate(key.columns, 1)
    )
    return QueryShape("SELECT", (TableUse(key.table, "x", 0, predicates=predicates, columns=key.columns),))
