-- needs: postgres 13
-- asks: who is doing what now in this database, and who blocks those that wait; a masked session has no type
select
  a.pid,
  a.usename::text as user,
  coalesce(a.application_name, '') as application,
  a.state,
  a.wait_event_type,
  a.wait_event,
  greatest(extract(epoch from clock_timestamp() - a.xact_start), 0)::float8 as transaction_age,
  greatest(extract(epoch from clock_timestamp() - a.query_start), 0)::float8 as query_age,
  age(a.backend_xmin) as xmin_age,
  coalesce(a.query, '') as query,
  case when a.wait_event_type = 'Lock' then pg_blocking_pids(a.pid) else '{}' end as blocked_by
from pg_stat_activity a
where coalesce(a.backend_type, 'client backend') = 'client backend'
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
order by a.pid
