-- A customer's orders, newest first: quiet and busy customers.
-- calls: 120
-- customer: 1 2 17 230 4711 9020 15000 19990
SELECT id, status, total, placed_at FROM orders WHERE customer_id = :customer ORDER BY placed_at DESC LIMIT 20;

-- Logging in.
-- calls: 60
-- n: 12 4800 9312 17001 19999
SELECT id, name FROM customers WHERE lower(email) = 'customer:n@example.com';

-- The order page: one query for the list, one a row for its items (N+1).
-- calls: 4
-- day: 2025-05-01 2025-07-14
SELECT id, customer_id, total FROM orders WHERE placed_at >= ':day' AND placed_at < timestamptz ':day' + interval '9 hours' ORDER BY placed_at;

-- calls: 240
-- order: 80000..119000/163
SELECT id, product_id, quantity, price FROM order_items WHERE order_id = :order;

-- A product that was never sold goes.
-- calls: 8
-- product: 3990..3997/1
DELETE FROM products WHERE id = :product;

-- What was paid on a day.
-- calls: 20
-- day: 2024-05-03 2025-02-11 2025-11-30
SELECT count(*), sum(amount) FROM payments WHERE paid_at::date = ':day';

-- Support searches reviews by a word.
-- calls: 12
-- word: refund bc27af d7d2b8
SELECT id, product_id, rating FROM reviews WHERE body ILIKE '%:word%' ORDER BY created_at DESC;

-- Back office pages deep into the orders.
-- calls: 6
-- skip: 20000 40000
SELECT id, placed_at, total FROM orders ORDER BY placed_at DESC, id DESC LIMIT 50 OFFSET :skip;

-- Every request looks up its session; the index is there, but invalid.
-- calls: 40
-- token: c082760feddf369781ec918cddda6701 e4ffb161e22815d79ee5a446edd4fd5f a328932f7c63d7bfe07b20c5ef85cd94
SELECT customer_id, expires_at FROM sessions WHERE token = ':token';

-- Addresses of a customer.
-- calls: 60
-- customer: 3 99 1200 18000
SELECT city, street FROM addresses WHERE customer_id = :customer;

-- A monthly report: it has to read everything.
-- calls: 2
SELECT date_trunc('month', placed_at) AS month, count(*), sum(total) FROM orders GROUP BY 1 ORDER BY 1;

-- Nearly every order is shipped: no index can help.
-- calls: 4
SELECT count(*) FROM orders WHERE shipped;

-- A tiny table read as a whole.
-- calls: 300
-- category: 1 5 11
SELECT name FROM categories WHERE name = 'Category :category';

-- calls: 30
-- product: 5 210 3000
SELECT avg(rating), count(*) FROM reviews WHERE product_id = :product;

-- calls: 30
-- customer: 7 40 12000
SELECT id, state FROM carts WHERE customer_id = :customer;

-- calls: 50
-- id: 100..119000/2377
SELECT status, total FROM orders WHERE id = :id;
