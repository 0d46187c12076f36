CREATE EXTENSION pg_stat_statements;
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(200), born date);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint, status text, total numeric, quantity int, at timestamptz, paid_at timestamp,
    note varchar(80), paid boolean, tags text[], data jsonb, uid uuid, country char(2), words tsvector
);
INSERT INTO customers SELECT g, 'User' || g || '@example.org', date '1970-01-01' + g FROM generate_series(1, 500) g;
INSERT INTO orders
SELECT g, g * g % 500, (ARRAY['new', 'paid', 'sent', 'sent'])[1 + g % 4], g % 1000, g % 9,
    timestamptz '2025-01-01' + g * interval '5 minutes', timestamp '2025-01-01' + g * interval '5 minutes', 'Note ' || g,
    g % 2 = 0, ARRAY['t' || g % 7], jsonb_build_object('k', g % 5), gen_random_uuid(), (ARRAY['de', 'fr'])[1 + g % 2],
    to_tsvector('english', 'word ' || g)
FROM generate_series(1, 5000) g;
ANALYZE customers, orders;
