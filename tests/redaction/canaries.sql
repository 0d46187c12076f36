-- Unmistakable values (words that begin with kanarie, numbers of 7s) in every place that a snapshot could take them from.
CREATE EXTENSION citext;
CREATE TYPE tint AS ENUM ('kanarieenum', 'other');
CREATE DOMAIN limited AS int CHECK (VALUE <> 777000111);
CREATE DOMAIN unused AS text CHECK (VALUE <> 'kanariedomain');
CREATE TYPE pair AS (a text, b text);
CREATE TYPE spanning AS RANGE (subtype = float8);
CREATE FUNCTION said(x text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ /* kanariecomment */ SELECT x = 'kanariesql' $$;
CREATE FUNCTION told(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN -- kanarieremark
 RETURN x || 'kanarieplpgsql'; END $$;
CREATE FUNCTION meant(x text DEFAULT 'kanarieargument') RETURNS text LANGUAGE sql STABLE SET application_name = 'kanarieset' RETURN x || 'kanariereturn';
CREATE FUNCTION added(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE AGGREGATE glued(text) (SFUNC = added, STYPE = text, INITCOND = 'kanarieinitcond');

CREATE TABLE values_of_all_types (
  id int PRIMARY KEY, t text DEFAULT 'kanariedefault', v varchar(40), c char(12), n name, ci citext, s smallint, i int, b bigint, nu numeric(14, 3),
  f double precision, d date, ts timestamptz, tz timestamp, ti time, iv interval, u uuid, j jsonb, ta text[], ia int[], w tsvector,
  e tint, ea tint[], by bytea, ip inet, net cidr, m money, p point, r int4range, rn spanning, pr pair, l limited, bi bit(16), mac macaddr,
  x oid, g text GENERATED ALWAYS AS ('kanariegenerated') STORED,
  CHECK (t <> 'kanariecheck'), CHECK (i <> 777000222)
);
INSERT INTO values_of_all_types
SELECT i, 'kanarietext', 'kanarievarchar', 'kanariechar', 'kanariename', 'kanariecitext', 7770, 777000333, 7770007770007, 777000444.777,
  777000555.25, '1947-07-17', '1947-07-18 07:47:17+00', '1947-07-19 07:47:18', '07:47:19', '47 days 07:47:20',
  '77777777-7777-4777-8777-777777777777', '{"kanariekey": "kanariejson", "n": 777000666}', '{kanariearray}', '{777000888}', 'kanarielexeme',
  'kanarieenum', '{kanarieenum}', 'kanariebytea', '77.47.17.7', '77.47.0.0/16', 777001001, '(77.47,47.77)', '[777001111,777001222)',
  '[777001333,777001444)', '(kanariepair,b)', 777001555, B'1011011101111011', '77:47:17:77:47:17', 777001666
FROM generate_series(1, 600) i;
INSERT INTO values_of_all_types
SELECT i, 'kanariehistogram' || i, 'w' || i, 'c' || i, 'n' || i, 'c' || i, i, i, i, i, i, date '2020-01-01' + i, timestamptz '2020-01-01' + i * interval '1 hour',
  timestamp '2020-01-01' + i * interval '1 hour', time '00:00' + i * interval '1 second', i * interval '1 hour', md5(i::text)::uuid, jsonb_build_object('n', i),
  ARRAY['a' || i], ARRAY[i], to_tsvector('simple', 'z' || i), 'other', '{other}', decode(md5(i::text), 'hex'), '10.0.0.1', '10.0.0.0/8', i, point(i, i),
  int4range(i, i + 5), spanning(i, i + 1), '(a,b)', i, B'0000000000000001', '08:00:2b:01:02:03', i
FROM generate_series(601, 900) i;
CREATE INDEX partial ON values_of_all_types (id) WHERE t = 'kanariepredicate';
CREATE INDEX expressed ON values_of_all_types ((t || 'kanarieexpression'));
CREATE INDEX lowered ON values_of_all_types (lower(v));
CREATE STATISTICS blob (mcv, ndistinct, dependencies) ON t, i, b, d, ts, e FROM values_of_all_types;
CREATE STATISTICS opaque (mcv) ON nu, t FROM values_of_all_types;
CREATE STATISTICS computed ON (i % 777001777), (t || 'kanariestatistics') FROM values_of_all_types;
CREATE VIEW viewed AS SELECT id, 'kanarieview' AS x FROM values_of_all_types WHERE v = 'kanarieviewed';
CREATE MATERIALIZED VIEW kept AS SELECT id, t || 'kanariematerialized' AS y FROM values_of_all_types;
CREATE TABLE listed (k text, i int) PARTITION BY LIST (k);
CREATE TABLE listed_1 PARTITION OF listed FOR VALUES IN ('kanariebound', 'it''s');
CREATE TABLE ranged (i int, k text) PARTITION BY RANGE (i, k);
CREATE TABLE ranged_1 PARTITION OF ranged FOR VALUES FROM (777001888, 'kanariefrom') TO (777001999, MAXVALUE);
ALTER TABLE listed ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON listed USING (k = 'kanariepolicy') WITH CHECK (k <> 'kanariewith');
ANALYZE;
-- workload
SELECT /* kanarienote */ * FROM values_of_all_types WHERE t = 'kanarieliteral' AND i > 777002111 /* kanarietrailing */
SELECT 'kanarieoutput', id FROM values_of_all_types WHERE lower(v) = lower('KanarieFolded') AND ts > '1977-07-17 07:47:17'
SELECT id FROM values_of_all_types WHERE t LIKE 'kanarielike%' OR t ~ '^kanarieregex' OR v IN ('kanariein', 'x') OR t = ANY('{kanarieany}')
SELECT id FROM values_of_all_types WHERE j @> '{"kanariewithin": "kanariecontained"}' OR j ->> 'kanariepath' = 'kanariefield' OR j #>> '{kanariesteps}' = 'x' OR j @? '$.kanariejsonpath'
SELECT id FROM values_of_all_types WHERE w @@ to_tsquery('simple', 'kanariequery') OR ta @> ARRAY['kanarieelement'] OR e = 'kanarieenum'
SELECT id, CASE WHEN i > 777002222 THEN 'kanariecase' END, repeat('kanarieargumentof', 2) FROM values_of_all_types WHERE ip = '77.47.17.8' AND r @> 777002333
UPDATE values_of_all_types SET t = 'kanarieassigned', j = '{"a": "kanarieset2"}' WHERE id = 777002444
INSERT INTO listed (k, i) VALUES ('kanarieinserted', 777002555)
