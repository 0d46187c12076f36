-- needs: pg_stat_statements 1.8
-- asks: counters without texts of this database's statements: the $1 most expensive and the $2 most frequent
select
  ranked.queryid,
  (select r.rolname::text from pg_roles r where r.oid = ranked.userid) as role,
  ranked.calls,
  ranked.total_exec_time as total_ms,
  ranked.rows,
  ranked.min_exec_time as min_ms,
  ranked.max_exec_time as max_ms,
  ranked.stddev_exec_time as stddev_ms,
  ranked.total_plan_time as plan_ms,
  ranked.shared_blks_hit as hit_blocks,
  ranked.shared_blks_read as read_blocks,
  ranked.shared_blks_dirtied as dirtied_blocks,
  ranked.temp_blks_read as temp_read_blocks,
  ranked.temp_blks_written as temp_written_blocks,
  ranked.wal_bytes::bigint as wal_bytes,
  ranked.blk_read_time + ranked.blk_write_time as io_ms,
  0::float8 as jit_ms,
  ranked.hidden
from (
  select
    s.*,
    s.queryid is null as hidden,
    row_number() over (order by s.total_exec_time desc) as by_time,
    row_number() over (order by s.calls desc) as by_calls
  from {schema}.pg_stat_statements(false) s
  where s.dbid = (select d.oid from pg_database d where d.datname = current_database())
) ranked
where ranked.by_time <= $1::bigint
  or ranked.by_calls <= $2::bigint
order by ranked.total_exec_time desc, ranked.queryid
