SELECT setseed(0.17);

INSERT INTO tenants SELECT i, 'Tenant ' || i, CASE WHEN i % 50 = 0 THEN 'pro' ELSE 'free' END FROM generate_series(1, :tenants) i;

-- Tenant 1 owns half of everything.
INSERT INTO users
SELECT i, CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + (i * 7919) % (:tenants - 1) END, 'user' || i || '@example.org',
       jsonb_build_object('theme', CASE WHEN i % 2000 = 0 THEN 'contrast' ELSE 'light' END, 'page', i % 7, 'beta', i % 100 = 0),
       CASE WHEN i % 10 < 8 THEN timestamptz '2025-01-01' + i * interval '1 minute' END,
       timestamptz '2024-01-01' + i * interval '3 minutes'
FROM generate_series(1, :users) i;

INSERT INTO tickets
SELECT i, CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + (i * 104729::bigint) % 199 END, 1 + (i * 31) % :users,
       CASE WHEN i % 200 = 0 THEN 'escalated' WHEN i % 10 = 0 THEN 'open' ELSE 'closed' END, 1 + i % 3,
       md5('ticket' || i) || md5('subject' || i), repeat(md5('body' || i), 6),
       timestamptz '2024-01-01' + i * interval '5 minutes',
       CASE WHEN i % 10 <> 0 THEN timestamptz '2024-01-02' + i * interval '5 minutes' END
FROM generate_series(1, :tickets) i;

INSERT INTO devices
SELECT i, CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + i % (:tenants - 1) END, md5('device' || i), 'up', timestamptz '2026-01-01'
FROM generate_series(1, :devices) i;

INSERT INTO jobs
SELECT i, 1 + i % :tenants, 'kind' || i % 5,
       CASE WHEN i % 600 = 0 THEN 'pending' WHEN i % 300 = 0 THEN 'failed' ELSE 'done' END,
       timestamptz '2025-01-01' + i * interval '1 minute', jsonb_build_object('n', i)
FROM generate_series(1, :jobs) i;

INSERT INTO audit_log
SELECT i, CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + i % (:tenants - 1) END, 'action' || i % 4, timestamptz '2025-01-01' + i * interval '1 minute'
FROM generate_series(1, :jobs) i;

VACUUM ANALYZE;
