"""The shadow of a large schema is kept for the next run: the same plans, and never one of another database."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from comparing import Values, planned, values

from dbadvisor.collector.collect import collect
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.snapshot import Snapshot, TableActivity
from dbadvisor.model.whatif import AssumedStatistics, WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, kept, shadow

pytestmark = pytest.mark.live

ASKED = ("SELECT * FROM t WHERE lower(v) = '5'", "SELECT id FROM t WHERE id > 9990", "SELECT count(*) FROM t")


@pytest.fixture
def seen(database: str, kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """The snapshot of a small schema, where every schema counts as large."""
    monkeypatch.setattr(kept, "LEAST_RELATIONS", 1)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, v text);"
            "CREATE INDEX t_lower ON t (lower(v));"
            "INSERT INTO t SELECT i, i % 100 FROM generate_series(1, 10000) i; ANALYZE t"
        )
    return collect(database)


def ask(planner: ShadowPlanner, whatif: WhatIf | None = None) -> list[Values]:
    return [values(planned(answer)) for answer in planner.explain(ASKED, whatif or WhatIf())]


def imagined(seen: Snapshot) -> WhatIf:
    table = seen.tables[0].name
    return WhatIf(
        create=frozenset(
            [
                IndexDefinition(table, (IndexKey("v"), IndexKey("id"))),
                IndexDefinition(table, (IndexKey("v"),), method="hash"),
                IndexDefinition(table, (IndexKey("id"),), method="brin"),
                IndexDefinition(table, (IndexKey("v"),), method="spgist"),
            ]
        ),
        statistics=frozenset([AssumedStatistics(table, combinations=((("id", "v"), 10_000.0),))]),
    )


def test_it_plans_as_when_it_was_built(seen: Snapshot) -> None:
    answers = []
    for reused in (False, True, True):
        with shadow(seen) as planner:
            assert planner._shadow.server.reused == reused
            answers.append((ask(planner), ask(planner, imagined(seen)), ask(planner), planner.caveats, planner.dropped))
    assert answers[0] == answers[1] == answers[2]


def test_another_statistic_is_another_shadow(seen: Snapshot) -> None:
    with shadow(seen) as planner:
        before = ask(planner)
    (table,) = seen.tables
    column = table.columns[1]
    assert column.statistics
    fewer = replace(column, statistics=replace(column.statistics, n_distinct=-0.5, most_common_vals=None))
    other = replace(seen, tables=(replace(table, columns=(table.columns[0], fewer)),))
    with shadow(other) as planner:
        assert not planner._shadow.server.reused
    with shadow(replace(seen, tables=(replace(table, blocks=table.size_blocks * 2),))) as planner:
        assert not planner._shadow.server.reused
        assert ask(planner) != before


def test_what_planning_does_not_read_may_differ(seen: Snapshot) -> None:
    with shadow(seen):
        pass
    (table,) = seen.tables
    later = replace(
        seen, taken_at="later", tables=(replace(table, activity=TableActivity(seq_scans=7)),), statements=()
    )
    with shadow(later) as planner:
        assert planner._shadow.server.reused


def test_nothing_is_kept_of_a_small_schema_or_when_told_not_to_or_after_a_failure(
    seen: Snapshot, kept_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shadow(seen, keep=False):
        pass
    with pytest.raises(KeyError), shadow(seen):
        raise KeyError
    monkeypatch.undo()
    assert kept.key(seen) is None
    assert list(kept_home.glob("prepared/filled-*")) == []
    assert list(kept_home.glob("dbadvisor-*")) == []


def test_what_does_not_open_is_built_anew(seen: Snapshot, kept_home: Path) -> None:
    for damage in ("shadow.json", "global/pg_control"):
        with shadow(seen) as planner:
            before = ask(planner)
        (data,) = kept_home.glob("prepared/filled-*")
        (data / damage).write_bytes(b"{}")
        with shadow(seen) as planner:
            assert not planner._shadow.server.reused
            assert ask(planner) == before
