-- One statement a line, behind ` -- ` the role that runs it.
SELECT * FROM owners WHERE n <# 50
SELECT * FROM owners WHERE n =# 50
SELECT * FROM owners ORDER BY n USING <# LIMIT 5
SELECT total(n) FROM owners WHERE tenant = 3
SELECT vol_sql(n), vol_pl(n) FROM owners WHERE vol_sql(tenant) = 3
SELECT * FROM rows_pl()
SELECT * FROM owners, rows_pl(2) r WHERE r = owners.tenant
SELECT * FROM owners WHERE ci = 'name5'
SELECT * FROM owners WHERE ci > 'name3'
SELECT * FROM owners WHERE name < '01'
SELECT * FROM owners WHERE path <@ 'a.b1'
SELECT * FROM owners WHERE h @> 'k=>3'
SELECT * FROM owners WHERE to_tsvector('plain', word) @@ to_tsquery('plain', 'w5')
SELECT * FROM owners WHERE c = 'red' AND s::color = 'red'
SELECT * FROM owners WHERE c = 'red' AND s::color = 'green' AND tenant = 5
SELECT c, s, count(*) FROM owners GROUP BY 1, 2
SELECT c, tenant, count(*) FROM owners GROUP BY 1, 2
SELECT * FROM owners WHERE n % 10 = 5
SELECT n % 10, lower(word), count(*) FROM owners GROUP BY 1, 2
SELECT lower(word), count(*) FROM owners GROUP BY 1
SELECT * FROM owners WHERE lower(word) = 'w5' AND n % 10 = 3
INSERT INTO owners (tenant) VALUES (1)
INSERT INTO owners (tenant) VALUES (1), (2) RETURNING id
INSERT INTO ident (x) VALUES (1) RETURNING g
INSERT INTO ident DEFAULT VALUES
INSERT INTO ident (x) SELECT id FROM owners WHERE n = 4
UPDATE ident SET x = x + 1 WHERE id = 4
SELECT DISTINCT d FROM ident
SELECT * FROM ident i JOIN ident j ON i.d = j.d
SELECT * FROM ident i LEFT JOIN ident j ON i.d = j.d WHERE i.x > 5
SELECT * FROM mp1 WHERE a = 5
SELECT a, count(*) FROM mp1 GROUP BY a
SELECT * FROM mp2 WHERE c = 2
SELECT * FROM mp1 JOIN mp2 ON b = c
SELECT * FROM rng WHERE r && int4range(3, 9)
SELECT * FROM rng WHERE r @> 5
SELECT * FROM rng WHERE t && tsrange('2020-02-01', '2020-02-02') AND id = 4
SELECT * FROM rng WHERE r << int4range(5, 6)
SELECT * FROM remote WHERE id = 5
SELECT v, count(*) FROM remote GROUP BY v
SELECT * FROM remote r JOIN owners o ON o.id = r.id WHERE r.v = 'x'
UPDATE remote SET v = 'x' WHERE id = 3
SELECT * FROM v2 WHERE leak(name)
SELECT * FROM v2 WHERE word = 'w4'
SELECT * FROM hashed WHERE k = 77
SELECT * FROM hashed a JOIN hashed b USING (k) WHERE a.k < 50
SELECT * FROM never WHERE a = 3
SELECT * FROM never JOIN owners ON id = a
SELECT * FROM docs WHERE body = 'b5' -- kinds_app
SELECT * FROM docs WHERE tenant = 7 -- kinds_app
SELECT count(*) FROM docs -- kinds_app
UPDATE docs SET body = 'x' WHERE id = 500 -- kinds_app
SELECT * FROM docs WHERE body = 'b5' -- kinds_boss
SELECT * FROM docs WHERE id = 5 -- kinds_tuned
SELECT * FROM owners WHERE tenant = 3 ORDER BY word -- kinds_tuned
SELECT * FROM owners WHERE n < 50 -- kinds_tuned
SELECT * FROM spaced WHERE a < 300
SELECT * FROM spaced WHERE b = 7
SELECT * FROM spaced ORDER BY a
-- since: 18
SELECT * FROM virt WHERE v = 20
-- since: 18
SELECT v, count(*) FROM virt GROUP BY v
-- since: 18
SELECT w, v FROM virt WHERE w = 'x5'
-- since: 18
INSERT INTO virt (id, a) VALUES (1, 2) RETURNING v
-- since: 18
UPDATE virt SET a = 3 WHERE v = 4
-- since: 18
SELECT * FROM temporal WHERE id = 5 AND during @> date '2020-01-05'
-- since: 18
SELECT DISTINCT id, during FROM temporal
-- since: 18
SELECT * FROM temporal a JOIN temporal b USING (id, during)
-- since: 18
SELECT * FROM notenf WHERE b < 0
-- since: 18
SELECT * FROM notenf n JOIN virt ON r = virt.id
SELECT * FROM nonull WHERE b IS NULL
SELECT * FROM nonull WHERE b IS NOT NULL
-- extension: vector
SELECT * FROM embeddings ORDER BY e <-> '[1,2,3]' LIMIT 5
-- extension: vector
SELECT * FROM embeddings ORDER BY e <=> '[1,2,3]' LIMIT 5
SELECT * FROM parts WHERE lower(v) = 'v5'
SELECT * FROM parts WHERE t < '2024-01-20' AND v > 'V7'
INSERT INTO parts (t, v) VALUES ('2024-02-01', 'x')
SELECT lower(v), count(*) FROM parts GROUP BY 1
SELECT * FROM ownv -- kinds_app
SELECT * FROM rls -- kinds_app
SELECT * FROM rls WHERE id = 5 -- kinds_app
-- since: 15
SELECT * FROM inv WHERE body = 'x' -- kinds_app
SELECT * FROM shapes WHERE s = ROW(3, 4)::size
SELECT * FROM shapes WHERE s > ROW(15, 0)::size
SELECT id FROM shapes WHERE f @> 3.5::float8
SELECT id FROM shapes WHERE t @> 'c'::text
-- since: 18
SELECT * FROM unenforced u JOIN virt ON virt.id = u.r
