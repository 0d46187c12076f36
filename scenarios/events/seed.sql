SELECT setseed(0.7);

INSERT INTO events
SELECT i, 1 + (i * 48271::bigint) % :streams, 1 + i / :streams, 'kind' || i % 6, 1 + (i * 31) % 500,
       jsonb_build_object('n', i, 'note', md5('event' || i), 'more', repeat(md5('more' || i), 3)),
       timestamptz '2025-01-01 00:00:00+00' + i * (interval '119 days' / :events)
FROM generate_series(1, :events) i;

INSERT INTO outbox
SELECT i, i, 'topic' || i % 4, repeat(md5('outbox' || i), 5),
       CASE WHEN i <= :outbox - 60 THEN timestamptz '2025-01-01' + i * interval '1 minute' END
FROM generate_series(1, :outbox) i;

INSERT INTO snapshots
SELECT 1 + i % :streams, 1 + i / :streams, jsonb_build_object('v', md5('state' || i)), timestamptz '2025-02-01' + i * interval '1 minute'
FROM generate_series(1, :snapshots) i;

INSERT INTO projections SELECT i, 'projection ' || i, i * 1000 FROM generate_series(1, 20) i;

VACUUM ANALYZE;
