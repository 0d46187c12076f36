"""PLN004: compiling a statement takes longer than it saves."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import PLAN, measured
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import SetParameter
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import quote
from dbadvisor.model.workload import Statement

JIT_SHARE = 0.25
"""Share of a statement's time spent compiling from which compiling can hardly pay."""
LEAST_MS = 5.0
"""Milliseconds of compiling a call below which nobody waits for it."""
ANALYTIC_MS = 1_000.0
"""Mean time a call from which a statement that compiles cheaply may owe its speed to it."""
COUNTED_SINCE = (1, 10)
"""The version of pg_stat_statements that first counts compiling (it came with PostgreSQL 15)."""


@rule("PLN004", "jit-overhead", Severity.WARNING, needs=("statements",), since="0.1")
def jit_overhead(facts: Facts) -> Iterator[Finding]:
    """Just-in-time compilation takes a large part of a statement's time.

    ## Looks for

    Statements that spend at least 25 % of their time and at least 5 ms a call on generating, inlining, optimizing and
    emitting machine code, by pg_stat_statements 1.10 and later.

    ## Why it costs

    The server compiles when the plan's *estimated* cost passes jit_above_cost (100,000). The estimate grows with every
    misjudged join and every partition, while the compiling itself costs tens to hundreds of milliseconds a call and is
    thrown away afterwards.

    ## When to leave it

    Where long analytic statements run in the same database, compiling may be what makes them fast: then the setting
    belongs to the role or the transaction of the statements that suffer.

    ## Bad

    ```sql
    CREATE TABLE reading (id int PRIMARY KEY, level int NOT NULL, place text NOT NULL);
    INSERT INTO reading SELECT g, g % 100, 'p' || g % 7 FROM generate_series(1, 20000) g;
    ANALYZE reading;
    -- workload
    SELECT * FROM (SELECT a.id, b.place FROM reading a JOIN reading b ON a.level < b.level AND a.place <> b.place
                   ORDER BY a.place DESC, b.id) AS pairs LIMIT 0;
    ```

    ## Good

    ```sql
    CREATE TABLE reading (id int PRIMARY KEY, level int NOT NULL, place text NOT NULL);
    INSERT INTO reading SELECT g, g % 100, 'p' || g % 7 FROM generate_series(1, 20000) g;
    ANALYZE reading;
    -- workload
    SELECT place FROM reading WHERE id = 17;
    ```
    """
    if not _counted(facts):
        facts.examined(0, len(facts.statements), "statements", "compiling is counted from pg_stat_statements 1.10 on")
        return
    facts.examined(len(facts.statements), len(facts.statements), "statements")
    suffering = [statement for statement in facts.statements if _suffers(statement)]
    if suffering and facts.snapshot.setting("jit") != "off":
        yield _finding(facts, sorted(suffering, key=lambda statement: -statement.jit_ms))


def _counted(facts: Facts) -> bool:
    version = next((e.version for e in facts.snapshot.extensions if e.name == "pg_stat_statements"), None)
    return version is not None and tuple(int(part) for part in version.split(".")) >= COUNTED_SINCE


def _suffers(statement: Statement) -> bool:
    return (
        statement.calls > 0
        and statement.jit_ms >= JIT_SHARE * statement.total_ms
        and statement.jit_ms >= LEAST_MS * statement.calls
    )


def _profits(statement: Statement) -> bool:
    return 0 < statement.jit_ms < JIT_SHARE * statement.total_ms and statement.mean_ms >= ANALYTIC_MS


def _finding(facts: Facts, suffering: list[Statement]) -> Finding:
    worst = suffering[0]
    compiling = min(worst.jit_ms / worst.calls, worst.mean_ms)  # the counters' clocks do not agree to the last digit
    analytic = [statement for statement in facts.statements if _profits(statement)]
    return Finding(
        rule="PLN004",
        severity=Severity.WARNING,
        target=f"database {facts.snapshot.server.database}",
        summary=(
            f"{len(suffering)} statement(s) spend a quarter of their time or more on JIT compilation; the worst "
            f"{compiling:,.0f} of {worst.mean_ms:,.0f} ms a call."
        ),
        evidence=(
            *measured(worst, facts.share(worst)),
            Evidence("compiling", round(compiling, 1), "ms/call", worst.source),
            Evidence("compiling's share", round(100 * compiling / worst.mean_ms), "%", worst.source),
            Evidence("planned cost", round(_cost(facts, worst)), "cost units", PLAN),
        ),
        statements=tuple(statement.fingerprint for statement in suffering),
        action="Turn JIT off where it does not pay",
        proposals=() if analytic else (_jit_off(facts),),
        advice="SET LOCAL jit = off in the transactions, or ALTER ROLE … SET jit = off, of the statements that suffer."
        if analytic
        else None,
        caveats=(
            f"{len(analytic)} long statement(s) compile at little cost and may profit from it."
            if analytic
            else "Holds for new sessions of this database.",
            "A better plan of the statement may fall below jit_above_cost, and compiling ends with it.",
        ),
    )


def _cost(facts: Facts, statement: Statement) -> float:
    return max((sampled.plan.cost for sampled in facts.plans(statement.fingerprint)), default=0.0)


def _jit_off(facts: Facts) -> SetParameter:
    return SetParameter("jit", "off", f"DATABASE {quote(facts.snapshot.server.database)}")
