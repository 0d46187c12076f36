"""The collector's questions as a script that a DBA reads, runs through psql and sends the answers of.

The texts are those of `queries/`; what a live look decides from answers, psql decides here: `\\if` chooses a
question's form by the server's and the extension's version, `\\gset` keeps what later questions are asked for.
Each question has a transaction of its own with a live look's pins, so that one that fails ends alone. Its rows
are printed as JSON, a line each, between a line that names the question and one with its SQLSTATE.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache

from dbadvisor import __version__
from dbadvisor.collector.answers import BIGGEST
from dbadvisor.collector.collect import BATCH, UNLOCKED
from dbadvisor.collector.queries import MARK, Query, all_queries
from dbadvisor.collector.session import BEGIN, PIN, PINNED, ROLLBACK, STATEMENT_TIMEOUT_MS
from dbadvisor.collector.statements import BY_CALLS, BY_TIME, TEXT_TIMEOUT_MS

_LOCKED, _QUERYIDS = ":'locked'", ":'queryids'"
_PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(UNLOCKED, (_LOCKED,)),
    "statistics": (str(BIGGEST),),
    "statistic_rows": (str(BIGGEST),),
    "statements": (str(BY_TIME), str(BY_CALLS)),
    "texts": (_QUERYIDS,),
}
"""What stands for `$n` of each question that has parameters."""
_FIRST = ("server", "extensions", "powers", "locked")
_BY_PRIVILEGE = ("statistic_rows", "statistics")
_LAST = ("statements_window", "statements", "texts")
_TIMEOUTS = {"texts": TEXT_TIMEOUT_MS}

_PREPARE = r"""\set QUIET on
\set AUTOCOMMIT on
\set ON_ERROR_STOP off
\pset format unaligned
\pset tuples_only on"""
_HEAD = f"""\
-- What dbadvisor {__version__} asks a PostgreSQL server, to be read and run by hand (psql 11 or later):
--
--   psql -XAtq -f look.sql -d shop > answers.jsonl
--   dbadvisor snapshot answers.jsonl -o shop.dbsnap
--
-- Every transaction is READ ONLY, begins with pins that end with it (lock_timeout {PINNED["lock_timeout"]} ms,
-- statement_timeout {STATEMENT_TIMEOUT_MS // 1000} s) and is rolled back. A question that is refused is skipped.
-- The answers hold column statistics and statements' texts, and so values from the tables.
"""
_VERSION = "array(select v[1]::int from regexp_matches(e.extversion, '\\d+', 'g') v)"


@cache
def script() -> str:
    """The whole script, the same text for the same dbadvisor."""
    body = "\n".join(_body())
    named = json.dumps({"dbadvisor": "script", "version": __version__, "script": digest()})
    return f"{_HEAD}\n{body.replace(_TITLE, named[:-1])}\n"


@cache
def digest() -> str:
    """By which answers are known to be those to this script, and not to another version's."""
    return hashlib.sha256("\n".join(_body()).encode()).hexdigest()[:16]


def left_out() -> frozenset[str]:
    """Questions that the script cannot ask, as nothing tells it what for: each is a gap of the snapshot."""
    return frozenset(query.name for query in all_queries() if query.name != "sizes" and not _can_ask(query))


def _can_ask(query: Query) -> bool:
    wanted = {int(number) for number in re.findall(r"\$(\d+)", query.sql)}
    placeholders = set(re.findall(r"\{[a-z_]+\}", query.sql))
    return wanted == set(range(1, len(_PARAMETERS.get(query.name, ())) + 1)) and placeholders <= {"{schema}"}


_TITLE = "@title@"


def _body() -> list[str]:
    names = dict.fromkeys(query.name for query in all_queries())
    special = {*_FIRST, *_BY_PRIVILEGE, *_LAST, "sizes"}
    others = [name for name in names if name not in special | left_out()]
    return [
        *_opening(),
        *(line for name in (*_FIRST, *others) for line in _question(name)),
        *(r"\if :reads_statistics", *_question("statistic_rows"), r"\else", *_question("statistics"), r"\endif"),
        *_sizes(),
        *(line for name in _LAST for line in _question(name)),
        *_ending(),
    ]


def _opening() -> list[str]:
    products: dict[str, list[Query]] = {}
    for query in all_queries():
        products.setdefault(query.product, []).append(query)
    flags = {_flag(query): _fits(query) for queries in products.values() for query in queries}
    schemas = {
        f"{product}_schema": "(select quote_ident(n.nspname) from pg_extension e "
        f"join pg_namespace n on n.oid = e.extnamespace where e.extname = '{product}')"
        for product in products
        if product != "postgres"
    }
    taken = {
        "taken_at": """to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')""",
        "started": "extract(epoch from clock_timestamp())",
    }
    columns = (f"  {value} as {name}" for name, value in {**flags, **schemas, **taken}.items())
    return [
        _PREPARE,
        *(f"\\set {name} off" for name in (*flags, "reads_statistics")),
        *(f"\\set {name} '{{}}'" for name in ("locked", "queryids", "biggest")),
        *(f"\\set {name} 0" for name in ("started", "milliseconds")),
        *(f"\\set pins_{timeout} '{_pins(timeout)}'" for timeout in (STATEMENT_TIMEOUT_MS, *_TIMEOUTS.values())),
        "",
        *_transaction([f"select {MARK} */", ",\n".join(columns), r"\gset"]),
        f"\\echo '{_TITLE}, \"taken_at\":' :\"taken_at\" '}}'",
    ]


def _pins(timeout_ms: int) -> str:
    # psql's output follows the setting, so the answers are UTF-8 whatever the database is in
    return json.dumps({**PINNED, "client_encoding": "UTF8", "statement_timeout": str(timeout_ms)})


def _flag(query: Query) -> str:
    return "_".join((query.product, *map(str, query.since)))


def _fits(query: Query) -> str:
    if query.product == "postgres":
        return f"current_setting('server_version_num')::int / 10000 >= {query.since[0]}"
    since = ",".join(map(str, query.since))
    return (
        f"exists (select from pg_extension e where e.extname = '{query.product}' "
        f"and {_VERSION} >= '{{{since}}}'::int[])"
    )


def _transaction(lines: Iterable[str], timeout_ms: int = STATEMENT_TIMEOUT_MS) -> list[str]:
    pin = PIN.replace("$1", f":'pins_{timeout_ms}'")
    pins = f"with pins as materialized ({pin}) select pg_catalog.count(*) as pinned from pins \\gset"
    return [f"{BEGIN};", pins, *lines, f"{ROLLBACK};", ""]


def _question(name: str) -> list[str]:
    """The question in the form that the versions ask for; nothing where none fits."""
    forms = [query for query in all_queries() if query.name == name]
    return _chosen([(query, _asked(query, _PARAMETERS.get(name, ()))) for query in forms])


def _chosen(forms: list[tuple[Query, list[str]]]) -> list[str]:
    lines: list[str] = []
    for query, asked in reversed(forms):
        lines += [f"\\{'elif' if lines else 'if'} :{_flag(query)}", *asked]
    return [*lines, r"\endif"]


def _asked(query: Query, parameters: tuple[str, ...]) -> list[str]:
    text = _text(query, parameters)
    title = json.dumps({"dbadvisor": "asks", "question": query.name})
    lines = [
        f"\\echo '{title}'",
        f"select {MARK} */ row_to_json(answer) from (\n{text}\n) answer;",
        '\\echo \'{"dbadvisor": "answered", "sqlstate":\' :"SQLSTATE" \'}\'',
        *_kept(query.name, text),
    ]
    return [f"-- {query.asks}", *_transaction(lines, _TIMEOUTS.get(query.name, STATEMENT_TIMEOUT_MS))]


def _text(query: Query, parameters: tuple[str, ...]) -> str:
    text = query.within(f":{query.product}_schema").sql
    for number, value in enumerate(parameters, 1):
        text = text.replace(f"${number}", value)
    return text


def _kept(name: str, text: str) -> list[str]:
    """What other questions need of this one's answer."""
    kept = {
        "powers": "select {mark} */ p.reads_statistics from ({text}) p \\gset",
        "locked": "select {mark} */ coalesce(array_agg(l.oid), '{{}}')::text as locked from ({text}) l \\gset",
        "statements": "select {mark} */ coalesce(array_agg(distinct s.queryid) filter (where s.queryid is not null), "
        "'{{}}')::text as queryids from ({text}) s \\gset",
    }
    return [kept[name].format(mark=MARK, text=text)] if name in kept else []


def _sizes() -> list[str]:
    """The sizes of the biggest tables and indexes, found by the questions about them, in batches as a live look's."""
    (tables,) = (query for query in all_queries() if query.name == "tables")
    (sizes,) = (query for query in all_queries() if query.name == "sizes")
    indexes = [query for query in all_queries() if query.name == "indexes"]
    chosen = _chosen([(query, _transaction([_biggest(tables, query)])) for query in indexes])
    batches = (f"(:'biggest'::bigint[])[{first + 1}:{first + BATCH}]" for first in range(0, BIGGEST, BATCH))
    return [*chosen, *(line for batch in batches for line in _asked(sizes, (batch,)))]


def _biggest(tables: Query, indexes: Query) -> str:
    return f"""\
select {MARK} */ coalesce(array_agg(b.oid), '{{}}')::text as biggest from (
select s.oid from (
select t.oid, t.pages, t.oid as table_oid from (
{_text(tables, (_LOCKED,))}
) t where t.kind in ('r', 'm')
union all select i.oid, i.pages, i.table_oid from (
{_text(indexes, (_LOCKED,))}
) i
) s where s.oid <> all ({_LOCKED}::oid[]) and s.table_oid <> all ({_LOCKED}::oid[])
order by s.pages desc limit {BIGGEST}
) b \\gset"""


def _ending() -> list[str]:
    spent = "extract(epoch from clock_timestamp()) - :'started'::numeric"
    return [
        *_transaction([f"select {MARK} */ round(1000 * ({spent})::numeric, 1) as milliseconds \\gset"]),
        f"\\echo '{json.dumps({'dbadvisor': 'end'})[:-1]}, \"milliseconds\":' :milliseconds '}}'",
    ]
