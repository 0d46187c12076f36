"""Why an index cannot serve, on a real server: PostgreSQL's own texts of plans, indexes and collations."""

from pathlib import Path

import pytest
from pages import Bench, Example

from dbadvisor.analyzer.registry import find_rule
from dbadvisor.servers.local import LocalServer

SETUP = """
CREATE TABLE book (
    id int PRIMARY KEY, shelf int NOT NULL, title text COLLATE "C.utf8" NOT NULL, code bigint NOT NULL,
    lent_to int, signed boolean NOT NULL, note text NOT NULL
);
INSERT INTO book SELECT g, g % 400, 'Title ' || g * 7919 % 30011, g, nullif(g % 50, 0), g % 2 = 0, repeat('x', 90)
    FROM generate_series(1, 30000) g;
CREATE INDEX book_title ON book (title);
CREATE INDEX book_code ON book (code);
CREATE INDEX book_lent ON book (lent_to) WHERE signed;
CREATE INDEX book_note_shelf ON book (note, id, shelf);
VACUUM ANALYZE book;
"""
KINDS = {
    "book_title (operator class)": "SELECT id FROM book WHERE title LIKE 'Title 77%';",
    "book_title (collation)": 'SELECT id FROM book ORDER BY title COLLATE "C" LIMIT 5;',
    "book_code (value type)": "SELECT id FROM book WHERE code = 77.0;",
    "book_lent (predicate)": "SELECT id FROM book WHERE lent_to IS NULL;",
    "book_note_shelf (column order)": "SELECT note FROM book WHERE shelf = 17;",
}
UNCURED = "book_code (value type)"
"""No index helps: the application has to bind another type."""


@pytest.mark.live
def test_the_reasons_are_told_and_their_cures_work(server: LocalServer, tmp_path: Path) -> None:
    rule = find_rule("IDX002")
    assert rule is not None
    bench = Bench(server, tmp_path)
    workload = "\n".join(KINDS.values())
    found = bench.findings(rule, Example(SETUP, workload))
    assert {finding.target for finding in found} == {f"public.{target}" for target in KINDS}
    proposed = tuple(change.sql for finding in found for change in finding.proposals)
    left = bench.findings(rule, Example(SETUP, workload), proposed)
    assert [finding.target for finding in left] == [f"public.{UNCURED}"]
