-- One statement a line.
SELECT abalance FROM pgbench_accounts WHERE aid = 77
SELECT abalance FROM pgbench_accounts WHERE aid = 499999
SELECT abalance FROM pgbench_accounts WHERE aid = $1
UPDATE pgbench_accounts SET abalance = abalance + 5 WHERE aid = 123456
UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2
UPDATE pgbench_branches SET bbalance = bbalance + 1 WHERE bid = 3
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, 1, 1, CURRENT_TIMESTAMP)
DELETE FROM pgbench_history WHERE mtime < '2026-01-01 02:00'
SELECT count(*) FROM pgbench_accounts
SELECT bid, sum(abalance) FROM pgbench_accounts GROUP BY bid
SELECT a.bid, count(*) FROM pgbench_accounts a JOIN pgbench_history h USING (aid) GROUP BY a.bid
SELECT * FROM pgbench_history WHERE mtime > '2026-01-05 20:00' ORDER BY mtime
SELECT * FROM pgbench_history WHERE mtime > '2026-01-07 00:30'
SELECT * FROM pgbench_history WHERE mtime BETWEEN '2026-01-03' AND '2026-01-03 01:00' AND delta > 0
SELECT * FROM pgbench_history WHERE aid = 1 ORDER BY mtime DESC LIMIT 10
SELECT * FROM pgbench_history WHERE aid < 100 ORDER BY aid, mtime DESC
SELECT max(mtime), min(aid) FROM pgbench_history
SELECT b.bid, t.tid, sum(h.delta) FROM pgbench_branches b JOIN pgbench_tellers t USING (bid) JOIN pgbench_history h USING (tid) GROUP BY 1, 2
SELECT * FROM pgbench_accounts WHERE aid BETWEEN 1000 AND 2000 AND abalance > 0
SELECT aid FROM pgbench_accounts WHERE bid = 2 ORDER BY aid LIMIT 5 OFFSET 1000
SELECT * FROM pgbench_accounts a WHERE NOT EXISTS (SELECT FROM pgbench_history h WHERE h.aid = a.aid) LIMIT 20
SELECT date_trunc('hour', mtime), count(*) FROM pgbench_history GROUP BY 1 ORDER BY 1
