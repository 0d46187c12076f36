-- needs: postgres 16
-- asks: how often each index was used since the counters were reset, and when last
select
  i.indexrelid as oid,
  pg_stat_get_numscans(i.indexrelid) as scans,
  pg_stat_get_tuples_returned(i.indexrelid) as tuples_read,
  extract(epoch from now() - pg_stat_get_lastscan(i.indexrelid))::float8 as last_scan_age
from pg_index i
where i.indexrelid >= 16384
order by i.indexrelid
