-- needs: postgres 13
-- asks: the users' functions; the text only of those that planning may call or read into and that can be made again
select
  n.nspname::text as schema,
  p.proname::text as name,
  pg_get_function_arguments(p.oid) as arguments,
  coalesce(pg_get_function_result(p.oid), '') as returns,
  l.lanname::text as language,
  p.provolatile::text as volatility,
  p.proisstrict as strict,
  p.proparallel::text as parallel,
  p.procost::float8 as cost,
  p.prorows::float8 as rows,
  p.proleakproof as leakproof,
  case when l.lanname = 'sql' or l.lanname = 'plpgsql' and p.provolatile in ('i', 's') then pg_get_functiondef(p.oid) end
    as definition
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where p.oid >= 16384
  and p.prokind in ('f', 'w')
  and n.nspname !~ '^pg_(toast|temp)'
  and not exists (
    select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
order by p.oid
