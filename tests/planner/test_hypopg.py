"""The second door: HypoPG on the analysed server itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from comparing import planned

from dbadvisor.collector.collect import collect
from dbadvisor.errors import DbadvisorError, RefusedForSafety, UsageError
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Extension, Server, Snapshot
from dbadvisor.model.whatif import PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.hypopg import HypoPGPlanner, hypopg
from dbadvisor.servers import local
from dbadvisor.servers.installation import installations

PLAIN = Snapshot(
    taken_at="2026-01-01T00:00:00",
    server=Server(180000, "18", "shop"),
    extensions=(Extension("hypopg", "public", "1.4.0"),),
)

UNSAFE = (
    (Path("shop.dbsnap"), PLAIN, UsageError, "not on a file"),
    ("host=nowhere", replace(PLAIN, extensions=()), UsageError, "not created"),
    ("host=nowhere", replace(PLAIN, server=replace(PLAIN.server, pooled=True)), RefusedForSafety, "pooler"),
    (
        "host=nowhere",
        replace(PLAIN, server=replace(PLAIN.server, powers=("superuser",))),
        RefusedForSafety,
        "superuser",
    ),
)


@pytest.mark.parametrize(("target", "snapshot", "error", "words"), UNSAFE)
def test_it_refuses_where_it_would_do_harm(
    target: str | Path, snapshot: Snapshot, error: type[DbadvisorError], words: str
) -> None:
    with pytest.raises(error, match=words), hypopg(target, snapshot):
        pass


CODE = IndexDefinition(Name("public", "t"), (IndexKey("code"),))


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Iterator[HypoPGPlanner]:
    """On any local server that has HypoPG."""
    for installation in installations():
        monkeypatch.setattr(local, "find", lambda _, chosen=installation: chosen)
        with local.start() as server, psycopg.connect(server.url(), autocommit=True) as connection:
            available = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'hypopg'").fetchone()
            if available is None:
                continue
            connection.execute("CREATE EXTENSION hypopg; CREATE TABLE t (id int PRIMARY KEY, code int, body jsonb)")
            connection.execute("INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i; ANALYZE t")
            with hypopg(server.url(), collect(server.url()), allow_powerful_role=True) as planner:
                yield planner
            return
    pytest.skip("no local server has HypoPG")


@pytest.mark.heavy
def test_imagined_indexes_bear_our_names_and_leave_no_trace(planner: HypoPGPlanner) -> None:
    query, generic = "SELECT * FROM t WHERE code = 5", "SELECT * FROM t WHERE code = $1"

    with_index = planner.explain([query, generic, "SELECT nonsense"], WhatIf(frozenset([CODE])))
    without = planner.explain([query, generic])

    assert [planned(answer).indexes for answer in with_index[:2]] == [{"t_code_idx"}] * 2
    assert isinstance(with_index[2], Unplanned)
    assert [planned(answer).indexes for answer in without] == [frozenset()] * 2
    assert planner.index_bytes(CODE) > 300_000
    assert planner.calls == 5


@pytest.mark.heavy
def test_what_it_cannot_imagine_is_refused(planner: HypoPGPlanner) -> None:
    gin = IndexDefinition(Name("public", "t"), (IndexKey("body"),), method="gin")
    with pytest.raises(PlannerRefused, match="gin"):
        planner.explain(["SELECT 1"], WhatIf(frozenset([gin])))
    assert planned(planner.explain(["SELECT * FROM t WHERE code = 5"])[0]).indexes == frozenset()
