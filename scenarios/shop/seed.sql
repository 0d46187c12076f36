SELECT setseed(0.42);

INSERT INTO categories SELECT i, 'Category ' || i FROM generate_series(1, 12) i;

INSERT INTO products
SELECT i, 1 + i % 12, 'Product ' || i, round((5 + random() * 200)::numeric, 2), random() < 0.9
FROM generate_series(1, :products) i;

INSERT INTO customers
SELECT i, 'Customer' || i || '@Example.com', 'Customer ' || i,
       (ARRAY['de', 'fr', 'us', 'gb', 'nl'])[1 + (i % 5)], timestamptz '2023-01-01' + i * interval '1 minute'
FROM generate_series(1, :customers) i;

INSERT INTO addresses
SELECT i, 1 + (i * 7919) % :customers, 'City ' || i % 300, 'Street ' || i
FROM generate_series(1, :customers * 2) i;

-- A few customers order a lot, most a little; ids and times grow together.
INSERT INTO orders
SELECT i, 1 + floor(:customers * power(random(), 3))::bigint,
       CASE WHEN i % 100 < 94 THEN 'done' WHEN i % 100 < 98 THEN 'paid' ELSE 'open' END,
       i % 100 < 92,
       timestamptz '2024-01-01' + i * (interval '730 days' / :orders),
       round((10 + random() * 500)::numeric, 2)
FROM generate_series(1, :orders) i;

-- Products from 3901 on were never sold: they can be deleted.
INSERT INTO order_items
SELECT i, 1 + (i * 48271::bigint) % :orders, 1 + floor(random() * 3900)::int, 1 + i % 4,
       round((5 + random() * 100)::numeric, 2)
FROM generate_series(1, :items) i;

INSERT INTO payments
SELECT i, i, o.total, o.placed_at + interval '1 hour', md5('payment' || i)
FROM generate_series(1, :orders) i JOIN orders o ON o.id = i WHERE o.status <> 'open';

INSERT INTO reviews
SELECT i, 1 + floor(3900 * power(random(), 2))::int, 1 + i % :customers, 1 + i % 5,
       CASE WHEN i % 997 = 0 THEN 'I asked for a refund twice. ' ELSE '' END
         || repeat(md5('review' || i) || ' ', 4),
       timestamptz '2024-01-01' + i * interval '10 minutes'
FROM generate_series(1, :reviews) i;

INSERT INTO sessions
SELECT i, md5('session' || i), 1 + i % :customers, timestamptz '2026-01-01' + i * interval '1 second'
FROM generate_series(1, :sessions) i;

INSERT INTO carts
SELECT i, 1 + i % :customers, 'kept', timestamptz '2025-06-01' + i * interval '1 minute'
FROM generate_series(1, :carts / 4) i;

VACUUM ANALYZE;

-- Carts were loaded after the last ANALYZE and nobody told the planner.
INSERT INTO carts
SELECT i, 1 + i % :customers, CASE WHEN i % 50 = 0 THEN 'checkout' ELSE 'kept' END, timestamptz '2025-07-01' + i * interval '1 minute'
FROM generate_series(:carts / 4 + 1, :carts) i;

-- What a cancelled CREATE INDEX CONCURRENTLY leaves behind.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'sessions_token_idx'::regclass;
