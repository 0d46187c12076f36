SELECT * FROM orders WHERE upper('x' || note) = 'XY'
SELECT * FROM orders WHERE customer_id = 7 ORDER BY at DESC LIMIT 10
SELECT * FROM orders WHERE at > now() - interval '1 day'
SELECT * FROM orders WHERE at >= timestamptz '2025-01-02' AND at < timestamptz '2025-01-03' AND status = 'new'
SELECT * FROM orders WHERE paid_at BETWEEN '2025-01-02' AND '2025-01-03'
SELECT * FROM orders WHERE paid_at = timestamp '2025-01-02' OR country = 'de'
SELECT extract(year from at), count(*) FROM orders GROUP BY 1
SELECT * FROM orders WHERE paid_at::date > current_date - 5
SELECT date_trunc('month', at), count(*) FROM orders GROUP BY date_trunc('month', at)
SELECT count(1) FROM orders WHERE status IN ('new', 'paid', 'sent')
SELECT sum(CASE WHEN paid THEN 1 ELSE 0 END) FROM orders WHERE paid_at::date = '2025-01-02'
SELECT * FROM orders WHERE lower(note) = lower('A')
SELECT * FROM orders WHERE lower(note) = 'note 7'
SELECT * FROM orders WHERE note LIKE '%ote 77%'
SELECT * FROM orders WHERE note ILIKE '%' || 'te 7' || '%'
SELECT * FROM orders WHERE tags @> array['t1'] AND data @> '{"k": 1}'
SELECT * FROM orders WHERE 't1' = ANY(tags) OR data->>'k' = '2'
SELECT * FROM orders WHERE (data->>'k')::int = 2
SELECT * FROM orders WHERE country = 'de' AND paid = true AND id > 50 ORDER BY id LIMIT 5 OFFSET 40
SELECT * FROM orders WHERE words @@ to_tsquery('english', 'word') AND uid <> '00000000-0000-0000-0000-000000000000'
SELECT customer_id, sum(total) FROM orders WHERE at < '2025-01-05' GROUP BY 1 HAVING sum(total) > 100 AND count(*) > 2
SELECT c.email, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id AND o.total > 5) FROM customers c WHERE c.id = ANY('{1,2,3}')
SELECT * FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id AND c.born > date '1970-05-05')
SELECT * FROM orders WHERE ('x' IS NULL OR status = 'x') AND coalesce(quantity, 0) > 3
SELECT * FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY 1) s WHERE s.n > 3 AND s.customer_id = 9
SELECT to_char(at, 'YYYY'), count(*) FILTER (WHERE status = 'new') FROM orders GROUP BY to_char(at, 'YYYY')
SELECT concat('a', id, 'b'), coalesce(note, 'x') FROM orders WHERE (id, at) > (500, '2025-01-01') ORDER BY id, at LIMIT 3
SELECT * FROM generate_series(1, 10) g JOIN LATERAL (SELECT * FROM orders WHERE id = g) o ON true
SELECT * FROM orders WHERE total * 2 > 1500
UPDATE orders SET quantity = quantity + 1, note = 'x' WHERE id = 77
INSERT INTO orders (id, customer_id, status, at) VALUES (1000001, 5, 'new', now() + interval '1 day')
DELETE FROM orders WHERE at < timestamptz '2020-01-01' AND id IN (1, 2)
SELECT * FROM orders WHERE 1 = 1 AND true AND id = 5
