-- needs: postgres 13
-- asks: what views and materialized views are made of; those over locked relations ($1) would wait and are left out
select
  c.oid,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  coalesce(c.reloptions, '{}') as options,
  btrim(pg_get_viewdef(c.oid), ' ;') as definition
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid >= 16384
  and c.relkind in ('v', 'm')
  and c.relpersistence <> 't'
  and n.nspname <> 'information_schema'
  and c.oid <> all ($1::oid[])
  and not exists (
    select
    from pg_rewrite w
    join pg_depend u on u.classid = 'pg_rewrite'::regclass and u.objid = w.oid
    where w.ev_class = c.oid and u.refclassid = 'pg_class'::regclass and u.refobjid = any ($1::oid[]))
  and not exists (
    select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname
