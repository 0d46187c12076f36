-- The tables of pgbench at scale 5, grown a little since they were analyzed.
CREATE TABLE pgbench_branches (bid int NOT NULL PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100);
CREATE TABLE pgbench_tellers (tid int NOT NULL PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_accounts (aid int NOT NULL PRIMARY KEY, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
INSERT INTO pgbench_branches SELECT i, 0, '' FROM generate_series(1, 5) i;
INSERT INTO pgbench_tellers SELECT i, 1 + (i - 1) / 10, 0, '' FROM generate_series(1, 50) i;
INSERT INTO pgbench_accounts SELECT i, 1 + (i - 1) / 100000, 0, '' FROM generate_series(1, 500000) i;
INSERT INTO pgbench_history
SELECT 1 + i % 50, 1 + i % 5, 1 + (499999 * power(random(), 2))::int, i % 5000 - 2500, timestamp '2026-01-01' + i * interval '7 s'
FROM generate_series(1, 60000) i;
ALTER TABLE pgbench_tellers ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE pgbench_accounts ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
ALTER TABLE pgbench_history ADD FOREIGN KEY (aid) REFERENCES pgbench_accounts;
CREATE INDEX pgbench_history_mtime ON pgbench_history (mtime);
CREATE INDEX pgbench_history_aid ON pgbench_history (aid, mtime DESC);
VACUUM ANALYZE;
INSERT INTO pgbench_history SELECT 1, 1, 1, 5, timestamp '2026-01-07' + i * interval '1 s' FROM generate_series(1, 3000) i;
