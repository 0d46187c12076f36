-- needs: postgres 13
-- asks: statistics objects that somebody created, as statements
select s.oid, n.nspname::text as schema, s.stxname::text as name, s.stxrelid as table_oid,
  pg_get_statisticsobjdef(s.oid) as definition
from pg_statistic_ext s
join pg_namespace n on n.oid = s.stxnamespace
where s.stxrelid <> all ($1::oid[])
order by n.nspname, s.stxname
