CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION pg_trgm;
CREATE SCHEMA "Archive 2024";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN small AS positive NOT NULL CHECK (value < 100);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = int8);
CREATE FUNCTION is_big(x bigint) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT x > 10';

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email varchar(100) NOT NULL,
  name text COLLATE "C",
  mood mood DEFAULT 'ok',
  score small DEFAULT 3,
  tags text[],
  doc jsonb,
  created timestamptz DEFAULT now(),
  twice int GENERATED ALWAYS AS (1 + 2) STORED,
  gone int,
  CONSTRAINT name_given CHECK (name <> '')
);
ALTER TABLE customers DROP COLUMN gone;
ALTER TABLE customers ALTER COLUMN email SET STATISTICS 500;
ALTER TABLE customers ALTER COLUMN name SET (n_distinct = -0.5);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint REFERENCES customers ON DELETE CASCADE,
  status text,
  note text,
  amount numeric(10, 2),
  period tstzrange,
  EXCLUDE USING gist (period WITH &&)
) WITH (fillfactor = 80, autovacuum_enabled = off);
CREATE UNIQUE INDEX by_lower_email ON customers (lower(email)) INCLUDE (name);
CREATE INDEX by_name ON customers (name COLLATE "POSIX" text_pattern_ops DESC NULLS LAST, id) WHERE email IS NOT NULL;
CREATE INDEX by_two ON customers ((id + 1), (doc ->> 'x''y)'));
CREATE INDEX by_created ON customers (created DESC) WITH (fillfactor = 70);
CREATE INDEX by_many ON customers (mood, score, email varchar_pattern_ops);
CREATE INDEX by_tags ON customers USING gin (tags);
CREATE INDEX by_trgm ON customers USING gin (name gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX by_sign ON customers USING gist (name gist_trgm_ops (siglen = 32));
CREATE INDEX by_brin ON customers USING brin (created) WITH (pages_per_range = 8);
CREATE INDEX by_hash ON customers USING hash (email);
CREATE UNIQUE INDEX by_note ON orders (note) NULLS NOT DISTINCT;
CREATE INDEX by_big ON orders (customer_id NULLS FIRST) WHERE is_big(id) AND status <> ')';

CREATE TABLE events (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX by_day ON events (day);
CREATE TABLE "Archive 2024"."We ""ird" ("Id" int, "sel;ect" text);
CREATE INDEX "Odd idx" ON "Archive 2024"."We ""ird" ("sel;ect" text_pattern_ops, "Id");
CREATE TEMP TABLE passing (id int PRIMARY KEY);
CREATE VIEW addresses AS SELECT id, lower(email) AS address FROM customers;
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;
CREATE STATISTICS together (ndistinct, dependencies, mcv) ON customer_id, status FROM orders;

INSERT INTO customers (email, name, tags, doc)
  SELECT 'u' || i || '@example.org', 'n' || i % 100, ARRAY['a', 'b' || i % 5], '{"x": 1}' FROM generate_series(1, 2000) i;
INSERT INTO orders (id, customer_id, status, note, amount)
  SELECT i, 1 + i % 2000, CASE WHEN i % 10 = 0 THEN 'new' ELSE 'done' END, 'note ' || i, i FROM generate_series(1, 5000) i;
INSERT INTO events SELECT i, '2024-02-02' FROM generate_series(1, 500) i;
ANALYZE;
