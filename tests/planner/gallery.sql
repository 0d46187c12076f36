-- One relation or index of every kind that planning treats in its own way, with skew, correlation and NULLs.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION pageinspect;
CREATE SCHEMA "Odd Names";
CREATE TYPE mood AS ENUM ('sad', 'fine', 'happy');
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
CREATE DOMAIN price AS cents NOT NULL;
CREATE TYPE address AS (street text, city text);
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE FUNCTION is_big(cents) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 90000';
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 7 AS 'BEGIN RETURN upper($1) || ''!''; END';

CREATE TABLE customers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gone int,
  email varchar(80) NOT NULL UNIQUE,
  city text NOT NULL,
  zip text NOT NULL,
  feeling mood,
  vip boolean NOT NULL DEFAULT false,
  home address,
  since date NOT NULL,
  name text COLLATE "C",
  CONSTRAINT sane CHECK (since > '1990-01-01')
);
INSERT INTO customers (gone, email, city, zip, feeling, vip, home, since, name)
SELECT 1, 'user' || i || '@ex' || i % 7 || '.com', 'city' || i % 40, 'zip' || i % 40 || '-' || i % 3,
  (ARRAY['sad', 'fine', 'happy', NULL])[1 + i % 4]::mood, i % 50 = 0, ROW('s' || i, 'c' || i % 40)::address,
  date '2015-01-01' + (random() * 3000)::int, md5(i::text)
FROM generate_series(1, 20000) i;
ALTER TABLE customers DROP COLUMN gone;
CREATE INDEX customers_lower_email ON customers (lower(email));
CREATE INDEX customers_city_zip ON customers (city, zip DESC NULLS LAST);
CREATE INDEX customers_vip ON customers (since) WHERE vip;
CREATE INDEX customers_feeling ON customers (feeling NULLS FIRST);
CREATE INDEX customers_email_like ON customers (email varchar_pattern_ops);
CREATE INDEX customers_name ON customers (name);
CREATE INDEX customers_trgm ON customers USING gin (email gin_trgm_ops);
CREATE STATISTICS customers_place (ndistinct, dependencies, mcv) ON city, zip FROM customers;

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers,
  status text NOT NULL,
  created_at timestamptz NOT NULL,
  amount numeric(12, 2),
  total price,
  tags int[],
  attrs jsonb,
  during int4range,
  spot point,
  note text,
  code uuid DEFAULT gen_random_uuid(),
  measured floatrange
);
INSERT INTO orders
SELECT i, 1 + (19999 * power(random(), 3))::int, (ARRAY['done', 'done', 'done', 'done', 'shipped', 'pending', 'error'])[1 + (7 * power(random(), 2))::int % 7],
  timestamptz '2024-01-01' + i * interval '5 min', CASE WHEN i % 20 > 0 THEN round((random() * 1000)::numeric, 2) END,
  (random() * 100000)::bigint, ARRAY[i % 500, i % 37], jsonb_build_object('src', (ARRAY['web', 'app', 'tel'])[1 + i % 3], 'k', i % 100),
  int4range(i % 1000, i % 1000 + 10), point(random() * 100, random() * 100),
  CASE WHEN i % 3 = 0 THEN md5((i % 1000)::text) END, md5(i::text)::uuid, floatrange(i % 50, i % 50 + 1)
FROM generate_series(1, 40000) i;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_status_created ON orders (status, created_at DESC);
CREATE INDEX orders_created_brin ON orders USING brin (created_at) WITH (pages_per_range = 16);
CREATE INDEX orders_tags ON orders USING gin (tags);
CREATE INDEX orders_attrs ON orders USING gin (attrs jsonb_path_ops);
CREATE INDEX orders_spot ON orders USING gist (spot);
CREATE INDEX orders_note_hash ON orders USING hash (note);
CREATE INDEX orders_pending ON orders (created_at) INCLUDE (amount) WHERE status = 'pending';
CREATE INDEX orders_src ON orders ((attrs ->> 'src'), customer_id);
CREATE INDEX orders_big ON orders (total) WHERE is_big(total);
CREATE INDEX orders_amount ON orders (amount DESC);

CREATE TABLE items (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line smallint NOT NULL,
  sku text NOT NULL,
  qty int NOT NULL,
  cost real,
  doubled int GENERATED ALWAYS AS (qty * 2) STORED,
  PRIMARY KEY (order_id, line)
);
INSERT INTO items (order_id, line, sku, qty, cost)
SELECT 1 + i / 2, i % 2, 'sku' || (900 * power(random(), 2))::int, 1 + i % 9, random() FROM generate_series(1, 70000) i;
CREATE INDEX items_sku ON items (sku) INCLUDE (qty);
CREATE INDEX items_spgist ON items USING spgist (sku);

CREATE TABLE events (ts timestamptz NOT NULL, kind int NOT NULL, payload text, id bigint NOT NULL, PRIMARY KEY (ts, id, kind)) PARTITION BY RANGE (ts);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') PARTITION BY LIST (kind);
CREATE TABLE events_2_low PARTITION OF events_2 FOR VALUES IN (0, 1, 2, 3, 4);
CREATE TABLE events_2_rest PARTITION OF events_2 DEFAULT;
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind);
INSERT INTO events SELECT timestamptz '2024-01-01' + i * interval '3 min', i % 10, 'p' || i % 100, i FROM generate_series(1, 25000) i;

CREATE TABLE base (id int PRIMARY KEY, k int);
CREATE TABLE heir (extra text) INHERITS (base);
CREATE INDEX heir_k ON heir (k);
INSERT INTO base SELECT i, i % 10 FROM generate_series(1, 1000) i;
INSERT INTO heir SELECT i, i % 100, 'x' FROM generate_series(1001, 6000) i;

CREATE TABLE docs (id int PRIMARY KEY, body text NOT NULL, words tsvector);
INSERT INTO docs SELECT i, string_agg('w' || (i * j % 300)::text, ' '), NULL FROM generate_series(1, 3000) i, generate_series(1, 12) j GROUP BY i;
UPDATE docs SET words = to_tsvector('simple', body);
CREATE INDEX docs_words ON docs USING gin (words);
CREATE INDEX docs_body ON docs USING gin (body gin_trgm_ops);

CREATE TABLE bookings (room int NOT NULL, during tsrange NOT NULL);
INSERT INTO bookings SELECT i % 50, tsrange(timestamp '2024-01-01' + i * interval '1 hour', timestamp '2024-01-01' + (i + 1) * interval '1 hour') FROM generate_series(1, 3000) i;
CREATE INDEX bookings_during ON bookings USING gist (during);

CREATE UNLOGGED TABLE sessions (token uuid PRIMARY KEY, data jsonb) WITH (fillfactor = 70, parallel_workers = 3);
INSERT INTO sessions SELECT md5(i::text)::uuid, '{}' FROM generate_series(1, 5000) i;
CREATE TABLE tiny (id int PRIMARY KEY, label text);
INSERT INTO tiny SELECT i, 'label ' || i FROM generate_series(0, 9) i;
CREATE TABLE nothing (id int PRIMARY KEY, v int);
CREATE TABLE "Odd Names"."Select ""All""" ("Id" int PRIMARY KEY, "order" text);
INSERT INTO "Odd Names"."Select ""All""" SELECT i, 'o' || i % 20 FROM generate_series(1, 2000) i;
CREATE INDEX "Odd Idx" ON "Odd Names"."Select ""All""" ("order");
CREATE MATERIALIZED VIEW spent AS SELECT customer_id, count(*) AS n, sum(amount) AS s FROM orders GROUP BY 1;
CREATE UNIQUE INDEX spent_customer ON spent (customer_id);
CREATE VIEW open_orders AS SELECT o.*, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status IN ('pending', 'error');
CREATE VIEW loud AS SELECT id, shout(city) AS city FROM customers;
-- Every row is sampled, so that the statistics' ends are the true ones.
SET default_statistics_target = 400;
VACUUM ANALYZE;
INSERT INTO items (order_id, line, sku, qty, cost) SELECT 40000 - i, 5, 'sku1', 1, 1 FROM generate_series(1, 3000) i;
