-- What belongs to the whole server: roles and a tablespace. Run once, before the schema.
CREATE ROLE guild_group;
CREATE ROLE guild_app LOGIN IN ROLE guild_group;
CREATE ROLE guild_tuned LOGIN;
CREATE ROLE guild_boss LOGIN BYPASSRLS;
ALTER ROLE guild_tuned SET random_page_cost = 1.1;
ALTER ROLE guild_tuned SET enable_hashjoin = off;
ALTER ROLE guild_tuned SET search_path = hall, public;
ALTER ROLE guild_tuned IN DATABASE everything SET work_mem = '64kB';
ALTER DATABASE everything SET cpu_tuple_cost = 0.011;
ALTER DATABASE everything SET default_statistics_target = 150;
ALTER DATABASE everything SET app.tenant = '7';
CREATE TABLESPACE guild_fast LOCATION 'TSDIR' WITH (random_page_cost = 1.2, seq_page_cost = 0.7);

-- One of every kind of thing that planning looks at. Every table is small; values are skewed, correlated and NULL on purpose.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
CREATE EXTENSION btree_gist;
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION cube;
CREATE EXTENSION intarray;
CREATE EXTENSION unaccent;
CREATE EXTENSION postgres_fdw;
-- extension: vector
CREATE EXTENSION vector;

CREATE SCHEMA hall;
CREATE SCHEMA "Back Room";

CREATE TYPE grade AS ENUM ('broken', 'worn', 'good', 'mint');
CREATE TYPE size AS (height int, width int);
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN shade AS grade;
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
CREATE DOMAIN price AS cents NOT NULL;
CREATE DOMAIN postcode AS varchar(10) CHECK (VALUE ~ '^[0-9A-Z -]+$');
CREATE COLLATION byte_order (provider = libc, locale = 'C');
CREATE COLLATION utf_order (provider = libc, locale = 'C.utf8');
CREATE TEXT SEARCH CONFIGURATION labels (COPY = english);
ALTER TEXT SEARCH CONFIGURATION labels ALTER MAPPING FOR word, asciiword WITH unaccent, simple;

CREATE FUNCTION is_dear(cents) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 90000';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 * 2';
CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE AS 'SELECT date ''2024-06-01''';
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 7 AS 'BEGIN RETURN upper($1) || ''!''; END';
CREATE FUNCTION volatile_plus(int) RETURNS int LANGUAGE plpgsql VOLATILE COST 333 AS 'BEGIN RETURN $1 + 1; END';
CREATE FUNCTION settled(int) RETURNS int LANGUAGE sql STABLE SET enable_seqscan = off SET work_mem = '1MB' AS 'SELECT $1 + 1';
CREATE FUNCTION numbers(int DEFAULT 3) RETURNS SETOF int LANGUAGE plpgsql ROWS 77 AS 'BEGIN RETURN NEXT 1; END';
CREATE FUNCTION secretly(text) RETURNS boolean LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1 > ''m''';
CREATE AGGREGATE product_of(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1', PARALLEL = SAFE, COMBINEFUNC = int4mul);

-- An operator class of its own: integers in reverse.
CREATE FUNCTION rev_lt(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 > $2';
CREATE FUNCTION rev_le(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 >= $2';
CREATE FUNCTION rev_eq(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 = $2';
CREATE FUNCTION rev_ge(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 <= $2';
CREATE FUNCTION rev_gt(int, int) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 < $2';
CREATE FUNCTION rev_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR <# (FUNCTION = rev_lt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = >#, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <=# (FUNCTION = rev_le, LEFTARG = int, RIGHTARG = int, RESTRICT = scalarlesel);
CREATE OPERATOR =# (FUNCTION = rev_eq, LEFTARG = int, RIGHTARG = int, COMMUTATOR = =#, RESTRICT = eqsel, JOIN = eqjoinsel, MERGES, HASHES);
CREATE OPERATOR >=# (FUNCTION = rev_ge, LEFTARG = int, RIGHTARG = int, RESTRICT = scalargesel);
CREATE OPERATOR ># (FUNCTION = rev_gt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = <#, RESTRICT = scalargtsel);
CREATE OPERATOR CLASS reverse_ops FOR TYPE int USING btree AS OPERATOR 1 <#, OPERATOR 2 <=#, OPERATOR 3 =#, OPERATOR 4 >=#, OPERATOR 5 >#, FUNCTION 1 rev_cmp(int, int);

-- A column of every type, for what makes numbers of their values.
CREATE TABLE cabinet (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gone int,
  i2 smallint, i8 bigint, f4 real, f8 double precision, num numeric, dec numeric(12, 2), cash money,
  d date, t time, ttz timetz, ts timestamp, tstz timestamptz, span interval,
  yes boolean, txt text, vc varchar(40), ch char(8), tiny_ch "char", nm name, raw bytea, u uuid,
  ip inet, net cidr, mac macaddr, mac8 macaddr8, o oid, b bit(8), vb varbit, lsn pg_lsn,
  js jsonb, plain_js json, vec tsvector, qry tsquery, pt point, bx box, circ circle, poly polygon,
  r4 int4range, r8 int8range, rnum numrange, rts tsrange, rtstz tstzrange, rd daterange, rf floatrange, rtxt textrange,
  g grade, gs shade, c cents NOT NULL, pc postcode, comp size, a4 int[], atxt text[], ag grade[], acomp size[],
  ci citext, hs hstore, lt ltree, cb cube, tutf text COLLATE utf_order, tbyte text COLLATE byte_order
);
ALTER TABLE cabinet DROP COLUMN gone;
-- since: 14
ALTER TABLE cabinet ADD COLUMN m4 int4multirange, ADD COLUMN md datemultirange;

CREATE TABLE visitors (
  id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  dropped_first int,
  email varchar(80) NOT NULL UNIQUE,
  city text NOT NULL,
  zip text NOT NULL,
  feeling grade,
  vip boolean NOT NULL DEFAULT false,
  home size,
  since date NOT NULL DEFAULT current_date,
  name text COLLATE "C",
  nick text,
  dropped_last int,
  code uuid DEFAULT gen_random_uuid(),
  CONSTRAINT sane CHECK (since > '1990-01-01')
);
ALTER TABLE visitors DROP COLUMN dropped_first, DROP COLUMN dropped_last;
CREATE INDEX visitors_lower_email ON visitors (lower(email));
CREATE INDEX visitors_place ON visitors (city, zip DESC NULLS LAST);
CREATE INDEX visitors_vip ON visitors (since) WHERE vip;
CREATE INDEX visitors_feeling ON visitors (feeling NULLS FIRST);
CREATE INDEX visitors_email_like ON visitors (email varchar_pattern_ops);
CREATE INDEX visitors_name ON visitors (name DESC);
CREATE INDEX visitors_nick ON visitors (nick) WHERE nick IS NOT NULL;
CREATE INDEX visitors_trgm ON visitors USING gin (email gin_trgm_ops);
CREATE INDEX visitors_name_gist ON visitors USING gist (name gist_trgm_ops);

CREATE TABLE tickets (
  id bigint PRIMARY KEY,
  visitor_id int NOT NULL REFERENCES visitors,
  guide_id int REFERENCES visitors,
  status text NOT NULL,
  bought_at timestamptz NOT NULL,
  amount numeric(12, 2),
  total price,
  tags int[],
  attrs jsonb,
  during int4range,
  spot point,
  note text,
  token uuid,
  measured floatrange,
  level smallint,
  doubled numeric GENERATED ALWAYS AS (amount * 2) STORED
);
CREATE INDEX tickets_status_bought ON tickets (status, bought_at DESC);
CREATE INDEX tickets_bought_brin ON tickets USING brin (bought_at) WITH (pages_per_range = 16);
-- since: 14
CREATE INDEX tickets_bloom ON tickets USING brin (token uuid_bloom_ops) WITH (pages_per_range = 8);
-- since: 14
CREATE INDEX tickets_multi ON tickets USING brin (amount numeric_minmax_multi_ops) WITH (pages_per_range = 8);
CREATE INDEX tickets_inclusion ON tickets USING brin (during range_inclusion_ops) WITH (pages_per_range = 4);

CREATE TABLE lines (
  ticket_id bigint NOT NULL REFERENCES tickets ON DELETE CASCADE,
  line smallint NOT NULL,
  sku text NOT NULL,
  qty int NOT NULL,
  cost real,
  twofold int GENERATED ALWAYS AS (qty * 2) STORED,
  CONSTRAINT lines_pkey PRIMARY KEY (ticket_id, line) INCLUDE (qty)
);

-- Partitions: range, list and hash, several levels, defaults, one without rows.
CREATE TABLE visits (at timestamptz NOT NULL, kind int NOT NULL, payload text, id bigint NOT NULL, PRIMARY KEY (at, id, kind)) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') PARTITION BY LIST (kind);
CREATE TABLE visits_2_low PARTITION OF visits_2 FOR VALUES IN (0, 1, 2, 3, 4);
CREATE TABLE visits_2_rest PARTITION OF visits_2 DEFAULT;
CREATE TABLE visits_future PARTITION OF visits FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
CREATE INDEX visits_kind ON visits (kind);
CREATE INDEX visits_payload ON ONLY visits (payload);
CREATE INDEX visits_1_payload ON visits_1 (payload);

CREATE TABLE halls (region text NOT NULL, no int, name text) PARTITION BY LIST (region);
CREATE TABLE halls_north PARTITION OF halls FOR VALUES IN ('north', 'arctic');
CREATE TABLE halls_south PARTITION OF halls FOR VALUES IN ('south');
CREATE TABLE halls_null PARTITION OF halls FOR VALUES IN (NULL, 'nowhere');
CREATE TABLE hashed (k int NOT NULL, v text, w int) PARTITION BY HASH (k);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE INDEX ON hashed (k);
CREATE TABLE ranged2 (a int, b int, v text) PARTITION BY RANGE (a, b);
CREATE TABLE ranged2_1 PARTITION OF ranged2 FOR VALUES FROM (MINVALUE, MINVALUE) TO (10, 50);
CREATE TABLE ranged2_2 PARTITION OF ranged2 FOR VALUES FROM (10, 50) TO (MAXVALUE, MAXVALUE);
CREATE TABLE byexpr (at timestamp, v text) PARTITION BY RANGE ((at::date));
CREATE TABLE byexpr_1 PARTITION OF byexpr FOR VALUES FROM ('2024-01-01') TO ('2024-01-15');
CREATE TABLE byexpr_2 PARTITION OF byexpr FOR VALUES FROM ('2024-01-15') TO ('2024-03-01');
CREATE TABLE numbered (k int NOT NULL, at timestamptz, v text) PARTITION BY RANGE (at);
CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE numbered_d PARTITION OF numbered DEFAULT;
-- since: 17
ALTER TABLE numbered ALTER k ADD GENERATED ALWAYS AS IDENTITY;
CREATE INDEX numbered_lower ON numbered (lower(v));
CREATE INDEX numbered_partial ON numbered (at) WHERE v > 'V5';
CREATE TABLE attached (at timestamptz, extra int, v text, k int NOT NULL);
ALTER TABLE attached DROP COLUMN extra;
ALTER TABLE numbered ATTACH PARTITION attached FOR VALUES FROM ('2024-02-01') TO ('2024-02-20');

-- Inheritance, also from two parents, and heirs that were made in another order than their names.
CREATE TABLE base (id int PRIMARY KEY, k int);
CREATE TABLE zz_heir (extra text) INHERITS (base);
CREATE TABLE aa_heir () INHERITS (base);
CREATE INDEX zz_heir_k ON zz_heir (k);
CREATE TABLE mother (a int, b int);
CREATE TABLE father (c int);
CREATE TABLE child (d int) INHERITS (mother, father);
CREATE TABLE grandchild (CHECK (a > 1000)) INHERITS (child);

CREATE TABLE labels (id int PRIMARY KEY, body text NOT NULL, words tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED, word text);
CREATE INDEX labels_words ON labels USING gin (words);
CREATE INDEX labels_body ON labels USING gin (body gin_trgm_ops);
CREATE INDEX labels_words_gist ON labels USING gist (words);
CREATE INDEX labels_fts ON labels USING gin (to_tsvector('labels', word));

CREATE TABLE bookings (room int NOT NULL, during tsrange NOT NULL, guest text, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE slots (id int, n int, at date, UNIQUE (n) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT slots_id UNIQUE (id) DEFERRABLE, EXCLUDE USING btree (at WITH =));

CREATE UNLOGGED TABLE sessions (token uuid PRIMARY KEY, data jsonb) WITH (fillfactor = 70, parallel_workers = 3);
CREATE TABLE toasted (id int PRIMARY KEY, big text, bigger jsonb);
ALTER TABLE toasted ALTER big SET STORAGE EXTERNAL;
CREATE TABLE tiny (id int PRIMARY KEY, label text);
CREATE TABLE nothing (id int PRIMARY KEY, v int, w text);
CREATE TABLE never (a int, b text, c date);
CREATE INDEX never_a ON never (a);
CREATE TABLE grown (id int PRIMARY KEY, at timestamptz NOT NULL, k int, note text);
CREATE INDEX grown_at ON grown (at);
CREATE INDEX grown_k ON grown (k);
CREATE TABLE shrunk (id int PRIMARY KEY, v int);
CREATE INDEX shrunk_v ON shrunk (v);
CREATE TABLE bloated (id int PRIMARY KEY, v int, filler text) WITH (fillfactor = 50);
CREATE INDEX bloated_v ON bloated (v) WITH (fillfactor = 40);
CREATE TABLE one_column (v int);
CREATE TABLE no_columns ();
CREATE TABLE all_null (id int PRIMARY KEY, v text, w int);
CREATE INDEX all_null_w ON all_null (w);
CREATE TABLE wide (id int PRIMARY KEY, k1 int, k2 int, k3 int, k4 int, k5 text, k6 text, k7 numeric, k8 date);
CREATE INDEX wide_1 ON wide (k1, k2, k3);
CREATE INDEX wide_2 ON wide (k5, k6 DESC, k7 NULLS FIRST);
CREATE INDEX wide_3 ON wide (k8) INCLUDE (k1, k7);
CREATE UNIQUE INDEX wide_4 ON wide (k4, id);
-- since: 15
CREATE UNIQUE INDEX wide_5 ON wide (id, k3) NULLS NOT DISTINCT;
CREATE TABLE "Back Room"."Select ""All""" ("Id" int PRIMARY KEY, "order" text, "Übergröße" int);
CREATE INDEX "Odd Idx" ON "Back Room"."Select ""All""" ("order", "Übergröße");
CREATE TABLE hall.tiny (id int PRIMARY KEY, v int REFERENCES public.tiny);
CREATE TABLE reversed (n int, m int);
CREATE INDEX reversed_n ON reversed (n reverse_ops);
CREATE TABLE things (id serial PRIMARY KEY, tenant int NOT NULL, c grade, s shade, name text COLLATE byte_order, ci citext, path ltree, h hstore, cb cube, ia int[], made timestamptz DEFAULT now(), n int, word text);
CREATE INDEX things_ci ON things (ci);
CREATE INDEX things_name ON things (name);
CREATE INDEX things_path ON things USING gist (path);
CREATE INDEX things_cube ON things USING gist (cb);
CREATE INDEX things_h ON things USING gin (h);
CREATE INDEX things_ia ON things USING gin (ia gin__int_ops);
CREATE INDEX things_tenant_n ON things USING gin (tenant, n);
CREATE INDEX things_tenant_gist ON things USING gist (tenant, made);
ALTER TABLE things ALTER n SET STATISTICS 500, ALTER word SET STATISTICS 10, ALTER h SET STATISTICS 0;
ALTER TABLE things ALTER tenant SET (n_distinct = 40), ALTER name SET (n_distinct = -0.5, n_distinct_inherited = -0.1);
CREATE TABLE places (id int PRIMARY KEY, country text, city text, street text, g grade, gs shade, x int, y int);
CREATE STATISTICS places_nd (ndistinct) ON country, city, street FROM places;
CREATE STATISTICS places_dep (dependencies) ON country, city FROM places;
CREATE STATISTICS places_mcv (mcv) ON g, gs FROM places;
CREATE STATISTICS places_all ON x, y FROM places;
ALTER STATISTICS places_all SET STATISTICS 50;
-- since: 14
CREATE STATISTICS places_expr ON (x % 10), (lower(city)), country FROM places;
-- since: 14
CREATE STATISTICS places_one ON (x + y) FROM places;
CREATE STATISTICS visits_stats ON kind, payload FROM visits;
CREATE TABLE remembered (id int PRIMARY KEY, v int, w text);
CREATE RULE remembered_log AS ON UPDATE TO remembered WHERE false DO ALSO SELECT 1;
DROP RULE remembered_log ON remembered;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := 1; RETURN NEW; END';
CREATE TRIGGER remembered_stamp BEFORE INSERT OR UPDATE ON remembered FOR EACH ROW EXECUTE FUNCTION stamp();

CREATE TABLE papers (id int PRIMARY KEY, tenant int NOT NULL, owner_name text, body text);
CREATE INDEX papers_tenant ON papers (tenant);
ALTER TABLE papers ENABLE ROW LEVEL SECURITY;
CREATE POLICY papers_of_tenant ON papers FOR SELECT TO guild_group USING (tenant = 7 AND owner_name = current_user);
CREATE POLICY papers_recent ON papers AS RESTRICTIVE USING (id > 100);
CREATE POLICY papers_write ON papers FOR UPDATE TO guild_group USING (tenant = 7) WITH CHECK (tenant = 7);
CREATE TABLE files (id int PRIMARY KEY, tenant int, u uuid, body text);
CREATE INDEX files_tenant ON files (tenant);
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY files_tenant ON files USING (tenant = current_setting('app.tenant')::int);
CREATE TABLE papers_tags (paper int, tag text);
CREATE INDEX papers_tags_paper ON papers_tags (paper);
CREATE POLICY papers_tags_seen ON papers_tags USING (EXISTS (SELECT FROM papers p WHERE p.id = paper AND p.body <> ''));
ALTER TABLE papers_tags ENABLE ROW LEVEL SECURITY;

CREATE SERVER faraway FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x', fdw_tuple_cost '0.02', fdw_startup_cost '77');
CREATE USER MAPPING FOR PUBLIC SERVER faraway OPTIONS (user 'nobody', password 'nothing');
CREATE FOREIGN TABLE remote (id int OPTIONS (column_name 'ident'), v text, at timestamptz) SERVER faraway OPTIONS (schema_name 'elsewhere', table_name 'tt');

CREATE TABLE spaced (a int, b int) TABLESPACE guild_fast;
CREATE INDEX spaced_a ON spaced (a) TABLESPACE guild_fast;
CREATE INDEX spaced_b ON spaced (b);
CREATE TABLE half_spaced (a int, b int);
CREATE INDEX half_spaced_a ON half_spaced (a) TABLESPACE guild_fast;

CREATE VIEW open_tickets AS SELECT t.*, v.email FROM tickets t JOIN visitors v ON v.id = t.visitor_id WHERE t.status IN ('pending', 'error');
CREATE VIEW dear_open AS SELECT id, email, amount FROM open_tickets WHERE amount > 900;
CREATE VIEW loud AS SELECT id, shout(city) AS city FROM visitors;
CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM things WHERE tenant < 5;
CREATE VIEW guarded_more AS SELECT * FROM guarded WHERE n > 10;
CREATE VIEW owned_papers AS SELECT * FROM papers WHERE body > 'b';
-- since: 15
CREATE VIEW asked_papers WITH (security_invoker) AS SELECT * FROM papers WHERE body > 'b';
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 100;
CREATE MATERIALIZED VIEW spent AS SELECT visitor_id, count(*) AS n, sum(amount) AS s, max(bought_at) AS last FROM tickets GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX spent_visitor ON spent (visitor_id);
CREATE MATERIALIZED VIEW unfilled AS SELECT id FROM visitors WITH NO DATA;
CREATE FUNCTION tickets_of(int) RETURNS SETOF tickets LANGUAGE sql STABLE AS 'SELECT * FROM tickets WHERE visitor_id = $1';
CREATE FUNCTION city_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT city FROM visitors WHERE id = $1';

-- since: 18
CREATE TABLE computed (id int PRIMARY KEY, a int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL, w text GENERATED ALWAYS AS ('x' || a) VIRTUAL);
-- since: 18
CREATE TABLE temporal (id int, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
-- since: 18
CREATE TABLE unenforced (id int, b int CHECK (b > 0) NOT ENFORCED, r int REFERENCES tiny NOT ENFORCED);
-- since: 18
CREATE TABLE unproved (id int, b int);
-- extension: vector
CREATE TABLE embeddings (id int PRIMARY KEY, e vector(3));

INSERT INTO cabinet (i2, i8, f4, f8, num, dec, cash, d, t, ttz, ts, tstz, span, yes, txt, vc, ch, tiny_ch, nm, raw, u,
  ip, net, mac, mac8, o, b, vb, lsn, js, plain_js, vec, qry, pt, bx, circ, poly, r4, r8, rnum, rts, rtstz, rd, rf, rtxt,
  g, gs, c, pc, comp, a4, atxt, ag, acomp, ci, hs, lt, cb, tutf, tbyte)
SELECT
  CASE WHEN i % 11 > 0 THEN (200 * power(random(), 3))::int - 100 END,
  (i::bigint * 1000003) % 999983,
  CASE WHEN i % 500 = 0 THEN 'NaN' ELSE random() * 100 END, (random() + random() + random()) * 1e6 - 1e6,
  round((random() * power(10, i % 12))::numeric, 6), CASE WHEN i % 9 > 0 THEN round((random() * 1000)::numeric, 2) END, (i % 700)::numeric::money,
  date '2020-01-01' + (1500 * power(random(), 2))::int, time '00:00' + i * interval '11 s', (time '00:00' + i % 300 * interval '4 min')::timetz,
  timestamp '2021-01-01' + i * interval '1 hour', CASE WHEN i % 5 > 0 THEN timestamptz '2021-01-01' + (i % 997) * interval '1 day' ELSE 'infinity' END,
  (i % 400) * interval '13 min', i % 7 = 0,
  CASE WHEN i % 13 > 0 THEN 'text ' || (300 * power(random(), 2))::int END, 'Vc' || i % 60, chr(65 + i % 20) || i % 3, chr(97 + i % 5)::"char",
  ('name' || i % 90)::name, decode(md5((i % 4000)::text), 'hex'), md5((i % 6000)::text)::uuid,
  ('10.0.' || i % 40 || '.' || i % 250)::inet, ('192.168.' || i % 60 || '.0/24')::cidr, ('08:00:2b:01:02:' || lpad(to_hex(i % 200), 2, '0'))::macaddr,
  ('08:00:2b:01:02:03:04:' || lpad(to_hex(i % 150), 2, '0'))::macaddr8, (1000 + i % 300)::oid, (i % 256)::bit(8), (i % 64)::bit(6)::varbit,
  ('0/' || to_hex(i * 64))::pg_lsn, jsonb_build_object('src', (ARRAY['web', 'app', 'tel'])[1 + i % 3], 'k', i % 100), json_build_object('a', i % 5),
  to_tsvector('simple', 'w' || i % 40 || ' v' || i % 300), to_tsquery('simple', 'w' || i % 30), point(random() * 100, random() * 100),
  box(point(i % 90, i % 80), point(i % 90 + 3, i % 80 + 4)), circle(point(i % 50, i % 60), 1 + i % 4), polygon(box(point(i % 70, 0), point(i % 70 + 2, 5))),
  CASE WHEN i % 30 = 0 THEN 'empty' ELSE int4range(i % 1000, i % 1000 + i % 20) END, int8range(i, CASE WHEN i % 10 > 0 THEN i + 50 END), numrange(i % 100, i % 100 + random()::numeric),
  tsrange(timestamp '2021-01-01' + i * interval '1 hour', timestamp '2021-01-01' + (i + 5) * interval '1 hour'),
  tstzrange(timestamptz '2021-01-01' + (i % 500) * interval '1 day', NULL), daterange(date '2021-01-01' + i % 700, date '2021-01-08' + i % 700),
  floatrange(i % 50, i % 50 + random()), textrange('k' || i % 50, 'l'),
  (ARRAY['broken', 'worn', 'good', 'mint', NULL])[1 + (5 * power(random(), 2))::int % 5]::grade, (ARRAY['broken', 'worn', 'good'])[1 + i % 3]::grade,
  (100000 * random())::bigint, (10000 + i % 900)::text, CASE WHEN i % 4 > 0 THEN ROW(i % 10, i % 7)::size END,
  ARRAY[i % 50, i % 37, (200 * power(random(), 2))::int], ARRAY['t' || i % 25, 'u' || i % 300], ARRAY[(ARRAY['broken', 'worn', 'good'])[1 + i % 3]]::grade[], ARRAY[ROW(i % 3, 1)::size],
  'Ci' || i % 70, ('k' || i % 9 || '=>' || i % 50)::hstore, ('top.s' || i % 12 || '.u' || i % 200)::ltree, cube(ARRAY[random() * 10, random() * 10]),
  chr(192 + i % 60) || i % 100, md5((i % 2000)::text)
FROM generate_series(1, 12000) i;
-- since: 14
UPDATE cabinet SET m4 = CASE WHEN id % 20 > 0 THEN int4multirange(int4range(id % 100, id % 100 + 5), int4range(200 + id % 50, 260)) END, md = datemultirange(rd);
CREATE INDEX cabinet_i2 ON cabinet (i2);
CREATE INDEX cabinet_f8 ON cabinet (f8);
CREATE INDEX cabinet_dec ON cabinet (dec DESC);
CREATE INDEX cabinet_d ON cabinet (d);
CREATE INDEX cabinet_tstz ON cabinet (tstz);
CREATE INDEX cabinet_txt ON cabinet (txt);
CREATE INDEX cabinet_ch ON cabinet (ch);
CREATE INDEX cabinet_u ON cabinet USING hash (u);
CREATE INDEX cabinet_ip ON cabinet USING gist (ip inet_ops);
CREATE INDEX cabinet_net ON cabinet USING spgist (net);
CREATE INDEX cabinet_js ON cabinet USING gin (js);
CREATE INDEX cabinet_vec ON cabinet USING gin (vec);
CREATE INDEX cabinet_pt ON cabinet USING spgist (pt);
CREATE INDEX cabinet_bx ON cabinet USING gist (bx);
CREATE INDEX cabinet_circ ON cabinet USING gist (circ);
CREATE INDEX cabinet_poly ON cabinet USING spgist (poly);
CREATE INDEX cabinet_r4 ON cabinet USING gist (r4);
CREATE INDEX cabinet_rts ON cabinet USING spgist (rts);
CREATE INDEX cabinet_g ON cabinet (g, gs);
CREATE INDEX cabinet_comp ON cabinet (comp);
CREATE INDEX cabinet_a4 ON cabinet USING gin (a4);
CREATE INDEX cabinet_atxt ON cabinet USING gin (atxt);
CREATE INDEX cabinet_hs ON cabinet USING gist (hs);
CREATE INDEX cabinet_lt ON cabinet USING gist (lt);
CREATE INDEX cabinet_tutf ON cabinet (tutf);
CREATE INDEX cabinet_tbyte ON cabinet (tbyte);
CREATE INDEX cabinet_raw ON cabinet (raw);
CREATE INDEX cabinet_span ON cabinet (span);
CREATE INDEX cabinet_oid_ch ON cabinet (o, tiny_ch);
-- since: 14
CREATE INDEX cabinet_m4 ON cabinet USING gist (m4);

INSERT INTO visitors (email, city, zip, feeling, vip, home, since, name, nick)
SELECT 'user' || i || '@ex' || i % 7 || '.com', 'city' || (40 * power(random(), 2))::int, 'zip' || i % 40 || '-' || i % 3,
  (ARRAY['broken', 'good', 'mint', NULL])[1 + i % 4]::grade, i % 50 = 0, ROW(i % 9, i % 40)::size,
  date '2015-01-01' + (random() * 3000)::int, md5(i::text), CASE WHEN i % 10 = 0 THEN 'nick' || i % 900 END
FROM generate_series(1, 20000) i;
INSERT INTO tickets (id, visitor_id, guide_id, status, bought_at, amount, total, tags, attrs, during, spot, note, token, measured, level)
SELECT i, 1 + (19999 * power(random(), 3))::int, CASE WHEN i % 3 = 0 THEN 1 + i % 50 END,
  (ARRAY['done', 'done', 'done', 'done', 'shipped', 'pending', 'error'])[1 + (7 * power(random(), 2))::int % 7],
  timestamptz '2024-01-01' + i * interval '5 min', CASE WHEN i % 20 > 0 THEN round((random() * 1000)::numeric, 2) END,
  (random() * 100000)::bigint, ARRAY[i % 500, i % 37], jsonb_build_object('src', (ARRAY['web', 'app', 'tel'])[1 + i % 3], 'k', i % 100),
  int4range(i % 1000, i % 1000 + 10), point(random() * 100, random() * 100),
  CASE WHEN i % 3 = 0 THEN md5((i % 1000)::text) END, md5(i::text)::uuid, floatrange(i % 50, i % 50 + 1), i % 4
FROM generate_series(1, 40000) i;
CREATE INDEX tickets_visitor ON tickets (visitor_id);
CREATE INDEX tickets_tags ON tickets USING gin (tags);
CREATE INDEX tickets_attrs ON tickets USING gin (attrs jsonb_path_ops);
CREATE INDEX tickets_spot ON tickets USING gist (spot);
CREATE INDEX tickets_note_hash ON tickets USING hash (note);
CREATE INDEX tickets_pending ON tickets (bought_at) INCLUDE (amount) WHERE status = 'pending';
CREATE INDEX tickets_src ON tickets ((attrs ->> 'src'), visitor_id);
CREATE INDEX tickets_dear ON tickets (total) WHERE is_dear(total);
CREATE INDEX tickets_amount ON tickets (amount DESC NULLS LAST);
CREATE INDEX tickets_twice ON tickets (twice(level::int), bought_at);
INSERT INTO lines (ticket_id, line, sku, qty, cost)
SELECT 1 + i / 2, i % 2, 'sku' || (900 * power(random(), 2))::int, 1 + i % 9, random() FROM generate_series(1, 70000) i;
CREATE INDEX lines_sku ON lines (sku) INCLUDE (qty);
CREATE INDEX lines_spgist ON lines USING spgist (sku);
INSERT INTO visits SELECT timestamptz '2024-01-01' + i * interval '3 min', i % 10, 'p' || i % 100, i FROM generate_series(1, 25000) i;
INSERT INTO halls SELECT CASE WHEN i % 50 = 0 THEN 'nowhere' WHEN i % 3 = 0 THEN 'south' WHEN i % 3 = 1 THEN 'arctic' ELSE 'north' END, i % 80, 'h' || i FROM generate_series(1, 6000) i;
CREATE INDEX halls_no ON halls (no);
INSERT INTO hashed SELECT i % 3000, 'v' || i % 400, i FROM generate_series(1, 9000) i;
INSERT INTO ranged2 SELECT i % 20, i % 100, 'v' || i FROM generate_series(1, 8000) i;
INSERT INTO byexpr SELECT timestamp '2024-01-01' + i * interval '5 min', 'e' || i % 50 FROM generate_series(1, 8000) i;
-- until: 16
INSERT INTO numbered (k, at, v) SELECT i, timestamptz '2024-01-01' + i * interval '10 min', 'V' || i % 300 FROM generate_series(1, 9000) i;
-- since: 17
INSERT INTO numbered (at, v) SELECT timestamptz '2024-01-01' + i * interval '10 min', 'V' || i % 300 FROM generate_series(1, 9000) i;
INSERT INTO base SELECT i, i % 10 FROM generate_series(1, 1000) i;
INSERT INTO zz_heir SELECT i, i % 100, 'x' FROM generate_series(1001, 6000) i;
INSERT INTO aa_heir SELECT i, i % 40 FROM generate_series(6001, 8000) i;
INSERT INTO mother SELECT i % 7, i FROM generate_series(1, 1000) i;
INSERT INTO father SELECT i FROM generate_series(1, 500) i;
INSERT INTO child SELECT i % 70, i, i % 3, i FROM generate_series(1, 4000) i;
INSERT INTO grandchild SELECT 1001 + i, i, i % 3, i FROM generate_series(1, 500) i;
INSERT INTO labels (id, body, word) SELECT i, string_agg('w' || (i * j % 300)::text, ' '), 'wörd' || i % 100 FROM generate_series(1, 3000) i, generate_series(1, 12) j GROUP BY i;
INSERT INTO bookings SELECT i % 50, tsrange(timestamp '2024-01-01' + i * interval '1 hour', timestamp '2024-01-01' + (i + 1) * interval '1 hour'), 'g' || i % 300 FROM generate_series(1, 3000) i;
INSERT INTO slots SELECT i, i * 2, date '2000-01-01' + i FROM generate_series(1, 3000) i;
INSERT INTO sessions SELECT md5(i::text)::uuid, '{}' FROM generate_series(1, 15000) i;
INSERT INTO toasted SELECT i, repeat(md5(i::text), 120), jsonb_build_object('a', repeat('x', 3000)) FROM generate_series(1, 400) i;
INSERT INTO tiny SELECT i, 'label ' || i FROM generate_series(0, 9) i;
INSERT INTO hall.tiny SELECT i, i % 10 FROM generate_series(1, 2000) i;
INSERT INTO never SELECT i, 'n' || i % 10, date '2024-01-01' + i % 100 FROM generate_series(1, 5000) i;
INSERT INTO grown SELECT i, timestamptz '2024-01-01' + i * interval '1 min', i % 100, 'note' FROM generate_series(1, 10000) i;
INSERT INTO shrunk SELECT i, i % 500 FROM generate_series(1, 10000) i;
INSERT INTO bloated SELECT i, i % 500, repeat('f', 100) FROM generate_series(1, 10000) i;
INSERT INTO one_column SELECT i FROM generate_series(1, 5000) i;
INSERT INTO all_null (id) SELECT i FROM generate_series(1, 4000) i;
INSERT INTO wide SELECT i, i % 10, i % 100, i % 1000, i % 7, 'k' || (50 * power(random(), 3))::int, 'l' || i % 300, CASE WHEN i % 8 > 0 THEN random()::numeric * 100 END, date '2024-01-01' + i % 365 FROM generate_series(1, 15000) i;
INSERT INTO "Back Room"."Select ""All""" SELECT i, 'o' || i % 20, i % 90 FROM generate_series(1, 2000) i;
INSERT INTO reversed SELECT i % 1000, i FROM generate_series(1, 10000) i;
INSERT INTO things (tenant, c, s, name, ci, path, h, cb, ia, n, word)
SELECT i % 20, (ARRAY['broken', 'worn', 'good', 'good'])[1 + i % 4]::grade, (ARRAY['broken', 'worn', 'good', 'good'])[1 + i % 4]::grade, md5(i::text), 'Name' || i % 50,
  ('a.b' || i % 9 || '.c' || i % 100)::ltree, ('k=>' || i % 7)::hstore, cube(ARRAY[i % 50, i % 70]), ARRAY[i % 100, i % 13], i % 1000, 'w' || (i % 100) FROM generate_series(1, 20000) i;
INSERT INTO places SELECT i, 'country' || i % 20, 'city' || i % 20 || '-' || i % 60, 'street' || i % 600, (ARRAY['broken', 'worn', 'good', 'good'])[1 + i % 4]::grade, (ARRAY['broken', 'worn', 'good', 'good'])[1 + i % 4]::grade, i % 50, i % 50 + (i % 7) FROM generate_series(1, 12000) i;
INSERT INTO remembered SELECT i, i, 'w' FROM generate_series(1, 2000) i;
INSERT INTO papers SELECT i, i % 20, CASE WHEN i % 2 = 0 THEN 'guild_app' ELSE 'other' END, 'b' || i FROM generate_series(1, 8000) i;
INSERT INTO files SELECT i, i % 30, md5((i % 30)::text)::uuid, 'b' FROM generate_series(1, 9000) i;
INSERT INTO papers_tags SELECT i % 8000, 't' || i % 30 FROM generate_series(1, 10000) i;
INSERT INTO spaced SELECT i, i % 50 FROM generate_series(1, 20000) i;
INSERT INTO half_spaced SELECT i, i % 50 FROM generate_series(1, 20000) i;
REFRESH MATERIALIZED VIEW spent;
-- since: 18
INSERT INTO computed (id, a) SELECT i, i % 100 FROM generate_series(1, 10000) i;
-- since: 18
INSERT INTO temporal SELECT i, daterange(date '2020-01-01' + j, date '2020-01-01' + j + 1) FROM generate_series(1, 300) i, generate_series(1, 20) j;
-- since: 18
INSERT INTO unenforced SELECT i, i, i % 1000 FROM generate_series(1, 5000) i;
-- since: 18
INSERT INTO unproved SELECT i, i FROM generate_series(1, 2000) i;
-- since: 18
ALTER TABLE unproved ADD CONSTRAINT proved NOT NULL b NOT VALID;
-- since: 18
CREATE STATISTICS computed_stats ON (a * 2), (a % 3) FROM computed;
-- extension: vector
INSERT INTO embeddings SELECT i, ('[' || random() || ',' || random() || ',' || random() || ']')::vector FROM generate_series(1, 3000) i;
-- extension: vector
CREATE INDEX embeddings_hnsw ON embeddings USING hnsw (e vector_l2_ops);
-- extension: vector
CREATE INDEX embeddings_ivf ON embeddings USING ivfflat (e vector_cosine_ops) WITH (lists = 20);
DELETE FROM shrunk WHERE id % 10 > 0;
UPDATE bloated SET v = v + 1;
-- Everything is vacuumed and analyzed but what never was; partitioned tables and parents have statistics of their own.
VACUUM ANALYZE cabinet, visitors, tickets, lines, visits, halls, hashed, ranged2, byexpr, numbered, base, zz_heir, aa_heir, mother, father, child, grandchild, labels, bookings, slots, sessions, toasted, tiny, hall.tiny, nothing, grown, shrunk, bloated, one_column, no_columns, all_null, wide, "Back Room"."Select ""All""", reversed, things, places, remembered, papers, files, papers_tags, spaced, half_spaced, spent;
-- since: 18
VACUUM ANALYZE computed, temporal, unenforced, unproved;
-- extension: vector
VACUUM ANALYZE embeddings;
ALTER INDEX tickets_twice ALTER COLUMN 1 SET STATISTICS 300;
ANALYZE tickets;
-- What happened since: tables grew, beyond the ends that statistics know, and some rows changed.
INSERT INTO lines (ticket_id, line, sku, qty, cost) SELECT 40000 - i, 5, 'sku1', 1, 1 FROM generate_series(1, 3000) i;
INSERT INTO grown SELECT i, timestamptz '2024-01-01' + i * interval '1 min', i % 200, 'note' FROM generate_series(10001, 16000) i;
INSERT INTO visits SELECT timestamptz '2024-02-25' + i * interval '3 min', i % 12, 'q' || i % 100, 100000 + i FROM generate_series(1, 3000) i;
DELETE FROM grown WHERE id < 500;
UPDATE visitors SET nick = 'changed' WHERE id % 97 = 0;
INSERT INTO tiny SELECT i, 'more' FROM generate_series(10, 300) i;
