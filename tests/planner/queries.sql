-- One statement a line. Each is planned on the real database and on its shadow.
SELECT * FROM orders WHERE customer_id = 7
SELECT * FROM orders WHERE customer_id = 19990
SELECT * FROM orders WHERE status = 'pending' AND created_at > '2024-06-01'
SELECT * FROM orders WHERE status = 'error'
SELECT count(*) FROM orders WHERE status IN ('done', 'shipped')
SELECT customer_id, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT * FROM orders WHERE customer_id = 55 ORDER BY created_at DESC LIMIT 5
SELECT * FROM orders WHERE attrs @> '{"k": 5, "src": "web"}'
SELECT * FROM orders WHERE tags && ARRAY[5, 700]
SELECT * FROM orders WHERE tags @> ARRAY[5, 20]
SELECT * FROM orders WHERE created_at BETWEEN '2024-03-01' AND '2024-03-02'
SELECT * FROM orders WHERE created_at > '2024-05-15'
SELECT * FROM orders WHERE created_at < '2023-01-01'
SELECT * FROM orders WHERE note = 'abc'
SELECT * FROM orders WHERE note = md5('5')
SELECT * FROM orders ORDER BY spot <-> point(5, 5) LIMIT 10
SELECT * FROM orders WHERE spot <@ box '((1,1),(3,3))'
SELECT * FROM orders WHERE amount > 990 ORDER BY created_at LIMIT 100
SELECT * FROM orders ORDER BY amount DESC LIMIT 20
SELECT id FROM orders WHERE total > 95000 AND is_big(total)
SELECT * FROM orders WHERE attrs ->> 'src' = 'tel' AND customer_id < 100
SELECT * FROM orders WHERE code = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
SELECT count(*) FROM orders WHERE note IS NULL AND amount < 5
SELECT status, created_at::date, sum(amount) FROM orders GROUP BY 1, 2
SELECT max(created_at), min(id) FROM orders
SELECT DISTINCT status FROM orders
SELECT row_number() OVER (PARTITION BY customer_id ORDER BY created_at) FROM orders WHERE customer_id < 20
SELECT * FROM customers WHERE lower(email) = 'user5@ex1.com'
SELECT * FROM customers WHERE city = 'city3' AND zip = 'zip3-0'
SELECT city, zip, count(*) FROM customers GROUP BY 1, 2
SELECT * FROM customers ORDER BY city, zip DESC NULLS LAST LIMIT 20
SELECT * FROM customers WHERE feeling = 'happy' AND vip
SELECT * FROM customers WHERE feeling IS NULL
SELECT * FROM customers WHERE email LIKE 'user99%'
SELECT id FROM customers WHERE email ILIKE '%r199%'
SELECT * FROM customers WHERE vip AND since > '2022-01-01'
SELECT * FROM customers WHERE since < '1980-01-01'
SELECT * FROM customers WHERE name BETWEEN 'ab' AND 'ac'
SELECT c.city, sum(o.amount) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.feeling = 'happy' GROUP BY 1
SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'city7' AND o.status = 'pending'
SELECT o.id, i.sku FROM orders o JOIN items i ON i.order_id = o.id WHERE o.customer_id = 12
SELECT sku, sum(qty) FROM items WHERE sku = 'sku1' GROUP BY 1
SELECT sku FROM items WHERE sku BETWEEN 'sku100' AND 'sku101'
SELECT * FROM items WHERE sku ^@ 'sku77'
SELECT o.id FROM orders o WHERE EXISTS (SELECT FROM items i WHERE i.order_id = o.id AND i.sku = 'sku77')
SELECT o.id FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE i.order_id IS NULL AND o.customer_id < 50
SELECT * FROM items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id WHERE c.id = 33 AND i.qty > 5
SELECT count(*) FROM items i JOIN orders o ON o.id = i.order_id
SELECT doubled FROM items WHERE doubled = 4 AND cost < 0.01
SELECT id FROM docs WHERE words @@ to_tsquery('simple', 'w5 & w20')
SELECT id FROM docs WHERE body ILIKE '%w299%'
SELECT * FROM events WHERE ts BETWEEN '2024-01-03' AND '2024-01-04'
SELECT kind, count(*) FROM events WHERE kind = 5 GROUP BY kind
SELECT e.kind, count(*) FROM events e JOIN tiny t ON t.id = e.kind GROUP BY 1
SELECT * FROM events ORDER BY ts DESC LIMIT 10
SELECT * FROM events WHERE ts > '2024-03-20' AND id = 5
SELECT * FROM base WHERE k = 3
SELECT * FROM ONLY base WHERE id BETWEEN 10 AND 20
SELECT * FROM heir WHERE k BETWEEN 5 AND 7
SELECT * FROM open_orders WHERE email LIKE 'user1%' ORDER BY created_at DESC LIMIT 20
SELECT * FROM loud WHERE city = 'CITY3!'
SELECT * FROM spent WHERE s > 1000 ORDER BY n DESC LIMIT 3
SELECT * FROM spent WHERE customer_id = 7
SELECT "Id" FROM "Odd Names"."Select ""All""" WHERE "order" = 'o3'
SELECT * FROM sessions WHERE token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
SELECT count(*) FROM sessions
SELECT * FROM nothing WHERE v = 3
SELECT * FROM bookings WHERE room = 7
SELECT DISTINCT home FROM customers
WITH x AS MATERIALIZED (SELECT customer_id, sum(amount) s FROM orders GROUP BY 1) SELECT c.email, x.s FROM x JOIN customers c ON c.id = x.customer_id ORDER BY s DESC LIMIT 5
SELECT * FROM orders o, LATERAL (SELECT sum(cost) p FROM items WHERE order_id = o.id) z WHERE o.customer_id = 3
SELECT * FROM orders o JOIN orders p ON p.customer_id = o.customer_id AND p.id <> o.id WHERE o.id = 77
SELECT customer_id FROM orders UNION SELECT id FROM customers WHERE vip
UPDATE orders SET status = 'done' WHERE id = 5
DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 9)
INSERT INTO tiny SELECT id, note FROM orders WHERE id < 100
