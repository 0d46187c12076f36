-- Newest open tickets of a tenant: the busy one and the quiet ones.
-- calls: 60
-- tenant: 1 5 77 140 199
SELECT id, subject, created_at FROM tickets WHERE tenant_id = :tenant AND state = 'open' ORDER BY created_at DESC LIMIT 25;

-- Live users of a tenant.
-- calls: 60
-- tenant: 1 9 311 1500
SELECT count(*) FROM users WHERE tenant_id = :tenant AND deleted_at IS NULL;

-- calls: 80
-- n: 12 1002 4002 50002
SELECT id, settings FROM users WHERE tenant_id = 1 AND email = 'user:n@example.org';

-- The queue: a rare state.
-- calls: 60
SELECT id, kind, payload FROM jobs WHERE state = 'pending' ORDER BY run_at LIMIT 10;

-- Who uses the contrast theme?
-- calls: 10
SELECT id, email FROM users WHERE settings @> '{"theme": "contrast"}';

-- Tickets of an assignee.
-- calls: 60
-- user: 5 812 44100
SELECT id, subject, state FROM tickets WHERE assignee_id = :user;

-- How many tickets lately: served by the narrow index alone.
-- calls: 12
SELECT count(*) FROM tickets WHERE created_at > timestamptz '2025-03-01';

-- calls: 6
SELECT created_at, subject, id FROM tickets WHERE created_at > timestamptz '2025-11-20' ORDER BY created_at, subject, id LIMIT 100;

-- Heartbeats: the indexed column changes with every one.
-- calls: 30
-- first: 1..29001/1000
UPDATE devices SET last_seen = timestamptz '2026-02-01' + :first * interval '1 second' WHERE id BETWEEN :first AND :first + 999;

-- calls: 60
-- serial: 17 204 31000
SELECT id, status, last_seen FROM devices WHERE serial = md5('device:serial');

-- calls: 40
-- tenant: 3 88 1700
SELECT action, at FROM audit_log WHERE tenant_id = :tenant AND at > timestamptz '2025-02-01' ORDER BY at DESC LIMIT 50;

-- Three of four rows: no index.
-- calls: 3
SELECT count(*) FROM jobs WHERE kind <> 'kind0';

-- calls: 3
SELECT action, count(*) FROM audit_log GROUP BY action;
