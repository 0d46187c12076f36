"""What only the superuser may make for a schema from elsewhere: roles, foreign servers, operator classes, tablespaces.

Nothing of it holds an expression that could run, and every name is quoted. None of the roles can log in or has rights.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection, Cursor, sql

from dbadvisor.model.objects import ForeignOptions, OperatorClass
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow import ddl
from dbadvisor.planner.shadow.fence import OURS, OWNER, PLAN
from dbadvisor.servers.local import LocalServer


def stand_ins(admin: Connection, snapshot: Snapshot) -> frozenset[str]:
    """Makes roles under production's names where row security asks who plans; those that exist then.

    A name that this server uses for a role of its own is left out: nobody may act as that one.
    """
    if not any(table.row_security for table in snapshot.tables):
        return frozenset()
    wanted = {role.name: role for role in snapshot.roles}
    named = {name for policy in snapshot.policies for name in policy.roles}
    made = {name for name in sorted(wanted.keys() | named) if _made(admin, name)}
    for role in snapshot.roles:
        for granted in made.intersection(role.member_of):
            if role.name in made:
                with suppress(psycopg.errors.InvalidGrantOperation):  # in a circle, which no server would have let be
                    admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(granted), sql.Identifier(role.name)))
    return frozenset(made)


def _made(admin: Connection, name: str) -> bool:
    try:
        admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    except psycopg.Error:
        if admin.broken:
            raise
        return False
    admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(PLAN)))
    return True


_NOWHERE = "/nonexistent"
"""Where foreign servers are: planning asks none, and nothing else may."""

_SERVER_OPTIONS = ("fdw_startup_cost", "fdw_tuple_cost", "fetch_size")


def foreign_servers(admin: Connection, snapshot: Snapshot) -> list[str]:
    """Makes the servers of the foreign tables that can be planned here; what could not be made, with the reason."""
    servers = {
        table.foreign.server: table.foreign for table in snapshot.tables if table.foreign and ddl.is_foreign(table)
    }
    if not servers:
        return []
    refused = []
    try:
        admin.execute(f"CREATE EXTENSION postgres_fdw SCHEMA {OURS}")
        for name, foreign in servers.items():
            admin.execute(_server(name, foreign))
            admin.execute(
                sql.SQL("GRANT USAGE ON FOREIGN SERVER {} TO {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            )
    except psycopg.Error as error:
        if admin.broken:
            raise
        refused.append(f"foreign server: {server_words(error)}")
    return refused


def _server(name: str, foreign: ForeignOptions) -> sql.Composed:
    pairs = [option.partition("=") for option in foreign.server_options]
    options = [("host", _NOWHERE), *((key, value) for key, _, value in pairs if key in _SERVER_OPTIONS)]
    return sql.SQL("CREATE SERVER {} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(key), sql.Literal(value)) for key, value in options),
    )


_COSTS = ("seq_page_cost", "random_page_cost", "effective_io_concurrency", "maintenance_io_concurrency")


_COST = re.compile(r"\d{1,9}(\.\d{1,9})?\Z")


def tablespaces(server: LocalServer, admin: Connection, snapshot: Snapshot) -> list[str]:
    """Makes the tablespaces with costs of their own, within the data directory; what could not be made."""
    used = {table.tablespace for table in snapshot.tables} | {index.tablespace for index in snapshot.indexes}
    refused = []
    for number, space in enumerate(space for space in snapshot.tablespaces if space.name in used):
        pairs = [option.partition("=") for option in space.options]
        costs = [f"{name} = {value}" for name, _, value in pairs if name in _COSTS and _COST.match(value)]
        folder = server.data_dir / f"tablespace-{number}"
        folder.mkdir(mode=0o700)
        server.own(folder)
        statement = sql.SQL("CREATE TABLESPACE {} LOCATION {} WITH ({})").format(
            sql.Identifier(space.name), sql.Literal(str(folder)), sql.SQL(", ".join(costs))
        )
        try:
            admin.execute(statement)
        except psycopg.Error as error:
            if admin.broken:
                raise
            refused.append(f"tablespace {space.name}: {server_words(error)}")
    return refused


def operator_classes(admin: Connection, snapshot: Snapshot) -> list[str]:
    """Makes the users' operator classes over operators and functions that stand already; the others, with the reason.

    Only text that this server printed of objects it found goes into the statement.
    """
    refused = []
    for each in snapshot.operator_classes:
        try:
            admin.execute(_operator_class(admin, each))
        except (psycopg.Error, LookupError) as error:
            if admin.broken:
                raise
            words = server_words(error) if isinstance(error, psycopg.Error) else f"{error} is unknown here"
            refused.append(f"operator class {each.name}: {words}")
    return refused


def _operator_class(admin: Connection, each: OperatorClass) -> sql.Composed:
    type_ = _known(admin, "regtype", each.type)
    row = admin.execute("SELECT to_regtype(%s)::oid >= 16384", (each.type,)).fetchone()
    default = each.default and row is not None and row[0]  # of a built-in type it would change what we ask ourselves
    return sql.SQL("CREATE OPERATOR CLASS {} {} FOR TYPE {} USING {} AS {}").format(
        sql.Identifier(each.name.schema, each.name.name),
        sql.SQL("DEFAULT" if default else ""),
        type_,
        sql.Identifier(each.method),
        sql.SQL(", ").join(_members(admin, each)),
    )


def _members(admin: Connection, each: OperatorClass) -> Iterator[sql.Composable]:
    for strategy, operator, family in each.operators:
        member = sql.SQL("OPERATOR {} {}").format(sql.Literal(strategy), _known(admin, "regoperator", operator))
        if family:
            names = re.findall(r'"(?:[^"]|"")*"|[^."]+', family)
            parts = (name[1:-1].replace('""', '"') if name.startswith('"') else name for name in names)
            member += sql.SQL(" FOR ORDER BY {}").format(sql.Identifier(*parts))
        yield member
    for number, function in each.functions:
        if not (each.method in ("btree", "hash") and number == 1) and not _serves(admin, each, number, function):
            raise LookupError(f"function {function} of {each.type}")
        yield sql.SQL("FUNCTION {} {}").format(sql.Literal(number), _known(admin, "regprocedure", function))
    if each.key_type:
        if not _stores(admin, each):
            raise LookupError(f"{each.method} of {each.type} stored as {each.key_type}")
        yield sql.SQL("STORAGE {}").format(_known(admin, "regtype", each.key_type))


# Support functions take pointers, of which the server checks nothing: it believes the superuser. But what a built-in
# class or an extension's does with a type may be done with it again. Comparing and hashing (1) it checks itself.
_CLASSES = """
FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod JOIN pg_type t ON t.oid = to_regtype(%(type)s)
WHERE a.amname = %(method)s AND c.opcintype IN (t.oid, CASE
    WHEN t.typlen = -1 AND t.typelem <> 0 THEN 'anyarray'::regtype
    WHEN t.typtype = 'e' THEN 'anyenum'::regtype WHEN t.typtype = 'r' THEN 'anyrange'::regtype ELSE t.oid END)
  AND c.opckeytype IN (COALESCE(to_regtype(%(key_type)s::text)::oid, 0),
    CASE WHEN t.typelem = to_regtype(%(key_type)s::text) THEN 'anyelement'::regtype ELSE 0 END)
"""
_SERVES = f"""
SELECT EXISTS (SELECT {_CLASSES} AND EXISTS (
    SELECT FROM pg_amproc p WHERE p.amprocfamily = c.opcfamily AND p.amprocnum = %(number)s
      AND p.amproclefttype = c.opcintype AND p.amprocrighttype = c.opcintype
      AND p.amproc = to_regprocedure(%(function)s)))
"""
_STORES = f"SELECT EXISTS (SELECT {_CLASSES})"


def _serves(admin: Connection, each: OperatorClass, number: int, function: str) -> bool:
    """Whether a class that stands already uses the function for the same with the same type."""
    asked = {"method": each.method, "type": each.type, "key_type": each.key_type}
    return _true(admin.execute(_SERVES, {**asked, "number": number, "function": function}))


def _stores(admin: Connection, each: OperatorClass) -> bool:
    """Whether a class that stands already keeps the type as that other one."""
    return _true(admin.execute(_STORES, {"method": each.method, "type": each.type, "key_type": each.key_type}))


def _true(answer: Cursor[tuple[Any, ...]]) -> bool:
    row = answer.fetchone()
    return row is not None and bool(row[0])


def _known(admin: Connection, kind: str, text: str) -> sql.SQL:
    """The object as this server prints it. Raises LookupError where there is none."""
    row = admin.execute(f"SELECT to_{kind}(%s)::text", (text,)).fetchone()
    if row is None or row[0] is None:
        raise LookupError(text)
    return sql.SQL(row[0])
