-- needs: postgres 13
-- asks: what happened to each table since the counters were reset; by the functions, which cost a quarter of the views
select
  c.oid,
  pg_stat_get_numscans(c.oid) as seq_scans,
  pg_stat_get_tuples_returned(c.oid) as seq_rows,
  coalesce(i.scans, 0)::bigint as index_scans,
  (coalesce(i.fetched, 0) + pg_stat_get_tuples_fetched(c.oid))::bigint as index_rows,
  pg_stat_get_tuples_inserted(c.oid) as inserted,
  pg_stat_get_tuples_updated(c.oid) as updated,
  pg_stat_get_tuples_deleted(c.oid) as deleted,
  pg_stat_get_tuples_hot_updated(c.oid) as hot_updated,
  pg_stat_get_live_tuples(c.oid) as live,
  pg_stat_get_dead_tuples(c.oid) as dead,
  pg_stat_get_mod_since_analyze(c.oid) as modified_since_analyze,
  pg_stat_get_ins_since_vacuum(c.oid) as inserted_since_vacuum,
  extract(epoch from now() - greatest(
    pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)))::float8 as vacuum_age,
  extract(epoch from now() - greatest(
    pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)))::float8 as analyze_age,
  pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid) as heap_read,
  pg_stat_get_blocks_hit(c.oid) as heap_hit
from pg_class c
left join (
  select
    x.indrelid,
    sum(pg_stat_get_numscans(x.indexrelid)) as scans,
    sum(pg_stat_get_tuples_fetched(x.indexrelid)) as fetched
  from pg_index x
  where x.indrelid >= 16384
  group by x.indrelid
) i on i.indrelid = c.oid
where c.oid >= 16384
  and c.relkind in ('r', 'm')
  and c.relpersistence <> 't'
order by c.oid
