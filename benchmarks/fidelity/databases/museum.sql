-- Values spread in every way that the size of an index or the plan over it depends on.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
CREATE EXTENSION btree_gist;
CREATE TYPE phase AS ENUM ('new', 'open', 'done', 'lost');

CREATE TABLE facts (
  id bigint NOT NULL,
  uniform int NOT NULL,
  thousand int NOT NULL,
  few smallint NOT NULL,
  zipf int NOT NULL,
  country text NOT NULL,
  city text NOT NULL,
  flag boolean NOT NULL,
  phase phase NOT NULL,
  rare int,
  half text,
  absent text,
  amount numeric(12, 2) NOT NULL,
  rate numeric NOT NULL,
  code uuid NOT NULL,
  created timestamptz NOT NULL,
  updated timestamptz NOT NULL,
  day date NOT NULL,
  name text NOT NULL,
  title text NOT NULL,
  email varchar(80) NOT NULL,
  parent bigint NOT NULL,
  line int NOT NULL,
  score float8 NOT NULL,
  host inet NOT NULL,
  hash bytea NOT NULL,
  letter char(1) NOT NULL,
  coll text COLLATE "C" NOT NULL
);
INSERT INTO facts
SELECT i, (random() * 1e9)::int, (random() * 999)::int, (4 * power(random(), 3))::int, (50000 * power(random(), 4))::int,
  'country' || i % 30, 'city' || i % 30 || '-' || (random() * 40)::int, random() < 0.02,
  (ARRAY['new', 'open', 'done', 'done', 'done', 'lost'])[1 + (random() * 5)::int]::phase,
  CASE WHEN i % 20 = 0 THEN (random() * 1e6)::int END, CASE WHEN random() < 0.5 THEN 'h' || (random() * 20000)::int END, NULL,
  round((random() * 10000)::numeric, 2), ((random() * 20)::int)::numeric / 4, md5(i::text)::uuid,
  timestamptz '2023-01-01+00' + i * interval '90 s' + random() * interval '1 h',
  date_trunc('second', timestamptz '2023-01-01+00' + random() * interval '400 days'), date '2023-01-01' + (random() * 700)::int,
  left(md5(i::text) || md5((i + 1)::text), 3 + (random() * 40)::int),
  repeat(md5(i::text), 1 + (random() * 4)::int) || left(md5((-i)::text), (random() * 30)::int),
  'user' || (random() * 1e5)::int || '@example' || i % 90 || '.com', i / 6, i % 6,
  random(), ('10.' || i % 3 || '.' || (random() * 250)::int || '.' || (random() * 250)::int)::inet,
  decode(md5((i % 50000)::text), 'hex'), chr(97 + (random() * 25)::int), 'c' || (random() * 3e5)::int
FROM generate_series(1, 240000) i;
ALTER TABLE facts ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX facts_parent_line ON facts (parent, line);
CREATE STATISTICS facts_place (ndistinct) ON country, city FROM facts;

CREATE TABLE big (id int NOT NULL, owner int NOT NULL, at timestamptz NOT NULL, state smallint NOT NULL, much bigint NOT NULL);
INSERT INTO big SELECT i, (40000 * random())::int, timestamptz '2024-01-01+00' + i * interval '20 s', (6 * power(random(), 4))::int,
  (random() * 1e12)::bigint FROM generate_series(1, 800000) i;

CREATE TABLE small (id int PRIMARY KEY, word text, number int, price numeric(8, 2), at timestamp);
INSERT INTO small SELECT i, 'w' || (random() * 400)::int, (random() * 90)::int, (i % 700)::numeric / 7, timestamp '2024-01-01' + i * interval '1 h'
FROM generate_series(1, 12000) i;

CREATE TABLE docs (
  id int PRIMARY KEY,
  attrs jsonb NOT NULL,
  heavy jsonb NOT NULL,
  tags text[] NOT NULL,
  numbers int[] NOT NULL,
  body text NOT NULL,
  words tsvector NOT NULL,
  name text NOT NULL,
  place point NOT NULL,
  area box NOT NULL,
  span tstzrange NOT NULL,
  seats int4range NOT NULL,
  host inet NOT NULL,
  kind int NOT NULL,
  at timestamptz NOT NULL
);
INSERT INTO docs
SELECT i, jsonb_build_object('src', (ARRAY['web', 'app', 'tel'])[1 + i % 3], 'k', i % 100, 'v', (random() * 1000)::int, 'on', i % 2 = 0),
  jsonb_build_object('user', md5((i / 3)::text), 'item', jsonb_build_object('sku', 'sku' || (5000 * power(random(), 3))::int, 'n', i % 9), 'tags', jsonb_build_array('t' || i % 7, 't' || i % 11)),
  ARRAY['t' || (300 * power(random(), 3))::int, 'u' || (random() * 50)::int, 'v' || i % 5], ARRAY[i % 500, i % 37, (random() * 20000)::int],
  text, to_tsvector('simple', text), 'Mr ' || left(md5(i::text), 8) || ' ' || left(md5((i % 3000)::text), 6),
  point(random() * 100, random() * 100), box(point(x, x / 2), point(x + 1, x / 2 + 1)),
  tstzrange(timestamptz '2024-01-01+00' + i * interval '10 min', timestamptz '2024-01-01+00' + i * interval '10 min' + random() * interval '3 h'),
  int4range(i % 1000, i % 1000 + 10), ('10.' || i % 7 || '.' || (random() * 250)::int || '.' || (random() * 250)::int)::inet,
  (random() * 30)::int, timestamptz '2024-01-01+00' + i * interval '10 min'
FROM (SELECT i, random() * 1000 AS x, (SELECT string_agg(CASE WHEN random() < 0.3 THEN 'the' ELSE 'w' || (4000 * power(random(), 4))::int END, ' ')
  FROM generate_series(1, 8 + (random() * 25)::int + i * 0)) AS text FROM generate_series(1, 60000) i) s;

CREATE TABLE parts (id int NOT NULL, at date NOT NULL, kind int NOT NULL, note text) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
INSERT INTO parts SELECT i, date '2024-01-01' + i % 91, (random() * 200)::int, 'n' || i % 1000 FROM generate_series(1, 90000) i;
CREATE TABLE ancestor (id int NOT NULL, word text);
CREATE TABLE descendant (extra int) INHERITS (ancestor);
INSERT INTO ancestor SELECT i, 'a' || i % 100 FROM generate_series(1, 20000) i;
INSERT INTO descendant SELECT i, 'a' || i % 100, i FROM generate_series(1, 30000) i;

CREATE TABLE hollow (id int, word text, attrs jsonb, place point);
CREATE TABLE unseen (id int, word text, attrs jsonb);
VACUUM ANALYZE;
INSERT INTO unseen SELECT i, 'word' || i % 50, '{}' FROM generate_series(1, 5000) i
