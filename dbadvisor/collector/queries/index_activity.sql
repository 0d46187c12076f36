-- needs: postgres 13
-- asks: how often each index was used since the counters were reset
select
  i.indexrelid as oid,
  pg_stat_get_numscans(i.indexrelid) as scans,
  pg_stat_get_tuples_returned(i.indexrelid) as tuples_read,
  null::float8 as last_scan_age
from pg_index i
where i.indexrelid >= 16384
order by i.indexrelid
