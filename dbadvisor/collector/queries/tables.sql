-- needs: postgres 13
-- asks: every relation that holds rows, as the planner sees it; $1 are locked ones, which nothing here may touch
select
  c.oid,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  c.reltuples::float8 as rows,
  c.relpages as pages,
  c.relallvisible as all_visible,
  c.relpersistence::text as persistence,
  pg_get_userbyid(c.relowner)::text as owner,
  coalesce(c.reloptions, '{}') as options,
  case when c.relkind = 'p' and c.oid <> all ($1::oid[]) then pg_get_partkeydef(c.oid) end as partition_key,
  p.oid as parent_oid,
  array(
    select f.inhparent from pg_inherits f where f.inhrelid = c.oid and f.inhseqno > 1 order by f.inhseqno
  ) as further_parents,
  case when c.relispartition and c.oid <> all ($1::oid[]) then pg_get_expr(c.relpartbound, c.oid) end as bound,
  c.relrowsecurity as row_security,
  c.relforcerowsecurity as row_security_forced,
  c.relkind in ('r', 'p') and exists (select from pg_rewrite w where w.ev_class = c.oid) as rules,
  (select s.spcname::text from pg_tablespace s where s.oid = c.reltablespace) as tablespace,
  coalesce((select a.amname::text from pg_am a where a.oid = c.relam and c.relkind <> 'p'), 'heap') as access_method,
  c.relreplident::text as replica_identity,
  coalesce(t.relpages, 0) as toast_pages,
  case when c.relfrozenxid <> '0' then age(c.relfrozenxid) end as frozen_age,
  case when c.relminmxid <> '0' then mxid_age(c.relminmxid) end as multixact_age,
  has_table_privilege(c.oid, 'SELECT') as readable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_class t on t.oid = c.reltoastrelid
left join pg_inherits i on i.inhrelid = c.oid and i.inhseqno = 1
left join pg_class p on p.oid = i.inhparent
where c.oid >= 16384
  and c.relkind in ('r', 'p', 'm', 'f')
  and c.relpersistence <> 't'
  and n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_(toast|temp)'
  and not exists (
    select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname
