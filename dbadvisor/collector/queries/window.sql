-- needs: postgres 13
-- asks: since when this database's tables and indexes are counted: the last reset, else the oldest event still remembered
select
  extract(epoch from now() - coalesce(
    d.stats_reset,
    (
      select min(least(
        pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid),
        pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)))
      from pg_class c
      where c.relkind in ('r', 'm', 't') and not c.relisshared
    )))::float8 as tables_seconds
from pg_stat_database d
where d.datname = current_database()
