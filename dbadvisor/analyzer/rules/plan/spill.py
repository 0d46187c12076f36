"""PLN003: a statement writes temporary files because its memory is too small."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import PLAN, measured, target_of
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.plan import Node
from dbadvisor.model.workload import Statement

LEAST_BLOCKS = 64
"""Temporary blocks (0.5 MB) written a call below which the file lives and dies in the system's cache."""
LEAST_SHARE = 0.01
"""Share of all time from which a spill matters."""
MEMORY_FACTOR = 3
"""Memory for every byte spilled: in memory a row carries a header, an array entry of 24 bytes and the allocator's
rounding, which the file does not. Measured on PostgreSQL 18: 1.5 for a sort of 70-byte rows, 3.1 of 8-byte rows,
1.7 for a hash aggregation, 0.8 for a hash join (whose files hold both sides)."""
MOST_MEMORY_MB = 1_024
"""Megabytes of work_mem beyond which no advice is given: several such statements at once exhaust common machines."""
_SPILLING = {"Sort": "sort", "Incremental Sort": "sort", "Hash": "hash join", "Materialize": "materialize"}


@rule("PLN003", "spill", Severity.WARNING, needs=("statements",), since="0.1")
def spill(facts: Facts) -> Iterator[Finding]:
    """A sort, hash or aggregation spills to temporary files.

    ## Looks for

    Statements that write at least 64 temporary blocks (0.5 MB) a call and take at least 1 % of all time.

    ## Why it costs

    What does not fit work_mem is written to files and read again, sometimes in several passes, with system calls for
    every block, where memory would have been touched once.

    ## When to leave it

    Nightly reports on a server whose memory is needed elsewhere. work_mem holds for every sort and hash of every
    session at once: raise it for the transaction or the role of the statement, never for the whole server.

    ## Bad

    ```sql
    CREATE TABLE visit (id int PRIMARY KEY, page text NOT NULL, referrer text NOT NULL);
    INSERT INTO visit SELECT g, md5(g::text), md5((g % 977)::text) FROM generate_series(1, 60000) g;
    ANALYZE visit;
    -- workload
    SELECT id, page, referrer FROM visit ORDER BY referrer, page;
    ```

    ## Good

    ```sql
    CREATE TABLE visit (id int PRIMARY KEY, page text NOT NULL, referrer text NOT NULL);
    INSERT INTO visit SELECT g, md5(g::text), md5((g % 977)::text) FROM generate_series(1, 60000) g;
    ANALYZE visit;
    -- workload
    SELECT id, page, referrer FROM visit ORDER BY referrer, page LIMIT 20;
    ```
    """
    for statement in facts.statements:
        spilled = statement.temp_written_blocks / statement.calls if statement.calls else 0.0
        if spilled >= LEAST_BLOCKS and facts.share(statement) >= LEAST_SHARE:
            yield _finding(facts, statement, spilled)
    facts.examined(len(facts.statements), len(facts.statements), "statements")


def _finding(facts: Facts, statement: Statement, spilled: float) -> Finding:
    megabytes = _memory(facts, spilled)
    nodes = _nodes(facts, statement)
    what = " and ".join(nodes) or "sort or hash"
    fits = megabytes <= MOST_MEMORY_MB
    orders = "sort" in nodes and _one_table_orders(facts, statement)
    return Finding(
        rule="PLN003",
        severity=Severity.WARNING,
        target=target_of(statement),
        summary=f"A {what} spills {spilled * facts.snapshot.server.block_size / 1e6:,.1f} MB "
        "to temporary files in every call.",
        evidence=(
            *measured(statement, facts.share(statement)),
            Evidence("temporary blocks written", round(spilled, 1), "blocks/call", statement.source),
            Evidence("spilling nodes", what, "plan nodes", PLAN),
            Evidence("work_mem", facts.snapshot.setting("work_mem") or "unknown", "kB", "pg_settings"),
            Evidence("work_mem that would hold it", megabytes, "MB", f"temporary blocks × {MEMORY_FACTOR}"),
        ),
        statements=(statement.fingerprint,),
        action=f"Keep the {what} out of temporary files",
        advice=_advice(megabytes, fits=fits, orders=orders),
        caveats=("work_mem is taken by every sort and hash of every session that has the setting.",) if fits else (),
    )


def _memory(facts: Facts, spilled: float) -> int:
    """Megabytes of work_mem that would hold what a call spills, to the next power of two."""
    need = spilled * facts.snapshot.server.block_size * MEMORY_FACTOR / 2**20
    return 1 << max(2, int(need).bit_length())


def _nodes(facts: Facts, statement: Statement) -> tuple[str, ...]:
    words = (_word(node) for sampled in facts.plans(statement.fingerprint) for node in sampled.plan.nodes())
    return tuple(dict.fromkeys(word for word in words if word))


def _word(node: Node) -> str | None:
    if node.type == "Aggregate" and node.raw.get("Strategy") in ("Hashed", "Mixed"):
        return "hash aggregation"
    return _SPILLING.get(node.type)


def _one_table_orders(facts: Facts, statement: Statement) -> bool:
    """Whether the whole ORDER BY is on columns of one table, so that an index could deliver it."""
    shape = facts.shapes.get(statement.fingerprint)
    return shape is not None and any(use.level == 0 and use.sort and use.sort_complete for use in shape.uses)


def _advice(megabytes: int, *, fits: bool, orders: bool) -> str:
    index = "An index in the ORDER BY's order would need no sort at all. " if orders else ""
    if not fits:
        return f"{index}It would take more than {MOST_MEMORY_MB} MB of work_mem: reduce the rows or columns first."
    return (
        f"{index}Run it with SET LOCAL work_mem = '{megabytes}MB' in its transaction, "
        f"or ALTER ROLE … SET work_mem for the role that runs it."
    )
