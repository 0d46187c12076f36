-- needs: postgres 13
-- asks: which relations somebody holds or awaits exclusively, so that no question of ours waits behind them
select distinct l.relation as oid
from pg_locks l
where l.locktype = 'relation'
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and l.relation >= 16384
  and l.pid is distinct from pg_backend_pid()
