-- Replay a stream.
-- calls: 80
-- stream: 3 812 5000 11999
SELECT version, kind, payload FROM events WHERE stream_id = :stream ORDER BY version;

-- From a version on.
-- calls: 40
-- stream: 17 4100 9000
SELECT version, payload FROM events WHERE stream_id = :stream AND version > 10 ORDER BY version;

-- The outbox poll: only the newest few are unpublished.
-- calls: 100
SELECT id, topic, body FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 20;

-- calls: 40
-- stream: 3 812 5000
SELECT state, version FROM snapshots WHERE stream_id = :stream ORDER BY version DESC LIMIT 1;

-- A time window: pruning to one partition, and the BRIN index, do it.
-- calls: 10
-- day: 2025-01-15 2025-03-20
SELECT count(*) FROM events WHERE occurred_at >= timestamptz ':day 00:00:00+00' AND occurred_at < timestamptz ':day 12:00:00+00';

-- A monthly report that sorts a whole partition.
-- calls: 3
SELECT actor_id, kind, payload ->> 'note' AS note, occurred_at FROM events
WHERE occurred_at >= timestamptz '2025-02-01 00:00:00+00' AND occurred_at < timestamptz '2025-03-01 00:00:00+00'
ORDER BY payload ->> 'note', actor_id;

-- calls: 60
-- id: 1..20/1
SELECT position FROM projections WHERE id = :id;

-- calls: 20
-- id: 1..20/1
UPDATE projections SET position = position + 100 WHERE id = :id;

-- calls: 2
SELECT kind, count(*) FROM events GROUP BY kind;
