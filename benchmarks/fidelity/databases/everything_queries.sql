-- Every type: common values, inner and outer bins of histograms, beyond the ends, NULLs.
SELECT * FROM cabinet WHERE i2 = -100
SELECT * FROM cabinet WHERE i2 > 50
SELECT * FROM cabinet WHERE i2 IS NULL
SELECT * FROM cabinet WHERE i2 = 3000
SELECT * FROM cabinet WHERE i8 BETWEEN 1000 AND 20000
SELECT * FROM cabinet WHERE i8 < -5
SELECT id FROM cabinet WHERE f4 = 'NaN'
SELECT id FROM cabinet WHERE f4 > 99.5
SELECT id FROM cabinet WHERE f8 < -990000
SELECT id FROM cabinet WHERE f8 BETWEEN -1000 AND 1000
SELECT id FROM cabinet WHERE f8 > 1e12
SELECT id FROM cabinet WHERE num > 1000000
SELECT id FROM cabinet WHERE num < 0.5
SELECT id FROM cabinet WHERE dec > 995 ORDER BY dec DESC
SELECT id FROM cabinet WHERE dec IS NOT NULL AND dec < 3
SELECT id FROM cabinet WHERE cash = 12::money
SELECT id FROM cabinet WHERE cash > 650::money
SELECT id FROM cabinet WHERE d = '2020-01-01'
SELECT id FROM cabinet WHERE d BETWEEN '2022-01-01' AND '2022-02-01'
SELECT id FROM cabinet WHERE d > '2030-01-01'
SELECT id FROM cabinet WHERE d < '2020-01-05'
SELECT id FROM cabinet WHERE t < '00:30'
SELECT id FROM cabinet WHERE t BETWEEN '12:00' AND '12:20'
SELECT id FROM cabinet WHERE ttz > '19:00+00'
SELECT id FROM cabinet WHERE ts < '2021-02-01'
SELECT id FROM cabinet WHERE ts >= timestamp '2022-05-15' + interval '10 days'
SELECT id FROM cabinet WHERE tstz = 'infinity'
SELECT id FROM cabinet WHERE tstz > '2023-08-01' AND tstz < 'infinity'
SELECT id FROM cabinet WHERE tstz < '2021-01-15'::date
SELECT id FROM cabinet WHERE span = interval '13 min'
SELECT id FROM cabinet WHERE span > interval '3 days'
SELECT id FROM cabinet WHERE yes
SELECT id FROM cabinet WHERE NOT yes
SELECT id FROM cabinet WHERE yes IS NOT TRUE
SELECT id FROM cabinet WHERE txt = 'text 0'
SELECT id FROM cabinet WHERE txt = 'text 299'
SELECT id FROM cabinet WHERE txt LIKE 'text 2%'
SELECT id FROM cabinet WHERE txt ~ '^text 1[0-3]'
SELECT id FROM cabinet WHERE txt ILIKE '%EXT 7%'
SELECT id FROM cabinet WHERE txt > 'text 9' ORDER BY txt
SELECT id FROM cabinet WHERE txt < 'a'
SELECT id FROM cabinet WHERE txt SIMILAR TO 'text (1|2)'
SELECT id FROM cabinet WHERE vc = 'Vc7'
SELECT id FROM cabinet WHERE vc >= 'Vc5'
SELECT id FROM cabinet WHERE ch = 'B1'
SELECT id FROM cabinet WHERE ch < 'C'
SELECT id FROM cabinet WHERE tiny_ch = 'b'
SELECT id FROM cabinet WHERE nm = 'name5'
SELECT id FROM cabinet WHERE nm > 'name8'
SELECT id FROM cabinet WHERE raw = '\xc4ca4238a0b923820dcc509a6f75849b'
SELECT id FROM cabinet WHERE raw < '\x01'
SELECT id FROM cabinet WHERE u = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
SELECT id FROM cabinet WHERE u < '01000000-0000-0000-0000-000000000000'
SELECT id FROM cabinet WHERE ip = '10.0.3.3'
SELECT id FROM cabinet WHERE ip << '10.0.5.0/24'
SELECT id FROM cabinet WHERE ip > '10.0.38.0'
SELECT id FROM cabinet WHERE net = '192.168.7.0/24'
SELECT id FROM cabinet WHERE net && '192.168.0.0/20'
SELECT id FROM cabinet WHERE mac = '08:00:2b:01:02:05'
SELECT id FROM cabinet WHERE mac > '08:00:2b:01:02:b0'
SELECT id FROM cabinet WHERE mac8 < '08:00:2b:01:02:03:04:10'
SELECT id FROM cabinet WHERE o = 1005
SELECT id FROM cabinet WHERE o BETWEEN 1000 AND 1010 AND tiny_ch = 'a'
SELECT id FROM cabinet WHERE b = B'00000101'
SELECT id FROM cabinet WHERE vb > B'111'
SELECT id FROM cabinet WHERE lsn < '0/1000'
SELECT id FROM cabinet WHERE js @> '{"src": "tel"}'
SELECT id FROM cabinet WHERE js ? 'src' AND js ->> 'k' = '7'
SELECT id FROM cabinet WHERE js = '{"k": 7, "src": "app"}'
SELECT id FROM cabinet WHERE js @@ '$.k == 5'
SELECT id FROM cabinet WHERE plain_js ->> 'a' = '3'
SELECT id FROM cabinet WHERE vec @@ 'w5 & v45'
SELECT id FROM cabinet WHERE vec @@ to_tsquery('simple', 'v2:*')
SELECT id FROM cabinet WHERE vec @@ 'w3 | !v7'
SELECT id FROM cabinet WHERE pt <@ box '((1,1),(3,3))'
SELECT id FROM cabinet ORDER BY pt <-> point(5, 5) LIMIT 10
SELECT id FROM cabinet WHERE bx && box '((1,1),(3,3))'
SELECT id FROM cabinet WHERE circ @> point(5, 5)
SELECT id FROM cabinet WHERE poly && polygon '((0,0),(0,2),(2,2))'
SELECT id FROM cabinet WHERE r4 @> 7
SELECT id FROM cabinet WHERE r4 && int4range(990, 2000)
SELECT id FROM cabinet WHERE r4 << int4range(5, 6)
SELECT id FROM cabinet WHERE r4 = 'empty'
SELECT id FROM cabinet WHERE isempty(r4)
SELECT id FROM cabinet WHERE r8 @> 1000000::bigint
SELECT id FROM cabinet WHERE rnum <@ numrange(5, 7)
SELECT id FROM cabinet WHERE rts @> timestamp '2021-06-01'
SELECT id FROM cabinet WHERE rts && tsrange('2021-06-01', '2021-06-02')
SELECT id FROM cabinet WHERE rtstz && tstzrange(NULL, '2021-01-03')
SELECT id FROM cabinet WHERE rd -|- daterange('2021-05-01', '2021-05-02')
SELECT id FROM cabinet WHERE rf @> 3.5::float8
SELECT id FROM cabinet WHERE rtxt && textrange('a', 'k2')
SELECT id FROM cabinet WHERE g = 'mint'
SELECT id FROM cabinet WHERE g > 'worn'
SELECT id FROM cabinet WHERE g IS NULL AND gs::grade = 'good'
SELECT id FROM cabinet WHERE c < 500
SELECT id FROM cabinet WHERE pc = '10005'
SELECT id FROM cabinet WHERE pc::text LIKE '108%'
SELECT id FROM cabinet WHERE comp = ROW(3, 4)::size
SELECT id FROM cabinet WHERE comp > ROW(8, 4)::size
SELECT id FROM cabinet WHERE (comp).height = 3
SELECT id FROM cabinet WHERE a4 @> ARRAY[5]
SELECT id FROM cabinet WHERE a4 && ARRAY[1, 199, 1000]
SELECT id FROM cabinet WHERE a4 <@ ARRAY[1, 2, 3, 4, 5]
SELECT id FROM cabinet WHERE a4 = ARRAY[1, 1, 1]
SELECT id FROM cabinet WHERE 7 = ANY (a4)
SELECT id FROM cabinet WHERE 'u5' = ANY (atxt)
SELECT id FROM cabinet WHERE atxt @> ARRAY['t3', 'u3']
SELECT id FROM cabinet WHERE ag && ARRAY['worn']::grade[]
SELECT id FROM cabinet WHERE acomp[1] = ROW(1, 1)::size
SELECT id FROM cabinet WHERE ci = 'cI5'
SELECT id FROM cabinet WHERE ci > 'ci6'
SELECT id FROM cabinet WHERE hs @> 'k3=>5'
SELECT id FROM cabinet WHERE hs ? 'k4'
SELECT id FROM cabinet WHERE lt <@ 'top.s3'
SELECT id FROM cabinet WHERE lt ~ 'top.*.u5'
SELECT id FROM cabinet WHERE cb <@ cube '(1,1),(2,2)'
SELECT id FROM cabinet WHERE tutf > 'é' COLLATE utf_order
SELECT id FROM cabinet WHERE tutf LIKE 'Á%'
SELECT id FROM cabinet WHERE tbyte < '05'
SELECT id FROM cabinet WHERE tbyte LIKE 'abc%'
-- since: 14
SELECT id FROM cabinet WHERE m4 @> 7
-- since: 14
SELECT id FROM cabinet WHERE m4 && int4multirange(int4range(205, 207))
-- since: 14
SELECT id FROM cabinet WHERE md @> date '2021-03-04'
SELECT g, gs, count(*) FROM cabinet GROUP BY 1, 2
SELECT txt, count(*) FROM cabinet GROUP BY 1 HAVING count(*) > 10
SELECT DISTINCT comp, a4 FROM cabinet
SELECT DISTINCT d, yes FROM cabinet ORDER BY d
SELECT count(DISTINCT ip), max(f8), min(d), max(tstz) FROM cabinet
SELECT a.id FROM cabinet a JOIN cabinet b ON a.u = b.u
SELECT a.id FROM cabinet a JOIN cabinet b ON a.txt = b.txt AND a.g = b.g WHERE a.i2 = 5
SELECT a.id FROM cabinet a JOIN cabinet b ON a.r4 && b.r4 WHERE b.id < 20
SELECT a.id FROM cabinet a JOIN cabinet b ON a.a4 && b.a4 WHERE b.id < 20
SELECT a.id FROM cabinet a JOIN cabinet b ON a.ip << b.net
SELECT a.id FROM cabinet a JOIN cabinet b ON a.d < b.d - 1400
SELECT a.id FROM cabinet a JOIN cabinet b ON a.nm = b.vc
-- Sizes, ends, NULLs and combinations on ordinary tables.
SELECT * FROM tickets WHERE visitor_id = 7
SELECT * FROM tickets WHERE visitor_id = 19990
SELECT * FROM tickets WHERE visitor_id > 20100
SELECT * FROM tickets WHERE status = 'pending' AND bought_at > '2024-06-01'
SELECT * FROM tickets WHERE status = 'error'
SELECT * FROM tickets WHERE status = 'no such status'
SELECT * FROM tickets WHERE status <> 'done' AND guide_id IS NULL
SELECT * FROM tickets WHERE status IN ('done', 'shipped', 'lost')
SELECT * FROM tickets WHERE status NOT IN ('done', 'shipped')
SELECT * FROM tickets WHERE visitor_id = ANY (ARRAY[1, 2, 3, 5000, 60000])
SELECT visitor_id, count(*) FROM tickets GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT * FROM tickets WHERE visitor_id = 55 ORDER BY bought_at DESC LIMIT 5
SELECT * FROM tickets WHERE attrs @> '{"k": 5, "src": "web"}'
SELECT * FROM tickets WHERE tags && ARRAY[5, 700]
SELECT * FROM tickets WHERE tags @> ARRAY[5, 20]
SELECT * FROM tickets WHERE bought_at BETWEEN '2024-03-01' AND '2024-03-02'
SELECT * FROM tickets WHERE bought_at > '2024-05-15'
SELECT * FROM tickets WHERE bought_at < '2023-01-01'
SELECT * FROM tickets WHERE note = 'abc'
SELECT * FROM tickets WHERE note = md5('5')
SELECT * FROM tickets ORDER BY spot <-> point(5, 5) LIMIT 10
SELECT * FROM tickets WHERE spot <@ box '((1,1),(3,3))'
SELECT * FROM tickets WHERE amount > 990 ORDER BY bought_at LIMIT 100
SELECT * FROM tickets ORDER BY amount DESC NULLS LAST LIMIT 20
SELECT id FROM tickets WHERE total > 95000 AND is_dear(total)
SELECT * FROM tickets WHERE attrs ->> 'src' = 'tel' AND visitor_id < 100
SELECT * FROM tickets WHERE token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
SELECT count(*) FROM tickets WHERE note IS NULL AND amount < 5
SELECT status, bought_at::date, sum(amount) FROM tickets GROUP BY 1, 2
SELECT status, level, sum(amount) FROM tickets GROUP BY GROUPING SETS ((1), (2), ())
SELECT status, level, sum(amount) FROM tickets GROUP BY CUBE (1, 2)
SELECT max(bought_at), min(id) FROM tickets
SELECT DISTINCT ON (visitor_id) * FROM tickets ORDER BY visitor_id, bought_at DESC
SELECT row_number() OVER (PARTITION BY visitor_id ORDER BY bought_at) FROM tickets WHERE visitor_id < 20
SELECT id, rank() OVER w, lag(amount) OVER w FROM tickets WINDOW w AS (PARTITION BY status ORDER BY amount) LIMIT 50
SELECT * FROM (SELECT id, row_number() OVER (ORDER BY bought_at) AS n FROM tickets) x WHERE n <= 10
SELECT * FROM tickets WHERE twice(level::int) = 4 AND bought_at > '2024-05-01'
SELECT * FROM tickets WHERE doubled > 1990
SELECT * FROM tickets WHERE measured @> 3.2::float8 AND during && int4range(5, 8)
SELECT sum(product) FROM (SELECT product_of(level) AS product FROM tickets GROUP BY visitor_id) x
SELECT * FROM visitors WHERE lower(email) = 'user5@ex1.com'
SELECT * FROM visitors WHERE city = 'city3' AND zip = 'zip3-0'
SELECT * FROM visitors WHERE city = 'city39'
SELECT city, zip, count(*) FROM visitors GROUP BY 1, 2
SELECT * FROM visitors ORDER BY city, zip DESC NULLS LAST LIMIT 20
SELECT * FROM visitors ORDER BY city DESC, zip DESC LIMIT 20
SELECT * FROM visitors WHERE feeling = 'mint' AND vip
SELECT * FROM visitors WHERE feeling IS NULL
SELECT * FROM visitors WHERE email LIKE 'user99%'
SELECT * FROM visitors WHERE email >= 'user99'
SELECT * FROM visitors WHERE email BETWEEN 'user5' AND 'user50@'
SELECT * FROM visitors WHERE email < 'user10001'
SELECT id FROM visitors WHERE email ILIKE '%r199%'
SELECT * FROM visitors WHERE vip AND since > '2022-01-01'
SELECT * FROM visitors WHERE since < '1980-01-01'
SELECT * FROM visitors WHERE name BETWEEN 'ab' AND 'ac'
SELECT * FROM visitors WHERE name % 'c4ca4238a0b923820dcc509a6f75849b'
SELECT * FROM visitors WHERE nick = 'nick50'
SELECT * FROM visitors WHERE nick IS NOT NULL ORDER BY nick LIMIT 10
SELECT * FROM visitors WHERE (city, zip) > ('city3', 'zip5-1')
SELECT DISTINCT home FROM visitors
SELECT v.city, sum(t.amount) FROM tickets t JOIN visitors v ON v.id = t.visitor_id WHERE v.feeling = 'good' GROUP BY 1
SELECT t.id, v.email FROM tickets t JOIN visitors v ON v.id = t.visitor_id WHERE v.city = 'city7' AND t.status = 'pending'
SELECT t.id, v.email, g.email FROM tickets t JOIN visitors v ON v.id = t.visitor_id LEFT JOIN visitors g ON g.id = t.guide_id WHERE t.amount < 3
SELECT t.id, l.sku FROM tickets t JOIN lines l ON l.ticket_id = t.id WHERE t.visitor_id = 12
SELECT sku, sum(qty) FROM lines WHERE sku = 'sku1' GROUP BY 1
SELECT sku FROM lines WHERE sku BETWEEN 'sku100' AND 'sku101'
SELECT * FROM lines WHERE sku ^@ 'sku77'
SELECT qty FROM lines WHERE ticket_id = 500
SELECT t.id FROM tickets t WHERE EXISTS (SELECT FROM lines l WHERE l.ticket_id = t.id AND l.sku = 'sku77')
SELECT t.id FROM tickets t WHERE t.id NOT IN (SELECT ticket_id FROM lines WHERE qty > 8)
SELECT t.id FROM tickets t WHERE t.id IN (SELECT ticket_id FROM lines WHERE sku = 'sku5')
SELECT t.id FROM tickets t LEFT JOIN lines l ON l.ticket_id = t.id WHERE l.ticket_id IS NULL AND t.visitor_id < 50
SELECT * FROM lines l FULL JOIN tickets t ON t.id = l.ticket_id WHERE t.visitor_id < 5 OR l.qty = 3
SELECT * FROM lines l JOIN tickets t ON t.id = l.ticket_id JOIN visitors v ON v.id = t.visitor_id WHERE v.id = 33 AND l.qty > 5
SELECT count(*) FROM lines l JOIN tickets t ON t.id = l.ticket_id
SELECT twofold FROM lines WHERE twofold = 4 AND cost < 0.01
SELECT (SELECT max(l.cost) FROM lines l WHERE l.ticket_id = t.id) FROM tickets t WHERE t.visitor_id = 3
SELECT * FROM tickets t, LATERAL (SELECT sum(cost) p FROM lines WHERE ticket_id = t.id) z WHERE t.visitor_id = 3
SELECT * FROM tickets t JOIN tickets p ON p.visitor_id = t.visitor_id AND p.id <> t.id WHERE t.id = 77
SELECT visitor_id FROM tickets UNION SELECT id FROM visitors WHERE vip
SELECT visitor_id FROM tickets INTERSECT SELECT id FROM visitors WHERE vip
SELECT id FROM visitors EXCEPT ALL SELECT visitor_id FROM tickets
SELECT id, 'a' FROM visitors WHERE vip UNION ALL SELECT id, 'b' FROM visitors WHERE city = 'city2' ORDER BY 1 LIMIT 5
WITH x AS MATERIALIZED (SELECT visitor_id, sum(amount) s FROM tickets GROUP BY 1) SELECT v.email, x.s FROM x JOIN visitors v ON v.id = x.visitor_id ORDER BY s DESC LIMIT 5
WITH RECURSIVE r AS (SELECT id, visitor_id FROM tickets WHERE id = 5 UNION ALL SELECT t.id, t.visitor_id FROM tickets t JOIN r ON t.visitor_id = r.id) SELECT * FROM r
WITH moved AS (DELETE FROM lines WHERE ticket_id = 7 RETURNING *) INSERT INTO lines (ticket_id, line, sku, qty, cost) SELECT ticket_id, line + 10, sku, qty, cost FROM moved
SELECT id FROM labels WHERE words @@ to_tsquery('simple', 'w5 & w20')
SELECT id FROM labels WHERE body ILIKE '%w299%'
SELECT id FROM labels WHERE to_tsvector('labels', word) @@ to_tsquery('labels', 'wörd5')
SELECT id FROM labels WHERE words @@ websearch_to_tsquery('simple', 'w4 -w7') ORDER BY id
SELECT generate_series(1, 10) AS n, id FROM tiny
SELECT * FROM unnest(ARRAY[1, 2, 3]) WITH ORDINALITY u (v, n) JOIN tiny ON tiny.id = u.v
SELECT * FROM generate_series(timestamp '2024-01-01', '2024-02-01', '1 day') day LEFT JOIN tickets t ON t.bought_at = day
SELECT * FROM jsonb_to_recordset('[{"a": 1}, {"a": 2}]') AS j (a int) JOIN tiny ON tiny.id = j.a
VALUES (1, 'a'), (2, 'b'), (3, 'c')
SELECT * FROM tickets TABLESAMPLE SYSTEM (3) WHERE status = 'done'
SELECT * FROM tickets TABLESAMPLE BERNOULLI (3) REPEATABLE (7)
SELECT * FROM tickets WHERE id = 5 FOR UPDATE
SELECT * FROM tickets WHERE ctid = '(5,1)'
SELECT tableoid, count(*) FROM visits GROUP BY 1
SELECT * FROM tickets ORDER BY bought_at FETCH FIRST 10 ROWS WITH TIES
-- Partitions and heirs.
SELECT * FROM visits WHERE at BETWEEN '2024-01-03' AND '2024-01-04'
SELECT * FROM visits WHERE at > '2024-02-28' AND kind = 11
SELECT kind, count(*) FROM visits WHERE kind = 5 GROUP BY kind
SELECT kind, payload, count(*) FROM visits GROUP BY 1, 2
SELECT * FROM visits WHERE payload = 'p7' AND kind = 7
SELECT e.kind, count(*) FROM visits e JOIN tiny t ON t.id = e.kind GROUP BY 1
SELECT * FROM visits ORDER BY at DESC LIMIT 10
SELECT * FROM visits WHERE at > '2024-03-20' AND id = 5
SELECT * FROM visits_2 WHERE kind IN (3, 9)
SELECT * FROM visits WHERE at >= now() - interval '10 years' AND kind = 3
SELECT * FROM visits_future
SELECT * FROM halls WHERE region = 'north' AND no = 5
SELECT * FROM halls WHERE region IS NULL
SELECT no, count(*) FROM halls GROUP BY no
SELECT * FROM halls a JOIN halls b USING (region) WHERE a.no = 3
-- set: enable_partitionwise_join=on, enable_partitionwise_aggregate=on
SELECT a.region, count(*) FROM halls a JOIN halls b USING (region) WHERE a.no = 3 GROUP BY 1
SELECT * FROM hashed WHERE k = 77
SELECT * FROM hashed a JOIN hashed b USING (k) WHERE a.k < 50
-- set: enable_partitionwise_join=on
SELECT * FROM hashed a JOIN hashed b USING (k) WHERE a.w < 500
SELECT * FROM ranged2 WHERE a = 10 AND b > 70
SELECT * FROM byexpr WHERE at::date = '2024-01-20'
SELECT * FROM byexpr WHERE v = 'e7'
SELECT * FROM numbered WHERE lower(v) = 'v5'
SELECT * FROM numbered WHERE at < '2024-01-20' AND v > 'V7'
SELECT lower(v), count(*) FROM numbered GROUP BY 1
-- until: 16
INSERT INTO numbered (k, at, v) VALUES (1, '2024-02-01', 'x')
-- since: 17
INSERT INTO numbered (at, v) VALUES ('2024-02-01', 'x')
UPDATE visits SET payload = 'x' WHERE at = '2024-01-05' AND id = 7
DELETE FROM visits WHERE kind = 3 AND at < '2024-01-02'
SELECT * FROM base WHERE k = 3
SELECT * FROM ONLY base WHERE id BETWEEN 10 AND 20
SELECT * FROM zz_heir WHERE k BETWEEN 5 AND 7
SELECT k, count(*) FROM base GROUP BY k
SELECT * FROM mother WHERE a = 5
SELECT a, count(*) FROM mother GROUP BY a
SELECT * FROM father WHERE c = 2
SELECT * FROM mother JOIN father ON b = c
SELECT * FROM mother WHERE a = 3 AND b < 100
UPDATE mother SET b = 0 WHERE a = 6
-- Views, functions, rules of names.
SELECT * FROM open_tickets WHERE email LIKE 'user1%' ORDER BY bought_at DESC LIMIT 20
SELECT * FROM dear_open WHERE email = 'user3@ex3.com'
SELECT * FROM loud WHERE city = 'CITY3!'
SELECT * FROM counting WHERE n > 50
SELECT * FROM spent WHERE s > 1000 ORDER BY n DESC LIMIT 3
SELECT * FROM spent WHERE visitor_id = 7
SELECT * FROM tickets_of(7) WHERE status = 'done'
SELECT city_of(visitor_id) FROM tickets WHERE id < 20
SELECT volatile_plus(level), settled(level) FROM tickets WHERE settled(visitor_id) = 4
SELECT * FROM numbers()
SELECT * FROM tickets t, numbers(2) n WHERE n = t.visitor_id
SELECT * FROM visitors WHERE since > today()
SELECT * FROM visitors WHERE shout(city) = 'X!' AND twice(id) = 10
SELECT "Id" FROM "Back Room"."Select ""All""" WHERE "order" = 'o3' AND "Übergröße" > 80
SELECT * FROM hall.tiny h JOIN tiny t ON t.id = h.v
SELECT * FROM reversed WHERE n <# 50
SELECT * FROM reversed WHERE n =# 50
SELECT * FROM reversed ORDER BY n USING <# LIMIT 5
SELECT * FROM reversed a JOIN reversed b ON a.n =# b.n
SELECT * FROM things WHERE ci = 'name5'
SELECT * FROM things WHERE ci > 'name3'
SELECT * FROM things WHERE name < '01'
SELECT * FROM things WHERE path <@ 'a.b1'
SELECT * FROM things WHERE h @> 'k=>3'
SELECT * FROM things WHERE cb && cube '(1,1),(3,3)'
SELECT * FROM things WHERE ia @@ '5&6'::query_int
SELECT * FROM things WHERE ia @> ARRAY[5]
SELECT * FROM things WHERE tenant = 3 AND n BETWEEN 5 AND 8
SELECT * FROM things WHERE tenant = 3 AND made < '2020-01-01'
SELECT * FROM things WHERE n = 77
SELECT * FROM things WHERE word = 'w5' AND unaccent(word) = 'w5'
SELECT tenant, count(*) FROM things GROUP BY 1
SELECT name, count(*) FROM things GROUP BY 1
SELECT DISTINCT c, s FROM things
-- Extended statistics.
SELECT country, city, street, count(*) FROM places GROUP BY 1, 2, 3
SELECT country, city, count(*) FROM places GROUP BY 1, 2
SELECT * FROM places WHERE country = 'country3' AND city = 'city3-3'
SELECT * FROM places WHERE country = 'country3' AND city = 'city4-4'
SELECT * FROM places WHERE country IN ('country3', 'country4') AND city = 'city3-3'
SELECT * FROM places WHERE g = 'worn' AND gs::grade = 'worn'
SELECT * FROM places WHERE g = 'good' AND gs::grade = 'broken'
SELECT * FROM places WHERE g = 'good' OR gs::grade = 'broken'
SELECT * FROM places WHERE x = 5 AND y = 6
SELECT * FROM places WHERE x < 5 AND y > 6
SELECT x, y, count(*) FROM places GROUP BY 1, 2
SELECT * FROM places WHERE x % 10 = 5
SELECT x % 10, lower(city), count(*) FROM places GROUP BY 1, 2
SELECT * FROM places WHERE x % 10 = 5 AND lower(city) = 'city5-5' AND country = 'country5'
SELECT * FROM places WHERE x + y > 100
SELECT x + y, count(*) FROM places GROUP BY 1
-- Grown, shrunk, bloated, empty and never analyzed tables.
SELECT * FROM grown WHERE at > '2024-01-11'
SELECT * FROM grown WHERE at > '2024-01-07 22:00' AND at < '2024-01-08'
SELECT * FROM grown WHERE at < '2024-01-01 06:00'
SELECT * FROM grown WHERE k = 150
SELECT max(at), min(id) FROM grown
SELECT * FROM grown a JOIN grown b ON a.id = b.k
SELECT count(*) FROM grown
SELECT * FROM shrunk WHERE v = 10
SELECT * FROM shrunk WHERE id > 9000
SELECT * FROM bloated WHERE v BETWEEN 5 AND 7
SELECT count(*) FROM bloated
SELECT * FROM never WHERE a = 3
SELECT * FROM never WHERE b = 'n5' AND c > '2024-02-01'
SELECT * FROM never JOIN things ON id = a
SELECT b, count(*) FROM never GROUP BY b
SELECT * FROM nothing WHERE v = 3
SELECT * FROM nothing n JOIN tiny t ON t.id = n.id
SELECT * FROM tiny WHERE id > 100
SELECT * FROM tiny ORDER BY label
SELECT * FROM no_columns
SELECT count(*) FROM one_column WHERE v < 100
SELECT * FROM all_null WHERE v = 'x'
SELECT * FROM all_null WHERE w IS NULL
SELECT * FROM all_null WHERE w > 5
SELECT id, length(big) FROM toasted WHERE id < 10
SELECT * FROM toasted WHERE big LIKE 'abc%'
SELECT * FROM sessions WHERE token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
SELECT count(*) FROM sessions
SELECT * FROM bookings WHERE room = 7 AND during && tsrange('2024-01-05', '2024-01-06')
SELECT * FROM bookings WHERE during @> timestamp '2024-02-01 05:30'
SELECT * FROM slots s JOIN slots t ON s.n = t.n
SELECT DISTINCT n FROM slots
SELECT * FROM slots s LEFT JOIN slots t ON s.id = t.id WHERE s.n < 9
SELECT * FROM wide WHERE k1 = 3 AND k2 = 53
SELECT * FROM wide WHERE k2 = 53 AND k3 = 153
SELECT * FROM wide WHERE k1 = 3 ORDER BY k2, k3, id LIMIT 20
SELECT * FROM wide ORDER BY k5, k6 DESC, k7 NULLS FIRST LIMIT 10
SELECT * FROM wide WHERE k5 = 'k0' ORDER BY k6 DESC
SELECT k8, k1, k7 FROM wide WHERE k8 = '2024-03-05'
SELECT k4, count(*) FROM wide GROUP BY k4
SELECT * FROM wide WHERE k1 = 1 OR k4 = 3 OR k8 = '2024-05-05'
SELECT * FROM wide WHERE k1 IN (1, 2) AND k2 IN (11, 12, 13) AND k3 > 500
SELECT w.id FROM wide w JOIN wide x ON x.k4 = w.k4 AND x.id = w.k3
-- set: enable_seqscan=off
SELECT * FROM wide WHERE k3 = 77
-- set: enable_hashjoin=off, enable_nestloop=off
SELECT * FROM wide w JOIN tickets t ON t.visitor_id = w.k3
-- set: enable_hashjoin=off, enable_mergejoin=off
SELECT * FROM wide w JOIN tickets t ON t.visitor_id = w.k3
-- set: work_mem=64kB
SELECT * FROM tickets ORDER BY note, amount
-- set: parallel_setup_cost=0, parallel_tuple_cost=0, min_parallel_table_scan_size=0
SELECT status, avg(amount) FROM tickets GROUP BY 1
-- set: parallel_setup_cost=0, parallel_tuple_cost=0, min_parallel_table_scan_size=0, min_parallel_index_scan_size=0
SELECT count(*) FROM lines l JOIN tickets t ON t.id = l.ticket_id WHERE l.sku < 'sku3'
-- set: join_collapse_limit=1
SELECT * FROM visitors v JOIN tickets t ON t.visitor_id = v.id JOIN lines l ON l.ticket_id = t.id WHERE l.sku = 'sku700'
-- set: random_page_cost=1.1, effective_cache_size=64kB
SELECT * FROM tickets WHERE visitor_id < 40
-- set: default_text_search_config=pg_catalog.german
SELECT id FROM labels WHERE to_tsvector(body) @@ to_tsquery('w5')
-- Writing.
INSERT INTO tiny VALUES (1000, 'x')
INSERT INTO tiny SELECT id, note FROM tickets WHERE id < 100
INSERT INTO visitors (email, city, zip) VALUES ('a', 'b', 'c'), ('d', 'e', 'f') RETURNING id
INSERT INTO tickets (id, visitor_id, status, bought_at, total) VALUES (1, 1, 'x', now(), 1) ON CONFLICT (id) DO UPDATE SET status = excluded.status RETURNING doubled
INSERT INTO tiny (id) VALUES (1) ON CONFLICT DO NOTHING
UPDATE tickets SET status = 'done' WHERE id = 5
UPDATE tickets SET amount = amount + 1 FROM visitors v WHERE v.id = visitor_id AND v.city = 'city39' RETURNING tickets.id, v.email
UPDATE remembered SET w = 'x' WHERE id < 10
DELETE FROM lines WHERE ticket_id IN (SELECT id FROM tickets WHERE visitor_id = 9)
DELETE FROM visitors WHERE id = 5
-- since: 15
MERGE INTO tiny t USING (SELECT visitor_id, count(*) n FROM tickets GROUP BY 1) s ON t.id = s.visitor_id WHEN MATCHED AND s.n > 5 THEN UPDATE SET label = 'many' WHEN NOT MATCHED THEN INSERT VALUES (s.visitor_id, 'new')
-- since: 17
MERGE INTO tiny t USING nothing n ON n.id = t.id WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action()
-- With parameters.
SELECT * FROM tickets WHERE visitor_id = $1 AND status = $2 ORDER BY bought_at DESC LIMIT $3
SELECT * FROM visitors WHERE lower(email) = lower($1)
SELECT * FROM visits WHERE at BETWEEN $1 AND $2
SELECT * FROM tickets WHERE visitor_id = ANY ($1::int[])
SELECT * FROM visitors WHERE email LIKE $1
UPDATE tickets SET note = $2 WHERE id = $1
SELECT * FROM halls WHERE region = $1 AND no > $2
SELECT * FROM cabinet WHERE ($1::int IS NULL OR i2 = $1) AND r4 @> $2
-- Foreign tables and tablespaces.
SELECT * FROM remote WHERE id = 5
SELECT v, count(*) FROM remote GROUP BY v
SELECT * FROM remote r JOIN things t ON t.id = r.id WHERE r.v = 'x'
UPDATE remote SET v = 'x' WHERE id = 3
SELECT * FROM spaced WHERE a < 300
SELECT * FROM spaced WHERE b = 7
SELECT * FROM spaced ORDER BY a
SELECT * FROM half_spaced WHERE a < 300
-- Roles and row security.
SELECT * FROM guarded_more WHERE secretly(name)
SELECT * FROM guarded_more WHERE word = 'w4'
SELECT * FROM papers WHERE body = 'b5'
SELECT * FROM papers WHERE body = 'b5' -- guild_app
SELECT * FROM papers WHERE tenant = 7 -- guild_app
SELECT count(*) FROM papers -- guild_app
UPDATE papers SET body = 'x' WHERE id = 500 -- guild_app
SELECT * FROM papers_tags WHERE tag = 't3' -- guild_app
SELECT * FROM owned_papers WHERE tenant = 3 -- guild_app
-- since: 15
SELECT * FROM asked_papers WHERE tenant = 3 -- guild_app
SELECT * FROM files WHERE body = 'b' -- guild_app
SELECT * FROM files WHERE id = 5 -- guild_app
SELECT * FROM papers WHERE body = 'b5' -- guild_boss
SELECT * FROM files WHERE tenant = 5 -- guild_boss
SELECT * FROM papers p JOIN files f USING (id) WHERE p.tenant = 4 -- postgres
SELECT * FROM tiny WHERE id = 5 -- guild_tuned
SELECT * FROM things WHERE tenant = 3 ORDER BY word -- guild_tuned
SELECT * FROM tickets t JOIN visitors v ON v.id = t.visitor_id -- guild_tuned
-- What only newer versions have.
-- since: 18
SELECT * FROM computed WHERE v = 20
-- since: 18
SELECT v, count(*) FROM computed GROUP BY v
-- since: 18
SELECT w, v FROM computed WHERE w = 'x5'
-- since: 18
INSERT INTO computed (id, a) VALUES (1, 2) RETURNING v
-- since: 18
UPDATE computed SET a = 3 WHERE v = 4 RETURNING old.v, new.v
-- since: 18
SELECT * FROM temporal WHERE id = 5 AND during @> date '2020-01-05'
-- since: 18
SELECT DISTINCT id, during FROM temporal
-- since: 18
SELECT * FROM temporal a JOIN temporal b USING (id, during)
-- since: 18
SELECT * FROM unenforced WHERE b < 0
-- since: 18
SELECT * FROM unenforced u JOIN tiny ON r = tiny.id
-- since: 18
SELECT * FROM unproved WHERE b IS NULL
-- since: 17
SELECT * FROM JSON_TABLE('[{"a": 1}, {"a": 2}]', '$[*]' COLUMNS (a int PATH '$.a')) j JOIN tiny ON tiny.id = j.a
-- extension: vector
SELECT * FROM embeddings ORDER BY e <-> '[1,2,3]' LIMIT 5
-- extension: vector
SELECT * FROM embeddings ORDER BY e <=> '[1,2,3]' LIMIT 5
