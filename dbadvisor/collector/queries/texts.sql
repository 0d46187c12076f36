-- needs: pg_stat_statements 1.8
-- asks: the texts of the statements $1, once a run: the server reads its whole text file for it, however few are asked
select distinct on (s.queryid) s.queryid, left(s.query, 200001) as query
from {schema}.pg_stat_statements(true) s
where s.queryid = any ($1::bigint[])
  and s.dbid = (select d.oid from pg_database d where d.datname = current_database())
order by s.queryid, s.query
