-- needs: postgres 15
-- asks: every index as its catalog rows say; predicates of locked tables ($1) are left out
select
  i.indexrelid as oid,
  n.nspname::text as schema,
  c.relname::text as name,
  i.indrelid as table_oid,
  m.amname::text as method,
  i.indisunique as unique,
  i.indnullsnotdistinct as nulls_not_distinct,
  i.indpred is not null as partial,
  case when i.indrelid <> all ($1::oid[]) then pg_get_expr(i.indpred, i.indrelid) end as where,
  coalesce(c.reloptions, '{}') as options,
  c.reltuples::float8 as tuples,
  c.relpages as pages,
  i.indisvalid as valid,
  i.indisready as ready,
  i.indexrelid in (select b.index_relid from pg_stat_progress_create_index b) as building,
  k.contype::text as constraint,
  k.conname::text as constraint_name,
  not i.indimmediate as deferrable,
  (select s.spcname::text from pg_tablespace s where s.oid = c.reltablespace) as tablespace,
  i.indisreplident as replica_identity,
  i.indisclustered as clustered,
  p.inhparent as parent_oid
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_am m on m.oid = c.relam
left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
left join pg_inherits p on p.inhrelid = i.indexrelid
where i.indexrelid >= 16384
  and i.indislive
  and t.relkind in ('r', 'p', 'm')
  and t.relpersistence <> 't'
order by n.nspname, c.relname
