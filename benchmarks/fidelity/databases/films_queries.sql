-- One statement a line.
SELECT * FROM film WHERE title = 'FILM c4ca4238a0b923820dcc509a6f75849b'
SELECT * FROM film WHERE title LIKE 'FILM c4%'
SELECT film_id, title FROM film WHERE rating = 'R' AND length > 150 ORDER BY title LIMIT 10
SELECT rating, count(*), avg(length) FROM film GROUP BY rating
SELECT * FROM film WHERE release_year = 1999
SELECT * FROM film WHERE release_year > 2020 AND language_id = 2
SELECT * FROM film WHERE special_features @> ARRAY['Trailers', 'Commentaries']
SELECT * FROM film WHERE special_features && ARRAY['Deleted Scenes'] AND rental_rate < 1
SELECT * FROM film WHERE fulltext @@ to_tsquery('simple', 'w5')
SELECT * FROM film WHERE fulltext @@ to_tsquery('simple', 'w5 & w7')
SELECT * FROM film WHERE special_features IS NULL
SELECT f.title, l.name FROM film f JOIN language l USING (language_id) WHERE l.name = 'language 3'
SELECT a.last_name, count(*) FROM actor a JOIN film_actor USING (actor_id) GROUP BY 1 HAVING count(*) > 20
SELECT f.title FROM film f JOIN film_actor fa USING (film_id) JOIN actor a USING (actor_id) WHERE a.last_name = 'LAST7'
SELECT * FROM film f WHERE NOT EXISTS (SELECT FROM inventory i WHERE i.film_id = f.film_id)
SELECT * FROM customer WHERE last_name = 'SURNAME77'
SELECT * FROM customer WHERE lower(email) = 'name77@films.example'
SELECT * FROM customer WHERE NOT active AND create_date > '2023-01-01'
SELECT * FROM customer WHERE profile @> '{"tier": "gold"}'
SELECT * FROM customer WHERE profile ->> 'tier' = 'gold'
SELECT count(*) FROM customer WHERE store_id = 1 AND active
SELECT * FROM rental WHERE customer_id = 3
SELECT return_date FROM rental WHERE customer_id = 8000
SELECT * FROM rental WHERE return_date IS NULL AND inventory_id = 44
SELECT * FROM rental WHERE rental_date BETWEEN '2026-02-01' AND '2026-02-02'
SELECT * FROM rental WHERE rental_date > '2026-03-25'
SELECT * FROM rental WHERE rental_date > '2026-04-03 09:00'
SELECT * FROM rental WHERE during @> timestamptz '2026-02-05 12:00'
SELECT * FROM rental WHERE during && tstzrange('2026-01-01', '2026-01-02')
SELECT c.last_name, count(*) FROM rental r JOIN customer c USING (customer_id) WHERE r.return_date IS NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 20
SELECT f.title, count(*) FROM rental r JOIN inventory i USING (inventory_id) JOIN film f USING (film_id) GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT * FROM payment WHERE customer_id = 5
SELECT sum(amount) FROM payment WHERE payment_date >= '2026-02-01' AND payment_date < '2026-03-01'
SELECT sum(amount) FROM payment WHERE payment_date >= $1 AND payment_date < $2
SELECT * FROM payment WHERE payment_date = '2026-02-03 04:05' AND payment_id = 5
SELECT customer_id, sum(amount) FROM payment GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT c.store_id, date_trunc('month', p.payment_date), sum(p.amount) FROM payment p JOIN customer c USING (customer_id) GROUP BY 1, 2
SELECT * FROM payment ORDER BY payment_date DESC LIMIT 20
SELECT * FROM film_list WHERE category = 'category 3' AND price < 3
SELECT * FROM film_list WHERE film_id = 77
SELECT title FROM cheap_films WHERE rating = 'PG' ORDER BY title
SELECT * FROM sales WHERE day = '2026-02-01' ORDER BY total DESC LIMIT 10
SELECT day, sum(total) FROM sales WHERE day > '2026-03-01' GROUP BY 1
SELECT film_id, in_stock(film_id, 1) FROM film WHERE film_id < 20
SELECT *, rank() OVER (PARTITION BY customer_id ORDER BY amount DESC) FROM payment WHERE payment_date < '2026-01-03'
WITH top AS (SELECT customer_id, sum(amount) s FROM payment GROUP BY 1 ORDER BY 2 DESC LIMIT 100) SELECT c.*, s FROM top JOIN customer c USING (customer_id)
SELECT f.film_id, x.n FROM film f CROSS JOIN LATERAL (SELECT count(*) n FROM inventory i WHERE i.film_id = f.film_id) x WHERE f.language_id = 1
SELECT 'film', title FROM film WHERE length > 180 UNION ALL SELECT 'actor', last_name FROM actor WHERE actor_id < 50
SELECT customer_id FROM customer WHERE active INTERSECT SELECT customer_id FROM rental WHERE rental_date > '2026-03-20'
UPDATE rental SET return_date = now() WHERE rental_id = 500
UPDATE film SET rental_rate = rental_rate * 1.1 WHERE film_id IN (SELECT film_id FROM film_category WHERE category_id = 4)
DELETE FROM payment WHERE payment_date < '2026-01-02' AND amount < 1
INSERT INTO film (title, language_id, fulltext) VALUES ('NEW', 1, '') RETURNING film_id
INSERT INTO customer SELECT customer_id + 100000, store_id, first_name, last_name, NULL, true, create_date FROM customer WHERE store_id = 2 ON CONFLICT DO NOTHING
SELECT count(*) FROM rental r, payment p WHERE p.rental_id = r.rental_id AND p.payment_date > '2026-02-20' AND r.customer_id < 50
