"""Every major version that is installed here is looked at and shadowed like the newest."""

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import NOTHING, WhatIf
from dbadvisor.planner.shadow import shadow
from dbadvisor.servers.installation import installations
from dbadvisor.servers.local import start

pytestmark = [pytest.mark.live, pytest.mark.heavy]

INSTALLED = {installation.major for installation in installations()}
ROWS = """
    CREATE TABLE visits (id bigint PRIMARY KEY, place int NOT NULL, note text);
    INSERT INTO visits SELECT i, i % 1000, md5(i::text) FROM generate_series(1, 50000) i;
"""
QUERY = "SELECT note FROM visits WHERE place = 5"


@pytest.mark.parametrize(
    "major",
    [pytest.param(m, marks=pytest.mark.skipif(m not in INSTALLED, reason="not installed")) for m in range(13, 19)],
)
def test_an_imagined_index_in_public_is_planned_like_a_built_one(major: int) -> None:
    """Before 15 the schema public belongs to the superuser, not to the database's owner."""
    with start(major, settings={"autovacuum": "off"}) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(ROWS)
            connection.execute("VACUUM ANALYZE visits")
        snapshot = collect(server.url())
        index = IndexDefinition(Name("public", "visits"), (IndexKey("place"),))
        with shadow(snapshot) as planner:
            assert not [caveat for caveat in planner.caveats if "instead of" in caveat]
            assert planner.dropped == ()
            (before,) = planner.explain([QUERY], NOTHING)
            (after,) = planner.explain([QUERY], WhatIf(create=frozenset({index})))
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(index.create_sql("visits_place_idx"))
            real = connection.execute("EXPLAIN (FORMAT JSON) " + QUERY).fetchone()
    assert isinstance(before, Plan)
    assert isinstance(after, Plan)
    assert real is not None
    assert [node.type for node in after.nodes()] == ["Bitmap Heap Scan", "Bitmap Index Scan"]
    assert after.cost == pytest.approx(real[0][0]["Plan"]["Total Cost"], rel=0.02)
    assert after.cost < before.cost
