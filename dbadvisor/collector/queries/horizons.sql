-- needs: postgres 13
-- asks: what besides sessions holds back vacuum or the removal of log: slots, prepared transactions, standbys
select
  case s.slot_type when 'logical' then 'logical slot' else 'slot' end as kind,
  s.slot_name::text as name,
  greatest(age(s.xmin), age(s.catalog_xmin)) as xmin_age,
  pg_wal_lsn_diff(
    case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, s.restart_lsn
  )::bigint as retained_bytes,
  s.active
from pg_replication_slots s
union all
select 'prepared transaction', p.gid, age(p.transaction), null, true
from pg_prepared_xacts p
where p.database = current_database()
union all
select 'standby', coalesce(nullif(r.application_name, ''), r.pid::text), age(r.backend_xmin), null, true
from pg_stat_replication r
order by 1, 2
