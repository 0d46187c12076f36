"""SELECT, INSERT, UPDATE, DELETE and MERGE read level by level."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pglast import ast, enums

from dbadvisor.model.catalog import Catalog
from dbadvisor.sqltext.analysis import Analysis, ReadAs, SubLevel, base_source, refs, visit
from dbadvisor.sqltext.bindings import bind_condition, bind_output, bind_value
from dbadvisor.sqltext.conditions import Place, add_conditions
from dbadvisor.sqltext.operators import keeps_apart
from dbadvisor.sqltext.parse import walk
from dbadvisor.sqltext.printing import expression_text
from dbadvisor.sqltext.scopes import Computed, Cte, Instance, Output, Ref, Scope, Source, fields_of
from dbadvisor.sqltext.shape import SortKey
from dbadvisor.sqltext.sources import NOWHERE, From, outputs_of, read_from

Outputs = dict[str, Output]


@dataclass(frozen=True, slots=True)
class Key:
    """A sort or group key with the instance that it belongs to; None where it belongs to none or several."""

    instance: Instance | None
    sort: SortKey


def analyse(statement: ast.Node, catalog: Catalog) -> Analysis:
    """Everything that a statement says of the catalog's tables."""
    analysis = Analysis(catalog, statement, read_query)
    read_query(analysis, statement, Scope(-1), ReadAs())
    return analysis


def read_query(analysis: Analysis, query: Any, around: Scope, how: ReadAs) -> SubLevel:
    """A query as a level of its own."""
    scope = around.below(analysis.new_level())
    if getattr(query, "withClause", None):
        _read_with(analysis, query.withClause, scope)
    reader = _READERS.get(type(query))
    outputs = reader(analysis, query, scope, how) if reader else {}
    return SubLevel(outputs, scope.level, analysis.outer.get(scope.level, []))


def _read_with(analysis: Analysis, clause: ast.WithClause, scope: Scope) -> None:
    """Each CTE in turn; those that the planner inlines are read where they are used."""
    for node in clause.ctes:
        inside = Scope(scope.level, scope.parent, ctes=dict(scope.ctes))
        if _inlined(analysis, node, bool(clause.recursive)):
            scope.ctes[node.ctename] = Cte(node, True, inside)
            continue
        inside.ctes[node.ctename] = Cte(node, False, inside)
        sub = analysis.read_query(analysis, node.ctequery, inside, ReadAs())
        scope.ctes[node.ctename] = Cte(node, False, inside, sub.outputs)


def _inlined(analysis: Analysis, node: ast.CommonTableExpr, recursive: bool) -> bool:
    never, always = enums.CTEMaterialize.CTEMaterializeNever, enums.CTEMaterialize.CTEMaterializeAlways
    if not isinstance(node.ctequery, ast.SelectStmt) or node.ctematerialized == always:
        return False
    if recursive and _uses(node.ctequery, node.ctename):
        return False
    return node.ctematerialized == never or _uses(analysis.statement, node.ctename) == 1


def _uses(tree: ast.Node, name: str) -> int:
    return sum(1 for n in walk(tree) if isinstance(n, ast.RangeVar) and n.relname == name and not n.schemaname)


def _select(analysis: Analysis, query: ast.SelectStmt, scope: Scope, how: ReadAs) -> Outputs:
    if query.op != enums.SetOperation.SETOP_NONE:
        return _set_operation(analysis, query, scope)
    if query.valuesLists:
        return _values(analysis, query, scope)
    read_from(From(analysis, scope, how.semi), query.fromClause, query.whereClause)
    outputs = outputs_of(query, scope)
    if how.exists:
        bind_output(analysis, query.targetList, scope)
    else:
        _visit_output(analysis, query.targetList, scope)
    for clause in (query.groupClause, query.havingClause, query.windowClause, query.distinctClause):
        _visit_output(analysis, tuple(item for item in clause if item) if isinstance(clause, tuple) else clause, scope)
    _order(analysis, query, scope, outputs)
    _group(analysis, query, scope, outputs)
    _limit(analysis, query, scope)
    _lock(analysis, query, scope)
    return outputs


def _visit_output(analysis: Analysis, node: Any, scope: Scope) -> None:
    if node is not None:
        visit(analysis, node, scope)
        bind_output(analysis, node, scope)


def _set_operation(analysis: Analysis, query: ast.SelectStmt, scope: Scope) -> Outputs:
    left = read_query(analysis, query.larg, scope, ReadAs())
    read_query(analysis, query.rarg, scope, ReadAs())
    bind_value(analysis, query.limitCount, "limit")
    bind_value(analysis, query.limitOffset, "offset")
    return left.outputs


def _values(analysis: Analysis, query: ast.SelectStmt, scope: Scope) -> Outputs:
    for row in query.valuesLists:
        _visit_output(analysis, row, scope)
    return {f"column{number}": Computed(value, scope) for number, value in enumerate(query.valuesLists[0], 1)}


def _order(analysis: Analysis, query: ast.SelectStmt, scope: Scope, outputs: Outputs) -> None:
    items = [item for item in query.sortClause or () if not _is_string(item.node)]
    for item in items:
        _visit_output(analysis, item.node, scope)
    keys = [_sort_key(analysis, item, scope, outputs) for item in items] or _extreme(analysis, query, scope)
    if not keys or keys[0].instance is None:
        return
    owner = keys[0].instance
    run = 0
    while run < len(keys) and keys[run].instance is owner:
        run += 1
    owner.sort, owner.sort_complete = tuple(key.sort for key in keys[:run]), run == len(keys)


def _is_string(node: ast.Node) -> bool:
    return isinstance(node, ast.A_Const) and not isinstance(node.val, ast.Integer)


def _sort_key(analysis: Analysis, item: ast.SortBy, scope: Scope, outputs: Outputs) -> Key:
    descending = item.sortby_dir == enums.SortByDir.SORTBY_DESC
    nulls = {enums.SortByNulls.SORTBY_NULLS_FIRST: True, enums.SortByNulls.SORTBY_NULLS_LAST: False}
    meant = _output_meant(item.node, outputs) or _as_output(item.node, scope)
    if item.sortby_dir == enums.SortByDir.SORTBY_USING:
        return Key(None, SortKey(None, "using"))
    return _key(analysis, meant, descending, nulls.get(item.sortby_nulls, descending))


def _output_meant(node: ast.Node, outputs: Outputs) -> Output | None:
    """The output that a position or a bare name stands for."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Integer):
        listed = list(outputs.values())
        return listed[node.val.ival - 1] if 0 < node.val.ival <= len(listed) else None
    if isinstance(node, ast.ColumnRef) and len(node.fields) == 1:
        return outputs.get(getattr(fields_of(node)[0], "sval", ""))
    return None


def _as_output(node: ast.Node, scope: Scope) -> Output:
    found = scope.resolve(node) if isinstance(node, ast.ColumnRef) else None
    return found or Computed(node, scope)


def _key(analysis: Analysis, output: Output, descending: bool, nulls_first: bool) -> Key:
    if isinstance(output, Ref):
        owner = output.instance if output.instance.table else None
        return Key(owner, SortKey(output.column, None, descending, nulls_first))
    found = refs(analysis, output.node, output.scope)
    text = expression_text(output.node, output.scope)
    whole = (
        any(map(keeps_apart, walk(output.node)))
        or len({id(ref.instance) for ref in found}) != 1
        or not found[0].instance.table
    )
    return Key(None if whole else found[0].instance, SortKey(None, text, descending, nulls_first))


def _extreme(analysis: Analysis, query: ast.SelectStmt, scope: Scope) -> list[Key]:
    """A lone min(x) or max(x) is answered by the first row of an index in the order of x."""
    targets = list(query.targetList or ())
    call = targets[0].val if len(targets) == 1 else None
    if not isinstance(call, ast.FuncCall) or call.over or call.agg_filter or query.groupClause or not call.args:
        return []
    name = call.funcname[-1].sval
    if name not in ("min", "max") or len(call.args) != 1:
        return []
    return [_key(analysis, _as_output(call.args[0], scope), name == "max", name == "max")]


def _group(analysis: Analysis, query: ast.SelectStmt, scope: Scope, outputs: Outputs) -> None:
    keys = [_key(analysis, output, False, False) for output in _group_outputs(query, scope, outputs)]
    owners = {id(key.instance) for key in keys}
    if len(owners) == 1 and keys[0].instance is not None:
        keys[0].instance.group = tuple(dict.fromkeys(key.sort for key in keys))


def _group_outputs(query: ast.SelectStmt, scope: Scope, outputs: Outputs) -> list[Output]:
    if query.groupClause:
        if any(isinstance(item, ast.GroupingSet) for item in query.groupClause):
            return []
        return [_group_output(item, scope, outputs) for item in query.groupClause]
    if not query.distinctClause:
        return []
    on = [item for item in query.distinctClause if item is not None]
    return [_output_meant(item, outputs) or _as_output(item, scope) for item in on] or list(outputs.values())


def _group_output(item: ast.Node, scope: Scope, outputs: Outputs) -> Output:
    """In GROUP BY a bare name is first of all a column of FROM."""
    own = scope.resolve(item) if isinstance(item, ast.ColumnRef) else None
    return own or _output_meant(item, outputs) or Computed(item, scope)


def _limit(analysis: Analysis, query: ast.SelectStmt, scope: Scope) -> None:
    bind_value(analysis, query.limitCount, "limit")
    bind_value(analysis, query.limitOffset, "offset")
    for node in (query.limitCount, query.limitOffset):
        _visit_output(analysis, node, scope)
    limit, offset = _count(query.limitCount, scope), _count(query.limitOffset, scope)
    for instance in analysis.at(scope.level):
        instance.limit, instance.offset = limit, offset


def _count(node: ast.Node | None, scope: Scope) -> str | None:
    if node is None or (isinstance(node, ast.A_Const) and node.isnull):
        return None
    return expression_text(node, scope)


def _lock(analysis: Analysis, query: ast.SelectStmt, scope: Scope) -> None:
    for clause in query.lockingClause or ():
        names = {relation.relname for relation in clause.lockedRels or ()}
        for instance in analysis.at(scope.level):
            instance.locked = instance.locked or not names or instance.alias in names


def _insert(analysis: Analysis, query: ast.InsertStmt, scope: Scope, how: ReadAs) -> Outputs:
    target = _target(analysis, query.relation, scope, "insert")
    names = [column.name for column in query.cols or ()]
    names = names or [column.name for column in target.table.columns] if target.table else names
    source = query.selectStmt
    if source is not None:
        _bind_rows(analysis, source, target, names)
        read_query(analysis, source, Scope(scope.level, scope.parent, ctes=scope.ctes), ReadAs())
    if query.onConflictClause is not None:
        _on_conflict(analysis, query.onConflictClause, target, scope)
    _visit_output(analysis, query.returningClause, scope)
    return {}


def _bind_rows(analysis: Analysis, source: ast.SelectStmt, target: Instance, names: list[str]) -> None:
    rows = source.valuesLists or [tuple(item.val for item in source.targetList or ())]
    for row in rows:
        for name, value in zip(names, row, strict=False):
            bind_value(analysis, value, "insert", Ref(target, name))


def _on_conflict(analysis: Analysis, clause: ast.OnConflictClause, target: Instance, scope: Scope) -> None:
    scope.sources["excluded"] = Source({}, Instance("excluded", scope.level))
    scope.hidden.add("excluded")
    _assign(analysis, clause.targetList, target, scope)
    if clause.whereClause is not None:
        visit(analysis, clause.whereClause, scope)
        bind_condition(analysis, clause.whereClause, scope)


def _assign(analysis: Analysis, targets: Any, target: Instance, scope: Scope) -> None:
    assigned = [item for item in targets or () if item.name]
    target.assigned = tuple(dict.fromkeys([*target.assigned, *(item.name for item in assigned)]))
    for item in assigned:
        bind_value(analysis, item.val, "assign", Ref(target, item.name))
    _visit_output(analysis, tuple(item.val for item in assigned), scope)


def _target(analysis: Analysis, relation: ast.RangeVar, scope: Scope, action: str) -> Instance:
    name = analysis.catalog.resolve(relation.schemaname, relation.relname)
    table = analysis.catalog.tables.get(name) if name else None
    alias = relation.alias.aliasname if relation.alias else relation.relname
    instance = analysis.add(table, alias, scope.level, action)
    scope.sources[alias] = base_source(instance) if table else Source({}, instance)
    return instance


def _update(analysis: Analysis, query: ast.UpdateStmt, scope: Scope, how: ReadAs) -> Outputs:
    target = _target(analysis, query.relation, scope, "update")
    read_from(From(analysis, scope), query.fromClause, query.whereClause)
    _assign(analysis, query.targetList, target, scope)
    _visit_output(analysis, query.returningClause, scope)
    return {}


def _delete(analysis: Analysis, query: ast.DeleteStmt, scope: Scope, how: ReadAs) -> Outputs:
    _target(analysis, query.relation, scope, "delete")
    read_from(From(analysis, scope), query.usingClause, query.whereClause)
    _visit_output(analysis, query.returningClause, scope)
    return {}


def _merge(analysis: Analysis, query: ast.MergeStmt, scope: Scope, how: ReadAs) -> Outputs:
    """The condition finds the target's rows for each source row; it keeps no source row away."""
    target = _target(analysis, query.relation, scope, "update")
    read_from(From(analysis, scope), (query.sourceRelation,), None)
    place = Place(scope, lambda instance: instance is target, NOWHERE)
    add_conditions(analysis, query.joinCondition, place)
    visit(analysis, query.joinCondition, scope)
    bind_condition(analysis, query.joinCondition, scope)
    for clause in query.mergeWhenClauses or ():
        _visit_output(analysis, clause.condition, scope)
        if clause.commandType == enums.CmdType.CMD_UPDATE:
            _assign(analysis, clause.targetList, target, scope)
        elif clause.commandType == enums.CmdType.CMD_INSERT:
            _visit_output(analysis, clause.values, scope)
    _visit_output(analysis, query.returningClause, scope)
    return {}


_READERS: dict[type, Callable[[Analysis, Any, Scope, ReadAs], Outputs]] = {
    ast.SelectStmt: _select,
    ast.InsertStmt: _insert,
    ast.UpdateStmt: _update,
    ast.DeleteStmt: _delete,
    ast.MergeStmt: _merge,
}
